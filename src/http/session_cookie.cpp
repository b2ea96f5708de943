// SPDX-License-Identifier: MIT
#include "http/session_cookie.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <functional>
#include <span>

namespace warder::http {
namespace {

/// Calls `take(is_plain, value)` for each session cookie while `take` returns true.
template <class Take>
void for_each_cookie(Request const& request, Take take) {
    for (auto const& [name, value] : std::span{request.fields}.first(request.field_count)) {
        if (!equal_ignoring_case(name, "cookie")) continue;
        for (std::size_t start = 0; start <= value.size();) {
            auto const end = std::min(value.find(';', start), value.size());
            auto const pair = value.substr(start, end - start);
            start = end + 1;
            auto const equals = std::min(pair.find('='), pair.size());
            auto const key = trim(pair.substr(0, equals));
            if (key != kPlainCookie && key != kSecureCookie) continue;
            if (!take(key == kPlainCookie, trim(pair.substr(std::min(equals + 1, pair.size()))))) return;
        }
    }
}

constexpr std::string_view kAttributes = "; Path=/; HttpOnly; SameSite=Strict";

std::string set_cookie(std::string_view value, bool is_secure, std::string_view more) {
    std::string line{is_secure ? kSecureCookie : kPlainCookie};
    line.append("=").append(value).append(kAttributes);
    if (is_secure) line += "; Secure";  // required by the `__Host-` prefix
    return line.append(more);
}

}  // namespace

SessionCookies SessionCookies::read(Request const& request, bool is_secure) {
    SessionCookies cookies;
    for_each_cookie(request, [&](bool is_plain, std::string_view value) {
        cookies.has_wrong_name = cookies.has_wrong_name || is_plain == is_secure;
        cookies.every.push_back(value);
        return true;
    });
    if (cookies.every.size() > 1) cookies.verdict = Verdict::kAmbiguous;
    if (cookies.every.size() != 1 || cookies.has_wrong_name) return cookies;
    cookies.verdict = Verdict::kOne;
    cookies.id = cookies.every.front();
    return cookies;
}

bool has_session_cookie(Request const& request) noexcept {
    bool is_there = false;
    for_each_cookie(request, [&is_there](bool, std::string_view) noexcept {
        is_there = true;
        return false;
    });
    return is_there;
}

std::string session_cookie(std::string_view id, bool is_secure) { return set_cookie(id, is_secure, ""); }
std::string cleared_cookie(bool is_secure) { return set_cookie("", is_secure, "; Max-Age=0"); }

}  // namespace warder::http
