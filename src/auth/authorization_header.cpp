// SPDX-License-Identifier: MIT
#include "auth/authorization_header.hpp"

#include "core/text/base64url.hpp"
#include "core/text/simd.hpp"
#include "core/text/utf8.hpp"
#include "http/session_cookie.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <optional>

namespace warder::auth {
namespace {

constexpr std::size_t kLongestShown = 128;

bool is_b64token(std::string_view text) noexcept {
    using namespace core;
    while (text.ends_with('=')) text.remove_suffix(1);
    return !text.empty() && all_bytes(text, 'a', [](SimdBytes bytes) {
        auto const is_letter = in_range(bytes | 0x20, 'a', 'z');  // the bit lowercases letters and makes no other byte a letter
        return is_letter | in_range(bytes, '-', '9') | equal(bytes, '+') | equal(bytes, '_') | equal(bytes, '~');
    });
}

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

AuthorizationValue read_basic(std::string_view encoded) {
    auto decoded = core::decode_base64(encoded);
    if (!decoded) return MalformedAuthorization{};
    auto const colon = decoded->find(':');
    AuthorizationValue read = MalformedAuthorization{};
    if (colon != std::string::npos && core::is_utf8(*decoded) && !has_control(*decoded))
        read = BasicAuthorization{decoded->substr(0, colon), crypto::Secret{std::string_view{*decoded}.substr(colon + 1)}};
    crypto::wipe(*decoded);
    return read;
}

bool is_foreign_origin(std::string_view origin, std::string_view host) noexcept {
    auto const parts = http::split_absolute(origin);
    return !parts || !parts->rest.empty() || !http::same_authority(parts->authority, host, http::default_port(parts->scheme));
}

}  // namespace

AuthorizationValue read_authorization(std::string_view value) {
    auto const space = value.find(' ');
    auto const scheme = value.substr(0, space);
    auto const rest = space == std::string_view::npos ? std::string_view{} : http::trim(value.substr(space));
    if (http::equal_ignoring_case(scheme, "bearer")) {
        if (!is_b64token(rest)) return MalformedAuthorization{.is_bearer = true};
        return BearerAuthorization{rest};
    }
    if (http::equal_ignoring_case(scheme, "basic")) return read_basic(rest);
    return MalformedAuthorization{};
}

bool is_from_page(http::Request const& request) noexcept {
    return http::equal_ignoring_case(request.find("sec-fetch-mode").value, "cors") || http::has_session_cookie(request);
}

std::optional<std::string> find_cross_site(http::Request const& request) {
    auto const host = request.find("host");
    for (std::size_t i = 0; i < request.field_count; ++i) {
        auto const& [name, value] = request.fields[i];
        if (http::equal_ignoring_case(name, "sec-fetch-site") && value != "same-origin" && value != "none")
            return "A page of another site must not make this call: Sec-Fetch-Site is \"" + http::quote_for_message(value, kLongestShown) +
                   R"(" instead of "same-origin" or "none".)";
        if (!http::equal_ignoring_case(name, "origin") || (host.count > 0 && !is_foreign_origin(value, host.value))) continue;
        auto const origin = http::quote_for_message(value, kLongestShown);
        if (host.count == 0)
            return "A page of another site must not make this call: its origin is \"" + origin + "\", and the request has no Host header.";
        auto const own = http::quote_for_message(host.value, kLongestShown);
        return "A page of another site must not make this call: its origin is \"" + origin + "\" instead of \"https://" + own + "\" or \"http://" +
               own + "\", the host in the Host header. A proxy in front of this server must forward the browser's Host header.";
    }
    return std::nullopt;
}

}  // namespace warder::auth
