// SPDX-License-Identifier: MIT
#include "app/config/header_names.hpp"

#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>

namespace warder::app {

bool is_set_by_the_gateway(std::string_view header) {
    constexpr auto kNames =
        std::to_array<std::string_view>({"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect",
                                         "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"});
    constexpr auto kBeginnings = std::to_array<std::string_view>({"x-warder-", "x-forwarded-"});
    return std::ranges::any_of(kNames, [header](auto name) { return http::is_same_name(header, name); }) ||
           std::ranges::any_of(kBeginnings, [header](auto beginning) { return http::begins_with_name(header, beginning); });
}

bool has_other_meaning(std::string_view header) {
    constexpr auto kNames =
        std::to_array<std::string_view>({"authorization", "cookie", "forwarded",     "x-real-ip",   "via",           "date",      "origin",
                                         "referer",       "range",  "user-agent",    "proxy",       "destination",   "depth",     "overwrite",
                                         "x-http-method", "x-host", "x-rewrite-url", "script-name", "x-script-name", "path-info", "x-csrf-token"});
    constexpr auto kBeginnings = std::to_array<std::string_view>({"accept", "content-", "sec-", "if-", "access-control-", "x-original-"});
    return std::ranges::any_of(kNames, [header](auto name) { return http::is_same_name(header, name); }) ||
           std::ranges::any_of(kBeginnings, [header](auto beginning) { return http::begins_with_name(header, beginning); }) ||
           http::ends_with_name(header, "-override") || http::ends_with_name(header, "-copy-source");
}

std::expected<std::string, std::string> read_token_header(std::string_view text) {
    if (!http::is_token(text)) return std::unexpected{R"(expected the name of a header, such as "X-Api-Key")"};
    if (http::is_same_name(text, "authorization") || http::is_same_name(text, "x-warder-token"))
        return std::unexpected{"a token is read from this header anyway; expected the name of another one, such as X-Api-Key"};
    if (is_set_by_the_gateway(text) || has_other_meaning(text))
        return std::unexpected{"this header has another meaning, so it can't have a token; expected a header of its own, such as X-Api-Key"};
    std::string name{text};
    std::ranges::transform(name, name.begin(), http::lower);
    return name;
}

}  // namespace warder::app
