// SPDX-License-Identifier: MIT
#include "app/config/keys.hpp"

#include "app/config/header_names.hpp"
#include "app/config/service_links.hpp"
#include "auth/client_address.hpp"
#include "core/plain_seconds.hpp"
#include "core/try.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

using Kind = Key::Kind;

constexpr std::string_view kPrefix = "WARDER_";
/// This is a secret, not a setting, but its name can be misspelled too.
constexpr std::string_view kAdminPassword = "WARDER_ADMIN_PASSWORD";
/// Tables can't be set by variables, but people may try it with these prefixes.
constexpr std::string_view kRouteVariables = "WARDER_ROUTE_";
constexpr std::string_view kPresetVariables = "WARDER_PRESET_";

SetResult set_lifetime(Seconds& target, std::string const& text) {
    auto const duration = core::read_duration_or_seconds(text);
    if (!duration || *duration < Seconds{1} || *duration > Seconds{100.0 * 365 * 86'400})
        return std::unexpected{R"(a duration like "30 days", or a number of seconds, from "1 second" to "100 years")"};
    target = *duration;
    return {};
}

SetResult set_session_limit(std::chrono::milliseconds& target, std::string const& text) {
    Seconds limit{};
    WARDER_TRY_VOID(set_lifetime(limit, text));
    target = std::chrono::ceil<std::chrono::milliseconds>(limit);
    return {};
}

SetResult set_within(std::optional<std::chrono::milliseconds>& target, std::string const& text, Seconds shortest, Seconds longest,
                     char const* right) {
    auto const duration = core::read_duration_or_seconds(text);
    if (!duration || *duration < shortest || *duration > longest) return std::unexpected{right};
    target = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
    return {};
}

/// Nodes may learn of a change 2 s later if a commit is slow, so a shorter limit would deny requests for no reason.
SetResult set_max_staleness(std::optional<std::chrono::milliseconds>& target, std::string const& text) {
    return set_within(target, text, Seconds{2}, Seconds{3600}, R"(a duration like "30 s", or a number of seconds, from "2 s" to "1 hour")");
}

SetResult set_poll(std::optional<std::chrono::milliseconds>& target, std::string const& text) {
    constexpr auto kRight =
        R"(a duration like "0.5 s", or a number of seconds, from "0.1 s" to "1 minute", or "0" for notifications by the database)";
    if (auto const duration = core::read_duration_or_seconds(text); duration && *duration == Seconds{0}) {
        target = std::chrono::milliseconds{0};
        return {};
    }
    return set_within(target, text, Seconds{0.1}, Seconds{60}, kRight);
}

SetResult set_file(std::filesystem::path& target, std::string const& text) {
    if (text.empty()) return std::unexpected{"the path of a file"};
    target = text;
    return {};
}

SetResult set_memory(std::size_t& target, std::string const& text) {
    auto const size = read_size(text, 8192, std::uint64_t{4} << 30U);
    if (!size) return std::unexpected{R"(a size like "64 MiB", from "8 KiB" to "4 GiB")"};
    target = *size;
    return {};
}

/// Sets an address. The empty text means no listener.
SetResult set_own_listener(std::optional<net::ListenAddress>& target, std::string const& text) {
    net::ListenAddress address;
    if (text.empty()) target.reset();
    else if (auto const set = set_address(address, text); !set) return std::unexpected{set.error() + R"(, or "" for no listener)"};
    else target = std::move(address);
    return {};
}

SetResult set_decision_source(auth::DecisionSource& target, std::string const& text) {
    using enum auth::DecisionSource;
    constexpr auto kNames = std::to_array<std::pair<std::string_view, auth::DecisionSource>>(
        {{"", kNone}, {"forwarded", kForwarded}, {"original", kOriginal}, {"path", kPath}});
    auto const found = std::ranges::find(kNames, text, &std::pair<std::string_view, auth::DecisionSource>::first);
    if (found == kNames.end()) return std::unexpected{R"("forwarded", "original" or "path", or "" for none)"};
    target = found->second;
    return {};
}

SetResult set_decision_token_header(std::string& target, std::string const& text) {
    if (text.empty()) {
        target.clear();
        return {};
    }
    auto name = read_token_header(text);
    if (!name) return std::unexpected{R"(the name of a header that has no other meaning, such as "X-Api-Key", or "" for none)"};
    target = std::move(*name);
    return {};
}

SetResult set_networks(std::vector<Network>& target, std::string const& text) {
    std::vector<Network> networks;
    for (std::string_view rest = text; !rest.empty();) {
        auto const comma = std::min(rest.find(','), rest.size());
        auto const network = read_network(http::trim(rest.substr(0, comma)));
        if (!network)
            return std::unexpected{
                R"(a list of addresses and networks like "127.0.0.1", "10.0.0.0/8" or "fd00::/8", whose bits after the prefix length are zero)"};
        networks.push_back(*network);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    target = std::move(networks);
    return {};
}

SetResult set_hosts(auth::HostList& target, std::string const& text) {
    auth::HostList hosts;
    for (std::string_view rest = text; !rest.empty();) {
        auto const comma = std::min(rest.find(','), rest.size());
        if (!hosts.add(http::trim(rest.substr(0, comma))))
            return std::unexpected{
                R"(a list of host names like "warder.example.org", "*.example.org" or "192.0.2.1:8441", without a scheme or path)"};
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    target = std::move(hosts);
    return {};
}

// In the order of docs/reference/configuration.md. Each key has a text in key_help.cpp.
constexpr auto kKeys = std::to_array<Key>({
    {"listen", Kind::kText, [](Config& c, std::string const& v) { return set_address(c.server.listen, v); }},
    {"data_dir", Kind::kText,
     [](Config& c, std::string const& v) -> SetResult {
         if (v.empty()) return std::unexpected{"the path of a directory"};
         c.data_dir = v;
         return {};
     }},
    {"store", Kind::kText,
     [](Config& c, std::string const& v) -> SetResult {
         WARDER_TRY_VOID(store::parse_store_url(v, c.data_dir));
         c.store = v;
         return {};
     }},
    {"threads", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.server.threads, v, 0, 256); }},
    {"max_connections", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.server.max_connections, v, 1, 1'000'000); }},
    {"trusted_proxies", Kind::kTexts, [](Config& c, std::string const& v) { return set_networks(c.server.trusted_proxies, v); }},
    {"hosts", Kind::kTexts, [](Config& c, std::string const& v) { return set_hosts(c.server.hosts, v); }},
    {"allow_plaintext", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.allow_plaintext, v); }},
    {"tls_certificate", Kind::kText, [](Config& c, std::string const& v) { return set_pem_file(c.server.tls.certificate, v); }},
    {"tls_key", Kind::kText, [](Config& c, std::string const& v) { return set_pem_file(c.server.tls.key, v); }},
    {"header_timeout", Kind::kTime, [](Config& c, std::string const& v) { return set_time(c.server.header_timeout, v); }},
    {"idle_timeout", Kind::kTime, [](Config& c, std::string const& v) { return set_time(c.server.idle_timeout, v); }},
    {"drain_timeout", Kind::kTime, [](Config& c, std::string const& v) { return set_time(c.server.drain_timeout, v); }},
    {"drain_delay", Kind::kTime, [](Config& c, std::string const& v) { return set_delay(c.server.drain_delay, v); }},
    {"presets_dir", Kind::kText,
     [](Config& c, std::string const& v) -> SetResult {
         c.presets_dir = v;
         return {};
     }},
    {"tokens.max_life", Kind::kTime, [](Config& c, std::string const& v) { return set_lifetime(c.tokens.max_lifetime, v); }},
    {"tokens.keep_expired", Kind::kTime, [](Config& c, std::string const& v) { return set_lifetime(c.tokens.keep_expired, v); }},
    {"tokens.max_per_user", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.tokens.max_per_user, v, 1L, 1'000'000'000L); }},
    {"passwords.memory", Kind::kText, [](Config& c, std::string const& v) { return set_memory(c.passwords.cost.memory_bytes, v); }},
    {"passwords.passes", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.passwords.cost.passes, v, 1, 1'000); }},
    {"passwords.workers", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.passwords.workers, v, 1, 64); }},
    {"passwords.queue", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.passwords.queue, v, 1, 100'000); }},
    {"log.level", Kind::kText,
     [](Config& c, std::string const& v) -> SetResult {
                                                 auto const level = log::read_level(v);
                                                 if (!level) return std::unexpected{R"("debug", "info", "warning" or "error")"};
                                                 c.log_level = *level;
                                                 return {};
                                             }},
    {"log.format", Kind::kText,
     [](Config& c, std::string const& v) -> SetResult {
                                                 if (v != "logfmt" && v != "json") return std::unexpected{R"("logfmt" or "json")"};
                                                 c.log_format = v == "json" ? log::Format::kJson : log::Format::kLogfmt;
                                                 return {};
                                             }},
    {"log.addresses", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.log_addresses, v); }},
    {"log.access", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.server.access_log, v); }},
    {"decision.source", Kind::kText, [](Config& c, std::string const& v) { return set_decision_source(c.server.decision_source, v); }},
    {"decision.token_header", Kind::kText, [](Config& c, std::string const& v) { return set_decision_token_header(c.server.decision_token_header, v); }},
    {"gateway.listen", Kind::kText, [](Config& c, std::string const& v) { return set_own_listener(c.server.gateway_listen, v); }},
    {"gateway.hosts", Kind::kTexts, [](Config& c, std::string const& v) { return set_hosts(c.server.gateway_hosts, v); }},
    {kRoute, Kind::kTables,
     [](Config&, std::string const&) -> SetResult {
         return std::unexpected{"[[route]] tables, which can only be set in the configuration file"};
     }},
    {kPreset, Kind::kTables,
     [](Config&, std::string const&) -> SetResult {
         return std::unexpected{"[[preset]] tables, which can only be set in the configuration file and in files in presets_dir"};
     }},
    {"ui.enabled", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.ui_enabled, v); }},
    {"ui.same_origin", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.ui_same_origin, v); }},
    {"ui.idle", Kind::kTime, [](Config& c, std::string const& v) { return set_session_limit(c.sessions.idle, v); }},
    {"ui.absolute", Kind::kTime, [](Config& c, std::string const& v) { return set_session_limit(c.sessions.absolute, v); }},
    {"metrics.listen", Kind::kText, [](Config& c, std::string const& v) { return set_own_listener(c.server.metrics_listen, v); }},
    {"audit.keep", Kind::kTime, [](Config& c, std::string const& v) { return set_lifetime(c.tokens.keep_audit, v); }},
    {"keys.encryption_key_file", Kind::kText, [](Config& c, std::string const& v) { return set_file(c.encryption_key_file, v); }},
    {"cluster.max_staleness", Kind::kTime, [](Config& c, std::string const& v) { return set_max_staleness(c.max_staleness, v); }},
    {"cluster.poll", Kind::kTime, [](Config& c, std::string const& v) { return set_poll(c.poll, v); }},
});

