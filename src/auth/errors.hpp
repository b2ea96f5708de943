// SPDX-License-Identifier: MIT
#pragma once

#include "http/response.hpp"
#include "warder/error.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace warder::auth {

/// Specter's sentence, which every 401 carries.
inline constexpr std::string_view kUnauthorizedSentence =
    "The server could not verify that you are authorized to access the URL requested. You either supplied the wrong credentials (e.g. a bad "
    "password), or your browser doesn't understand how to supply the credentials required.";

/// `{"message": sentence, "error": slug}` with this status.
[[nodiscard]] http::Response refuse(unsigned status, std::string_view slug, std::string_view sentence);

/// 404: nothing is at this path.
[[nodiscard]] http::Response refuse_path();
/// 405. @param allow  the methods that are to be had.
[[nodiscard]] http::Response refuse_method(std::string allow);
/// 204, the answer to OPTIONS. @param allow  as above.
/// 200 with a sentence for people.
[[nodiscard]] http::Response message(std::string_view sentence);
[[nodiscard]] http::Response no_content(std::string allow);

/// The one way from a use case's error to an answer.
[[nodiscard]] http::Response refuse(authority::Error error);

/// 503 `unavailable` or 429 `throttled`, with `Retry-After`.
[[nodiscard]] http::Response refuse_for_now(unsigned status, std::string_view slug, std::string_view sentence, std::chrono::seconds retry_after);

/// 421 `misdirected`: the request's `Host` is none of the listener's. @param setting  that lists them.
[[nodiscard]] http::Response refuse_misdirected(std::string_view host, std::string_view setting);

/// 400 `bad_life` that names the input and shows three valid examples. @param input  any bytes from outside.
[[nodiscard]] http::Response refuse_life(std::string_view what, std::string_view input);

inline constexpr std::string_view kNotCoveredSentence = "No grant of this token covers the request.";

/// 403 `insufficient_scope`, as a challenge too (RFC 6750 §3.1).
[[nodiscard]] http::Response refuse_scope(std::string_view sentence);

/// Why a token was refused, as far as the outside is told.
enum class TokenProblem : unsigned char { kNone, kExpired, kNotValid };

/// What a 401 must say about the ways to sign in.
struct Challenge {
    bool takes_basic = true;
    bool takes_bearer = false;
    bool is_script = false;  ///< A page asks: a Basic challenge would open the browser's dialog.
    TokenProblem complaint = TokenProblem::kNone;
};
[[nodiscard]] http::Response refuse_unauthorized(Challenge const& challenge);

}  // namespace warder::auth
