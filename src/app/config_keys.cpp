// SPDX-License-Identifier: MIT
#include "app/config_keys.hpp"

#include "http/client_address.hpp"
#include "http/text.hpp"
#include "warder/duration.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

using Kind = Key::Kind;

constexpr std::string_view kPrefix = "WARDER_";
/// A secret and no setting, but a name to be misspelt.
constexpr std::string_view kAdminPassword = "WARDER_ADMIN_PASSWORD";

template <class Integer>
std::optional<Integer> to_integer(std::string_view text, Integer low, Integer high) {
    Integer value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
    return value;
}

template <class Target, class Integer>
std::optional<std::string> set_integer(Target& target, std::string const& text, Integer low, Integer high) {
    auto const value = to_integer<Integer>(text, low, high);
    if (!value) return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    target = static_cast<Target>(*value);
    return std::nullopt;
}

std::optional<std::string> set_flag(bool& target, std::string const& text) {
    if (text != "true" && text != "false") return "true or false";
    target = text == "true";
    return std::nullopt;
}

std::optional<std::string> set_time(std::chrono::milliseconds& target, std::string const& text) {
    auto const duration = read_duration(text);
    if (!duration || *duration < Seconds{0.1} || *duration > Seconds{86'400}) return R"(a duration like "10 s", from "0.1 s" to "1 day")";
    target = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
    return std::nullopt;
}

std::optional<std::string> set_life(Seconds& target, std::string const& text) {
    auto const duration = read_duration(text);
    if (!duration || *duration < Seconds{1} || *duration > Seconds{100.0 * 365 * 86'400})
        return R"(a duration like "30 days", from "1 second" to "100 years")";
    target = *duration;
    return std::nullopt;
}

std::optional<std::string> set_size(std::size_t& target, std::string const& text) {
    constexpr auto kUnits = std::to_array<std::pair<std::string_view, unsigned>>({{" KiB", 10}, {" MiB", 20}, {" GiB", 30}});
    for (auto const& [unit, shift] : kUnits) {
        if (!text.ends_with(unit)) continue;
        auto const count = to_integer<std::size_t>(std::string_view{text}.substr(0, text.size() - unit.size()), 1, 1U << 20U);
        if (!count || (*count << shift) < 8192 || (*count << shift) > (std::size_t{4} << 30U)) break;
        target = *count << shift;
        return std::nullopt;
    }
    return R"(a size like "64 MiB", from "8 KiB" to "4 GiB")";
}

std::optional<std::string> set_listen(Config& config, std::string const& text) {
    constexpr auto kRight = R"(an address and a port like "127.0.0.1:8441" or "[::1]:8441")";
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) return kRight;
    auto host = text.substr(0, colon);
    auto const is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    std::array<unsigned char, 16> address{};
    if (inet_pton(is_bracketed ? AF_INET6 : AF_INET, host.c_str(), address.data()) != 1) return kRight;
    config.server.host = host;
    return set_integer(config.server.port, text.substr(colon + 1), 0, 65'535);
}

std::optional<std::string> set_file(std::filesystem::path& target, std::string const& text) {
    if (text.empty()) return "a PEM file";
    target = text;
    return std::nullopt;
}

std::optional<std::string> set_networks(std::vector<http::Network>& target, std::string const& text) {
    std::vector<http::Network> networks;
    for (std::string_view rest = text; !rest.empty();) {
        auto const comma = std::min(rest.find(','), rest.size());
        auto const network = http::read_network(http::trim(rest.substr(0, comma)));
        if (!network) return R"(a list of addresses and networks like "127.0.0.1", "10.0.0.0/8" or "fd00::/8", without bits behind the network's)";
        networks.push_back(*network);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    target = std::move(networks);
    return std::nullopt;
}

// In the order of docs/configuration.md.
constexpr auto kKeys = std::to_array<Key>({
    {"listen", Kind::kText, [](Config& c, std::string const& v) { return set_listen(c, v); }},
    {"data_dir", Kind::kText,
     [](Config& c, std::string const& v) -> std::optional<std::string> {
         if (v.empty()) return "a folder";
         c.data_dir = v;
         return std::nullopt;
     }},
    {"store", Kind::kText,
     [](Config& c, std::string const& v) -> std::optional<std::string> {
         if (!instance::read_store_url(v, c.data_dir)) return R"("sqlite:PATH" or "users-json:PATH"; other stores are not available yet)";
         c.store = v;
         return std::nullopt;
     }},
    {"threads", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.server.threads, v, 0, 256); }},
    {"max_connections", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.server.max_connections, v, 1, 1'000'000); }},
    {"trusted_proxies", Kind::kTexts, [](Config& c, std::string const& v) { return set_networks(c.server.trusted_proxies, v); }},
    {"allow_plaintext", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.allow_plaintext, v); }},
    {"tls_certificate", Kind::kText, [](Config& c, std::string const& v) { return set_file(c.server.tls.certificate, v); }},
    {"tls_key", Kind::kText, [](Config& c, std::string const& v) { return set_file(c.server.tls.key, v); }},
    {"header_timeout", Kind::kTime, [](Config& c, std::string const& v) { return set_time(c.server.header_timeout, v); }},
    {"idle_timeout", Kind::kTime, [](Config& c, std::string const& v) { return set_time(c.server.idle_timeout, v); }},
    {"drain_timeout", Kind::kTime, [](Config& c, std::string const& v) { return set_time(c.server.drain_timeout, v); }},
    {"tokens.max_life", Kind::kTime, [](Config& c, std::string const& v) { return set_life(c.tokens.max_life, v); }},
    {"tokens.keep_expired", Kind::kTime, [](Config& c, std::string const& v) { return set_life(c.tokens.keep_expired, v); }},
    {"tokens.max_per_user", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.tokens.max_per_user, v, 1L, 1'000'000'000L); }},
    {"passwords.memory", Kind::kText, [](Config& c, std::string const& v) { return set_size(c.passwords.cost.memory_bytes, v); }},
    {"passwords.passes", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.passwords.cost.passes, v, 1, 1'000); }},
    {"passwords.workers", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.passwords.workers, v, 1, 64); }},
    {"passwords.queue", Kind::kNumber, [](Config& c, std::string const& v) { return set_integer(c.passwords.queue, v, 1, 100'000); }},
    {"log.level", Kind::kText,
     [](Config& c, std::string const& v) -> std::
                                             optional<std::string> {
                                                 auto const level = log::read_level(v);
                                                 if (!level) return R"("debug", "info", "warning" or "error")";
                                                 c.log_level = *level;
                                                 return std::nullopt;
                                             }},
    {"log.format", Kind::kText,
     [](Config& c, std::string const& v) -> std::
                                             optional<std::string> {
                                                 if (v != "logfmt" && v != "json") return R"("logfmt" or "json")";
                                                 c.log_format = v == "json" ? log::Format::kJson : log::Format::kLogfmt;
                                                 return std::nullopt;
                                             }},
    {"log.access", Kind::kFlag, [](Config& c, std::string const& v) { return set_flag(c.server.access_log, v); }},
    {"decision.source", Kind::kText, nullptr},
    {"gateway.listen", Kind::kText, nullptr},
    {"route", Kind::kText, nullptr},
    {"ui.enabled", Kind::kText, nullptr},
    {"ui.same_origin", Kind::kText, nullptr},
    {"ui.idle", Kind::kText, nullptr},
    {"ui.absolute", Kind::kText, nullptr},
    {"metrics.listen", Kind::kText, nullptr},
    {"audit.keep", Kind::kText, nullptr},
    {"cluster.max_staleness", Kind::kText, nullptr},
});

std::string_view section_of(std::string_view name) { return name.substr(0, std::min(name.find('.'), name.size())); }

bool is_in_section(Key const& key) { return key.name.find('.') != std::string_view::npos; }

/// How many letters have to be changed, added, left out or swapped with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
        }
        before.swap(row);
        row.swap(next);
    }
    return row.back();
}

