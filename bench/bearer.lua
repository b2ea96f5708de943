-- SPDX-License-Identifier: MIT
-- wrk: each request bears the next of the tokens in a file.
local requests, at = {}, 0

function init(arguments)
    for token in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("GET", nil, {["Authorization"] = "Bearer " .. token})
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
