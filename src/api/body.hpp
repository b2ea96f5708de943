// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "api/input.hpp"
#include "api/query.hpp"
#include "http/response.hpp"

#include <expected>

namespace warder::api {

/// Returns the JSON object in the body of a request, validated against the keys that its route accepts.
/// @return a 400 on failure; see `Input::read`.
[[nodiscard]] std::expected<Input, http::Response> read_input(Call const& call);

/// Returns the form in the body of a request, validated against the fields that its route accepts.
/// @return a 400 `bad_field` on failure.
[[nodiscard]] std::expected<Query, http::Response> read_form(Call const& call);

}  // namespace warder::api
