// SPDX-License-Identifier: MIT
#include "api/body.hpp"

#include "api/router.hpp"
#include "auth/errors.hpp"

#include <string_view>

namespace warder::api {

std::expected<Input, http::Response> read_input(Call const& call) {
    auto const& accepts = call.route->accepts;
    std::string_view const body = call.request.body;
    return Input::read(body.empty() && accepts.is_body_optional ? "{}" : body, accepts.body);
}

std::expected<Query, http::Response> read_form(Call const& call) {
    if (call.request.body.starts_with('{'))
        return std::unexpected(auth::error_response(
            400, "bad_field", "The body must be a form (application/x-www-form-urlencoded) such as \"token=eyJ...\", not JSON."));
    return Query::read(call.request.body, call.route->accepts.form, "form field");
}

}  // namespace warder::api