/// WARDER_TOKENS_MAX_LIFE for tokens.max_life.
std::string variable_of(Key const& key) {
    std::string variable{kPrefix};
    for (char const c : key.name) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '.' ? '_' : c;
    return variable;
}

bool names_section(std::string_view variable) {
    return std::ranges::any_of(kKeys, [&](Key const& key) {
        auto const whole = variable_of(key);
        auto const prefix = std::string_view{whole}.substr(0, kPrefix.size() + section_of(key.name).size() + 1);
        return is_in_section(key) && variable.starts_with(prefix);
    });
}

}  // namespace

Key const* find_key(std::string_view name) {
    auto const found = std::ranges::find(kKeys, name, &Key::name);
    return found == kKeys.end() ? nullptr : &*found;
}

Key const& nearest_key(std::string_view name) {
    return *std::ranges::min_element(kKeys, {}, [&](Key const& key) { return distance(name, key.name); });
}

std::string nearest_at_the_top(std::string_view name) {
    auto const& nearest = *std::ranges::min_element(kKeys, {}, [&](Key const& key) { return distance(name, section_of(key.name)); });
    auto const top = std::string{section_of(nearest.name)};
    return is_in_section(nearest) ? "[" + top + "]" : top;
}

Section find_section(std::string_view name) {
    auto section = Section::kUnknown;
    for (auto const& key : kKeys) {
        if (!is_in_section(key) || section_of(key.name) != name) continue;
        if (key.apply != nullptr) return Section::kKnown;
        section = Section::kNotYet;
    }
    return section;
}

Variable judge_variable(std::string_view variable) {
    std::string nearest{kAdminPassword};
    auto errors = distance(variable, nearest);
    for (auto const& key : kKeys) {
        auto name = variable_of(key);
        if (name == variable) return {.kind = Variable::Kind::kSetting, .key = &key, .nearest = std::move(name)};
        auto const more = distance(variable, name);
        if (more >= errors) continue;
        errors = more;
        nearest = std::move(name);
    }
    // A short name that differs in two letters is another word: WARDER_STATE is not WARDER_STORE.
    bool const is_short = nearest.size() < kPrefix.size() + 8;
    bool const is_misspelt = errors <= (is_short ? 1U : 2U) || names_section(variable);
    return {.kind = is_misspelt ? Variable::Kind::kMisspelt : Variable::Kind::kForeign, .key = nullptr, .nearest = std::move(nearest)};
}

}  // namespace warder::app
