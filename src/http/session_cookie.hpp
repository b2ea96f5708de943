// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The cookie by which a browser says whose session it is in (RFC 6265).
namespace warder::http {

inline constexpr std::string_view kPlainCookie = "warder_session";
inline constexpr std::string_view kSecureCookie = "__Host-warder_session";

/// What a request's cookies say. Pairs are cut at `;`, names end at the first `=` and have a case; spaces and tabs around either don't count.
struct SessionCookies {
    enum class Verdict : std::uint8_t {
        kNone,       ///< There is none; over TLS also where only the plain name is there, which a page without TLS could have set.
        kOne,        ///< See `id`.
        kAmbiguous,  ///< Two of a name, or both names: which one counts would be a guess.
    };

    Verdict verdict = Verdict::kNone;
    std::string_view id{};                  ///< Any bytes; a view of the request.
    std::vector<std::string_view> every{};  ///< All values under either name.
    bool has_wrong_name = false;            ///< There is one under the name that doesn't count here.

    /// @param is_secure  the client speaks TLS to the first of us.
    static SessionCookies read(Request const& request, bool is_secure);
};

/// Whether there is any cookie of either name. Allocates nothing.
[[nodiscard]] bool has_session_cookie(Request const& request) noexcept;

/// The value of a `Set-Cookie` that hands out a session.
[[nodiscard]] std::string session_cookie(std::string_view id, bool is_secure);
/// The value of a `Set-Cookie` that takes the cookie of one of the names away.
[[nodiscard]] std::string cleared_cookie(bool is_secure);

}  // namespace warder::http