std::string_view section_of(std::string_view name) { return name.substr(0, std::min(name.find('.'), name.size())); }

bool is_in_section(Key const& key) { return key.name.find('.') != std::string_view::npos; }

bool names_section(std::string_view variable) {
    return std::ranges::any_of(kKeys, [&](Key const& key) {
        auto const full_name = variable_of(key);
        auto const prefix = std::string_view{full_name}.substr(0, kPrefix.size() + section_of(key.name).size() + 1);
        return is_in_section(key) && variable.starts_with(prefix);
    });
}

}  // namespace

std::span<Key const> all_keys() { return kKeys; }

std::string variable_of(Key const& key) {
    std::string variable{kPrefix};
    for (char const c : key.name) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '.' ? '_' : c;
    return variable;
}

Key const* find_key(std::string_view name) {
    auto const found = std::ranges::find(kKeys, name, &Key::name);
    return found == kKeys.end() ? nullptr : &*found;
}

Key const& nearest_key(std::string_view name) {
    return *std::ranges::min_element(kKeys, {}, [&](Key const& key) { return edit_distance(name, key.name); });
}

std::string nearest_at_the_top(std::string_view name) {
    auto const& nearest = *std::ranges::min_element(kKeys, {}, [&](Key const& key) { return edit_distance(name, section_of(key.name)); });
    auto const top = std::string{section_of(nearest.name)};
    if (nearest.kind == Kind::kTables) return "[[" + top + "]]";
    return is_in_section(nearest) ? "[" + top + "]" : top;
}

