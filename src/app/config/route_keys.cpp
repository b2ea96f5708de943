// SPDX-License-Identifier: MIT
#include "app/config/route_keys.hpp"

#include "app/config/header_names.hpp"
#include "app/config/values.hpp"
#include "core/try.hpp"
#include "gateway/routes/route_table.hpp"
#include "gateway/routes/upstream_url.hpp"
#include "gateway/rpc/json_rpc.hpp"
#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warder::app {
namespace {

using gateway::RouteSettings;
using gateway::UpstreamCredentialSource;
using Kind = Key::Kind;
using Result = RouteKey::Result;

constexpr std::uint64_t kLeastBody = 1U << 10U;
constexpr std::uint64_t kLargestBody = std::uint64_t{1} << 40U;

std::unexpected<std::string> expected(std::string_view right) { return std::unexpected{"expected " + std::string{right}}; }

/// Sets a member with a setter that other sections use, too.
template <auto set, auto member>
Result set_member(RouteSettings& route, std::string const& text) {
    SetResult const result = set(route.*member, text);
    return result ? result : expected(result.error());
}

Result set_prefix(RouteSettings& route, std::string const& text) {
    WARDER_TRY(route.prefix, gateway::read_prefix(text));
    return {};
}

Result set_upstream(RouteSettings& route, std::string const& text) {
    WARDER_TRY(route.upstream, gateway::read_upstream_url(text));
    return {};
}

/// Returns whether this is one of the headers by which proxies forward a user and which the gateway doesn't set itself.
bool is_forwarded_user(std::string_view header) {
    constexpr auto kNames = std::to_array<std::string_view>({"x-forwarded-user", "x-forwarded-email", "x-forwarded-preferred-username"});
    return std::ranges::any_of(kNames, [header](auto name) { return http::is_same_name(header, name); });
}

std::optional<UpstreamCredentialSource> read_credential_source(std::string_view text) {
    using enum gateway::UpstreamCredentialSource::Kind;
    if (text == "none") return UpstreamCredentialSource{};
    if (text == "pass") return UpstreamCredentialSource{.kind = kPass, .header_name = {}, .file = {}};
    auto const colon = std::min(text.find(':'), text.size());
    auto const kind = text.substr(0, colon);
    auto rest = text.substr(std::min(colon + 1, text.size()));
    if (rest.empty()) return std::nullopt;
    if (kind == "basic-file") return UpstreamCredentialSource{.kind = kBasicFile, .header_name = {}, .file = rest};
    if (kind == "bearer-file") return UpstreamCredentialSource{.kind = kBearerFile, .header_name = {}, .file = rest};
    auto const name = rest.substr(0, std::min(rest.find(':'), rest.size()));
    if (kind != "header-file" || !http::is_token(name) || name.size() + 1 >= rest.size()) return std::nullopt;
    return UpstreamCredentialSource{.kind = kHeaderFile, .header_name = std::string{name}, .file = rest.substr(name.size() + 1)};
}

Result set_credential(RouteSettings& route, std::string const& text) {
    auto source = read_credential_source(text);
    if (!source) return expected(R"("none", "pass", "basic-file:PATH", "bearer-file:PATH" or "header-file:NAME:PATH", never the secret itself)");
    if (is_set_by_the_gateway(source->header_name))
        return std::unexpected{"the gateway sets or removes the header " + quote(source->header_name) + " itself; choose another one"};
    route.credential = std::move(*source);
    return {};
}

Result set_user_header(RouteSettings& route, std::string const& text) {
    if (!http::is_token(text)) return expected(R"(the name of a header, such as "X-Remote-User")");
    if (has_other_meaning(text) || (is_set_by_the_gateway(text) && !is_forwarded_user(text)))
        return std::unexpected{
            "this header has another meaning for the gateway or for upstreams; expected a header that only names the user, such as X-Remote-User"};
    route.user_header = text;
    return {};
}

Result set_token_header(RouteSettings& route, std::string const& text) {
    WARDER_TRY(route.token_header, read_token_header(text));
    return {};
}

Result set_websocket(RouteSettings& route, std::string const& text) {
    bool is_allowed = false;
    if (auto const set = set_flag(is_allowed, text); !set) return expected(set.error());
    route.websocket = is_allowed;
    return {};
}

Result set_rpc_body_limit(RouteSettings& route, std::string const& text) {
    auto const size = read_size(text, kLeastBody, gateway::kMaxRpcBody);
    if (!size) return expected(R"(a size like "4 MiB", from "1 KiB" to "64 MiB")");
    route.rpc_body_limit = size;
    return {};
}

Result set_auth(RouteSettings& route, std::string const& text) {
    if (text != "token" && text != "none") return expected(R"("token" or "none")");
    route.auth = text == "none" ? RouteSettings::Auth::kNone : RouteSettings::Auth::kToken;
    return {};
}

Result set_body_limit(RouteSettings& route, std::string const& text) {
    auto const size = read_size(text, kLeastBody, kLargestBody);
    if (!size) return expected(R"(a size like "64 KiB", from "1 KiB" to "1024 GiB")");
    route.body_limit = size;
    return {};
}

// In the order of docs/reference/configuration.md.
constexpr auto kRouteKeys = std::to_array<RouteKey>({
    {.name = "prefix", .kind = Kind::kText, .apply = &set_prefix, .is_required = true},
    {.name = "upstream", .kind = Kind::kText, .apply = &set_upstream, .is_required = true, .may_hold_secret = true},
    {.name = "credential", .kind = Kind::kText, .apply = &set_credential, .may_hold_secret = true},
    {.name = "json_rpc", .kind = Kind::kFlag, .apply = &set_member<set_flag, &RouteSettings::json_rpc>},
    {.name = "auth", .kind = Kind::kText, .apply = &set_auth},
    {.name = "allow_encoded_slash", .kind = Kind::kFlag, .apply = &set_member<set_flag, &RouteSettings::allow_encoded_slash>},
    {.name = "pass_preflight", .kind = Kind::kFlag, .apply = &set_member<set_flag, &RouteSettings::pass_preflight>},
    {.name = "preserve_host", .kind = Kind::kFlag, .apply = &set_member<set_flag, &RouteSettings::preserve_host>},
    {.name = "strict_paths", .kind = Kind::kFlag, .apply = &set_member<set_flag, &RouteSettings::strict_paths>},
    {.name = "websocket", .kind = Kind::kFlag, .apply = &set_websocket},
    {.name = "token_header", .kind = Kind::kText, .apply = &set_token_header},
    {.name = "user_header", .kind = Kind::kText, .apply = &set_user_header},
    {.name = "ca_file", .kind = Kind::kText, .apply = &set_member<set_pem_file, &RouteSettings::ca_file>},
    {.name = "connect_timeout", .kind = Kind::kTime, .apply = &set_member<set_time, &RouteSettings::connect_timeout>},
    {.name = "response_timeout", .kind = Kind::kTime, .apply = &set_member<set_time, &RouteSettings::response_timeout>},
    {.name = "idle_timeout", .kind = Kind::kTime, .apply = &set_member<set_time, &RouteSettings::idle_timeout>},
    {.name = "body_limit", .kind = Kind::kText, .apply = &set_body_limit},
    {.name = "rpc_body_limit", .kind = Kind::kText, .apply = &set_rpc_body_limit},
});

}  // namespace

std::span<RouteKey const> all_route_keys() { return kRouteKeys; }

RouteKey const* find_route_key(std::string_view name) {
    auto const found = std::ranges::find(kRouteKeys, name, &RouteKey::name);
    return found == kRouteKeys.end() ? nullptr : &*found;
}

RouteKey const& nearest_route_key(std::string_view name) {
    return *std::ranges::min_element(kRouteKeys, {}, [&](RouteKey const& key) { return edit_distance(name, key.name); });
}

}  // namespace warder::app
