// SPDX-License-Identifier: MIT
#include "app/route_keys.hpp"

#include "app/config_values.hpp"
#include "http/text.hpp"
#include "warder/grant.hpp"

#include <algorithm>
#include <array>
#include <expected>
#include <utility>

namespace warder::app {
namespace {

using gateway::CredentialSource;
using gateway::RouteSettings;
using Kind = Key::Kind;
using Right = std::optional<std::string>;

constexpr std::uint64_t kLeastBody = 1U << 10U;
constexpr std::uint64_t kLargestBody = std::uint64_t{1} << 40U;

std::expected<gateway::UpstreamUrl, std::string> read_upstream_url(std::string_view text) {
    auto const refusal = std::unexpected{std::string{R"(an http or https URL like "http://127.0.0.1:8332" or "https://example.org/base")"}};
    auto const parts = http::split_absolute(text);
    if (!parts || parts->rest.starts_with('?') || !http::is_host_value(parts->authority)) return refusal;
    gateway::UpstreamUrl url;
    url.is_tls = http::equal_ignoring_case(parts->scheme, "https");
    auto const colon = parts->authority.ends_with(']') ? std::string_view::npos : parts->authority.rfind(':');
    auto const port = colon == std::string_view::npos ? http::default_port(parts->scheme) : parts->authority.substr(colon + 1);
    auto const number = to_integer<std::uint16_t>(port, 1, 65'535);
    auto host = parts->authority.substr(0, colon);
    url.authority = port == http::default_port(parts->scheme) ? host : parts->authority;
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    if (host.empty() || !number) return refusal;
    for (char const c : host) url.host += http::lower(c);
    url.port = *number;
    std::string scratch(parts->rest.size(), '\0');
    if (!parts->rest.empty() && (parts->rest.find('?') != std::string_view::npos || !judge_path(parts->rest, scratch))) return refusal;
    url.path = parts->rest;
    return url;
}

std::expected<std::string, std::string> read_prefix(std::string_view text) {
    std::string scratch(text.size(), '\0');
    auto const judged = judge_path(text, scratch);
    if (!judged || text.find('?') != std::string_view::npos)
        return std::unexpected{std::string{R"(a path of whole segments like "/bitcoin" or "/")"}};
    auto path = judged->text();
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return std::string{path};
}

Right set_prefix(RouteSettings& route, std::string const& text) {
    auto prefix = read_prefix(text);
    if (!prefix) return std::move(prefix.error());
    route.prefix = std::move(*prefix);
    return std::nullopt;
}

Right set_upstream(RouteSettings& route, std::string const& text) {
    auto upstream = read_upstream_url(text);
    if (!upstream) return std::move(upstream.error());
    route.upstream = std::move(*upstream);
    return std::nullopt;
}

/// Those that say where a message ends and what a connection is for, and those that tell the upstream who asks.
bool is_set_by_the_gateway(std::string_view header) {
    constexpr auto kNames =
        std::to_array<std::string_view>({"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect",
                                         "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"});
    constexpr auto kBeginnings = std::to_array<std::string_view>({"x-warder-", "x-forwarded-"});
    std::string name;
    // Many servers read one for the other.
    for (char const c : header) name += c == '_' ? '-' : http::lower(c);
    return std::ranges::find(kNames, name) != kNames.end() ||
           std::ranges::any_of(kBeginnings, [&name](std::string_view beginning) { return name.starts_with(beginning); });
}

std::optional<CredentialSource> read_credential_source(std::string_view text) {
    using enum CredentialSource::Kind;
    if (text == "none") return CredentialSource{};
    if (text == "pass") return CredentialSource{.kind = kPass, .header_name = {}, .file = {}};
    auto const colon = std::min(text.find(':'), text.size());
    auto const kind = text.substr(0, colon);
    auto rest = text.substr(std::min(colon + 1, text.size()));
    if (rest.empty()) return std::nullopt;
    if (kind == "basic-file") return CredentialSource{.kind = kBasicFile, .header_name = {}, .file = rest};
    if (kind == "bearer-file") return CredentialSource{.kind = kBearerFile, .header_name = {}, .file = rest};
    auto const name = rest.substr(0, std::min(rest.find(':'), rest.size()));
    if (kind != "header-file" || !http::is_token(name) || name.size() + 1 >= rest.size()) return std::nullopt;
    return CredentialSource{.kind = kHeaderFile, .header_name = std::string{name}, .file = rest.substr(name.size() + 1)};
}

Right set_credential(RouteSettings& route, std::string const& text) {
    auto source = read_credential_source(text);
    if (!source) return R"("none", "pass", "basic-file:PATH", "bearer-file:PATH" or "header-file:NAME:PATH", never the secret itself)";
    if (is_set_by_the_gateway(source->header_name))
        return "a header that the gateway doesn't set or drop itself, as it does " + shown(source->header_name);
    route.credential = std::move(*source);
    return std::nullopt;
}

Right set_auth(RouteSettings& route, std::string const& text) {
    if (text != "token" && text != "none") return R"("token" or "none")";
    route.auth = text == "none" ? RouteSettings::Auth::kNone : RouteSettings::Auth::kToken;
    return std::nullopt;
}

Right set_body_limit(RouteSettings& route, std::string const& text) {
    auto const size = read_size(text, kLeastBody, kLargestBody);
    if (!size) return R"(a size like "64 KiB", from "1 KiB" to "1024 GiB")";
    route.body_limit = *size;
    return std::nullopt;
}

// In the order of docs/configuration.md.
constexpr auto kRouteKeys = std::to_array<RouteKey>({
    {.name = "prefix", .kind = Kind::kText, .apply = &set_prefix, .is_required = true},
    {.name = "upstream", .kind = Kind::kText, .apply = &set_upstream, .is_required = true, .may_hold_secret = true},
    {.name = "credential", .kind = Kind::kText, .apply = &set_credential, .may_hold_secret = true},
    {.name = "json_rpc", .kind = Kind::kFlag, .apply = [](RouteSettings& r, std::string const& v) { return set_flag(r.json_rpc, v); }},
    {.name = "auth", .kind = Kind::kText, .apply = &set_auth},
    {.name = "allow_encoded_slash",
     .kind = Kind::kFlag,
     .apply = [](RouteSettings& r, std::string const& v) { return set_flag(r.allow_encoded_slash, v); }},
    {.name = "pass_preflight", .kind = Kind::kFlag, .apply = [](RouteSettings& r, std::string const& v) { return set_flag(r.pass_preflight, v); }},
    {.name = "ca_file", .kind = Kind::kText, .apply = [](RouteSettings& r, std::string const& v) { return set_pem_file(r.ca_file, v); }},
    {.name = "connect_timeout", .kind = Kind::kTime, .apply = [](RouteSettings& r, std::string const& v) { return set_time(r.connect_timeout, v); }},
    {.name = "response_timeout",
     .kind = Kind::kTime,
     .apply = [](RouteSettings& r, std::string const& v) { return set_time(r.response_timeout, v); }},
    {.name = "idle_timeout", .kind = Kind::kTime, .apply = [](RouteSettings& r, std::string const& v) { return set_time(r.idle_timeout, v); }},
    {.name = "body_limit", .kind = Kind::kText, .apply = &set_body_limit},
});

}  // namespace

std::span<RouteKey const> all_route_keys() { return kRouteKeys; }

RouteKey const* find_route_key(std::string_view name) {
    auto const found = std::ranges::find(kRouteKeys, name, &RouteKey::name);
    return found == kRouteKeys.end() ? nullptr : &*found;
}

RouteKey const& nearest_route_key(std::string_view name) {
    return *std::ranges::min_element(kRouteKeys, {}, [&](RouteKey const& key) { return count_typos(name, key.name); });
}

}  // namespace warder::app