bool is_section(std::string_view name) {
    return std::ranges::any_of(kKeys, [name](Key const& key) { return is_in_section(key) && section_of(key.name) == name; });
}

Variable classify_variable(std::string_view variable, std::string_view value) {
    if (is_service_link(variable, value)) return {.kind = Variable::Kind::kServiceLink, .key = nullptr, .nearest = {}};
    if (variable.starts_with(kPresetVariables)) return {.kind = Variable::Kind::kSetting, .key = find_key(kPreset), .nearest = {}};
    if (variable.starts_with(kRouteVariables)) return {.kind = Variable::Kind::kSetting, .key = find_key(kRoute), .nearest = {}};
    std::string nearest{kAdminPassword};
    auto errors = edit_distance(variable, nearest);
    for (auto const& key : kKeys) {
        auto name = variable_of(key);
        if (name == variable) return {.kind = Variable::Kind::kSetting, .key = &key, .nearest = std::move(name)};
        auto const more = edit_distance(variable, name);
        if (more >= errors) continue;
        errors = more;
        nearest = std::move(name);
    }
    // A short name that differs in two letters is a different word: WARDER_STATE is not WARDER_STORE.
    bool const is_short = nearest.size() < kPrefix.size() + 8;
    bool const is_misspelt = errors <= (is_short ? 1U : 2U) || names_section(variable);
    return {.kind = is_misspelt ? Variable::Kind::kMisspelt : Variable::Kind::kForeign, .key = nullptr, .nearest = std::move(nearest)};
}

}  // namespace warder::app
