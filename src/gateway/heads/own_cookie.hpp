// SPDX-License-Identifier: MIT
#pragma once

#include "http/session_cookie.hpp"

#include <algorithm>
#include <string_view>

/// The cookie of Warder's own sessions, which is neither sent to upstreams nor accepted from them.
namespace warder::gateway {

/// Returns whether a pair is that cookie. Leading equals signs are ignored, since browsers send a cookie without a name,
/// `=NAME=VALUE`, as `NAME=VALUE`.
/// @param pair  one `NAME=VALUE` of a `Cookie` header, or a `Set-Cookie` value with its attributes.
inline bool is_own_cookie(std::string_view pair) noexcept {
    constexpr std::string_view kNothing = " \t=";
    pair.remove_prefix(std::min(pair.find_first_not_of(kNothing), pair.size()));
    auto name = pair.substr(0, pair.find_first_of("=;"));
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    return name == http::kPlainCookie || name == http::kSecureCookie;
}

}  // namespace warder::gateway
