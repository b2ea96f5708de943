// SPDX-License-Identifier: MIT
#pragma once

#include "http/response.hpp"
#include "warder/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace warder::auth {

/// Returns an error response with the body `{"message": message, "error": code}`.
[[nodiscard]] http::Response error_response(unsigned status, std::string_view code, std::string_view message);

/// Returns a 404: there is no resource at this path.
[[nodiscard]] http::Response not_found();
/// Returns a 405.
/// @param allow  the allowed methods, for the `Allow` header.
[[nodiscard]] http::Response method_not_allowed(std::string allow);
/// Returns a 200 with a message.
[[nodiscard]] http::Response message(std::string_view message);
/// Returns a 204, the response to OPTIONS.
/// @param allow  the allowed methods, for the `Allow` header.
[[nodiscard]] http::Response no_content(std::string allow);

/// Returns the word for programs: the value of `error` in the response.
[[nodiscard]] std::string_view code(authority::Error error) noexcept;

/// Maps an error of a use case to its response; the only place that does so.
[[nodiscard]] http::Response error_response(authority::Error error);

/// Returns a 503 `unavailable` or a 429 `throttled`, with `Retry-After`.
[[nodiscard]] http::Response temporary_error(unsigned status, std::string_view code, std::string_view message, std::chrono::seconds retry_after);

/// Returns a 400 `bad_life` that quotes the input and shows three valid examples.
/// @param input  arbitrary bytes from outside.
[[nodiscard]] http::Response invalid_lifetime(std::string_view what, std::string_view input);

}  // namespace warder::auth
