// SPDX-License-Identifier: MIT
#pragma once

#include "http/response.hpp"
#include "warder/error.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace warder::auth {

/// Specter's message, which every 401 carries.
inline constexpr std::string_view kUnauthorizedMessage =
    "The server could not verify that you are authorized to access the URL requested. You either supplied the wrong credentials (e.g. a bad "
    "password), or your browser doesn't understand how to supply the credentials required.";

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

/// Maps an error of a use case to its response; the only place that does so.
[[nodiscard]] http::Response error_response(authority::Error error);

/// Returns a 503 `unavailable` or a 429 `throttled`, with `Retry-After`.
[[nodiscard]] http::Response temporary_error(unsigned status, std::string_view code, std::string_view message, std::chrono::seconds retry_after);

/// Returns a 421 `misdirected`: the listener does not serve the request's `Host`.
/// @param setting  the name of the setting that lists the hosts.
[[nodiscard]] http::Response misdirected_request(std::string_view host, std::string_view setting);

/// Returns a 400 `bad_life` that quotes the input and shows three valid examples.
/// @param input  arbitrary bytes from outside.
[[nodiscard]] http::Response invalid_lifetime(std::string_view what, std::string_view input);

inline constexpr std::string_view kNotCoveredMessage = "No grant of this token covers this request.";

/// Returns a 403 `insufficient_scope`, with the matching challenge (RFC 6750 §3.1).
[[nodiscard]] http::Response insufficient_scope(std::string_view message);

/// Why a token was rejected, as far as clients may know.
enum class TokenProblem : unsigned char { kNone, kExpired, kNotValid };

/// The challenges that a 401 offers.
struct Challenge {
    bool takes_basic = true;
    bool takes_bearer = false;
    bool is_script = false;  ///< A page's script sent the request: a Basic challenge would open the browser's dialog.
    TokenProblem problem = TokenProblem::kNone;
};
[[nodiscard]] http::Response unauthorized(Challenge const& challenge);

}  // namespace warder::auth
