-- SPDX-License-Identifier: MIT
-- wrk: each request bears the next of the tokens in a file, and all of them the headers that follow it ("Name: value").
local requests, at = {}, 0

function init(arguments)
    for token in io.lines(arguments[1]) do
        local headers = {["Authorization"] = "Bearer " .. token}
        for number = 2, #arguments do
            local name, value = arguments[number]:match("^([^:]+): (.*)$")
            headers[name] = value
        end
        requests[#requests + 1] = wrk.format("GET", nil, headers)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
