// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The session cookie of the web UI (RFC 6265).
namespace warder::http {

inline constexpr std::string_view kPlainCookie = "warder_session";
inline constexpr std::string_view kSecureCookie = "__Host-warder_session";

/// The session cookies of a request. Pairs are separated by `;`; a name ends at the first `=` and is case-sensitive;
/// spaces and tabs around names and values are ignored.
struct SessionCookies {
    enum class Verdict : std::uint8_t {
        kNone,       ///< No session cookie; over TLS also if only the plain name is present, which a page without TLS could have set.
        kOne,        ///< Exactly one; see `id`.
        kAmbiguous,  ///< More than one; choosing one would be a guess.
    };

    Verdict verdict = Verdict::kNone;
    std::string_view id{};                  ///< Arbitrary bytes; a view of the request.
    std::vector<std::string_view> every{};  ///< All values, under either name.
    bool has_wrong_name = false;            ///< There is one under the name that is not valid for this connection.

    /// @param is_secure  the client's connection uses TLS, to Warder or to the first trusted proxy.
    static SessionCookies read(Request const& request, bool is_secure);
};

/// Returns whether the request has a cookie of either name. Does not allocate.
[[nodiscard]] bool has_session_cookie(Request const& request) noexcept;

/// Returns the `Set-Cookie` value that sets the session cookie.
[[nodiscard]] std::string session_cookie(std::string_view id, bool is_secure);
/// Returns the `Set-Cookie` value that deletes the session cookie of one of the two names.
[[nodiscard]] std::string cleared_cookie(bool is_secure);

}  // namespace warder::http
