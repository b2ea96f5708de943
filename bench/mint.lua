-- SPDX-License-Identifier: MIT
-- wrk: mints tokens, each with a description of its own.
local number = 0

function init(arguments)
    wrk.headers["Authorization"] = arguments[1]
    label = arguments[2]
end

function request()
    number = number + 1
    return wrk.format("POST", nil, nil, '{"jwt_token_description": "' .. label .. " " .. number .. '", "jwt_token_life": "3 months"}')
end
