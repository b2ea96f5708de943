// SPDX-License-Identifier: MIT
#include "app/config.hpp"

#include "http/text.hpp"
#include "warder/duration.hpp"

#include <arpa/inet.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <sstream>
#include <utility>

namespace warder::app {
namespace {

using namespace std::chrono_literals;

/// Puts a value, given as text, where it belongs. @return what would be right, if the value is not.
using Apply = std::optional<std::string> (*)(Config&, std::string const&);

struct Key {
    std::string_view name;
    Apply apply;  ///< nullptr: a key that this version does not obey yet.
};

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
    if (!duration || *duration < Seconds{1} || *duration > Seconds{100.0 * 365 * 86'400}) return R"(a duration like "30 days", from "1 second" to "100 years")";
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
    auto const right = std::string{R"(an address and a port like "127.0.0.1:8441" or "[::1]:8441")"};
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) return right;
    auto host = text.substr(0, colon);
    auto const is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    std::array<unsigned char, 16> address{};
    if (inet_pton(is_bracketed ? AF_INET6 : AF_INET, host.c_str(), address.data()) != 1) return right;
    config.server.host = host;
    return set_integer(config.server.port, text.substr(colon + 1), 0, 65'535);
}

// In the order of docs/configuration.md.
constexpr auto kKeys = std::to_array<Key>({
    {"listen", [](Config& c, std::string const& v) { return set_listen(c, v); }},
    {"data_dir",
     [](Config& c, std::string const& v) -> std::optional<std::string> {
         if (v.empty()) return "a folder";
         c.data_dir = v;
         return std::nullopt;
     }},
    {"store",
     [](Config& c, std::string const& v) -> std::optional<std::string> {
         if (!v.starts_with("sqlite:") || v.size() == 7) return R"("sqlite:PATH"; other stores are not available yet)";
         c.store = v;
         return std::nullopt;
     }},
    {"threads", [](Config& c, std::string const& v) { return set_integer(c.server.threads, v, 0, 256); }},
    {"max_connections", [](Config& c, std::string const& v) { return set_integer(c.server.max_connections, v, 1, 1'000'000); }},
    {"allow_plaintext", [](Config& c, std::string const& v) { return set_flag(c.allow_plaintext, v); }},
    {"header_timeout", [](Config& c, std::string const& v) { return set_time(c.server.header_timeout, v); }},
    {"idle_timeout", [](Config& c, std::string const& v) { return set_time(c.server.idle_timeout, v); }},
    {"drain_timeout", [](Config& c, std::string const& v) { return set_time(c.server.drain_timeout, v); }},
    {"tokens.max_life", [](Config& c, std::string const& v) { return set_life(c.tokens.max_life, v); }},
    {"tokens.keep_expired", [](Config& c, std::string const& v) { return set_life(c.tokens.keep_expired, v); }},
    {"tokens.max_per_user", [](Config& c, std::string const& v) { return set_integer(c.tokens.max_per_user, v, 1L, 1'000'000'000L); }},
    {"passwords.memory", [](Config& c, std::string const& v) { return set_size(c.passwords.cost.memory_bytes, v); }},
    {"passwords.passes", [](Config& c, std::string const& v) { return set_integer(c.passwords.cost.passes, v, 1, 1'000); }},
    {"passwords.workers", [](Config& c, std::string const& v) { return set_integer(c.passwords.workers, v, 1, 64); }},
    {"passwords.queue", [](Config& c, std::string const& v) { return set_integer(c.passwords.queue, v, 1, 100'000); }},
    {"log.level",
     [](Config& c, std::string const& v) -> std::optional<std::string> {
         auto const level = log::read_level(v);
         if (!level) return R"("debug", "info", "warning" or "error")";
         c.log_level = *level;
         return std::nullopt;
     }},
    {"log.format",
     [](Config& c, std::string const& v) -> std::optional<std::string> {
         if (v != "logfmt" && v != "json") return R"("logfmt" or "json")";
         c.log_format = v == "json" ? log::Format::kJson : log::Format::kLogfmt;
         return std::nullopt;
     }},
    {"log.access", [](Config& c, std::string const& v) { return set_flag(c.server.access_log, v); }},
    {"trusted_proxies", nullptr},
    {"tls_certificate", nullptr},
    {"tls_key", nullptr},
    {"decision.source", nullptr},
    {"gateway.listen", nullptr},
    {"route", nullptr},
    {"ui.enabled", nullptr},
    {"ui.same_origin", nullptr},
    {"ui.idle", nullptr},
    {"ui.absolute", nullptr},
    {"metrics.listen", nullptr},
    {"audit.keep", nullptr},
    {"cluster.max_staleness", nullptr},
});

Key const* find_key(std::string_view name) {
    auto const found = std::ranges::find(kKeys, name, &Key::name);
    return found == kKeys.end() ? nullptr : &*found;
}

/// How many letters have to be changed, added or left out (Levenshtein's distance).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row.back();
}

std::string_view nearest(std::string_view name) {
    return std::ranges::min_element(kKeys, {}, [&](Key const& key) { return distance(name, key.name); })->name;
}

/// One setting from one place, e.g. "warder.toml:3".
void apply(Config& config, Complaints& complaints, std::string const& place, std::string_view name, std::string const& value) {
    auto const* const key = find_key(name);
    // A key and its value may be anything, control characters too.
    auto const complain = [&](std::string const& why) { complaints.push_back(place + ": " + http::for_sentence(name, 80) + why); };
    if (key == nullptr) return complain(" is no known key; the nearest is " + std::string{nearest(name)});
    if (key->apply == nullptr) return complain(" is not available yet in this version");
    if (auto const right = key->apply(config, value)) complain(" = \"" + http::for_sentence(value, 80) + "\" can't be used: it takes " + *right);
}

/// A value as the text that the environment would give it in; nullopt for lists and tables.
std::optional<std::string> text_of(toml::node const& node) {
    if (auto const* const text = node.as_string()) return text->get();
    if (auto const* const number = node.as_integer()) return std::to_string(number->get());
    if (auto const* const flag = node.as_boolean()) return flag->get() ? "true" : "false";
    return std::nullopt;
}

void apply_table(Config& config, Complaints& complaints, std::string const& file, toml::table const& table, std::string const& section) {
    for (auto const& [key, node] : table) {
        auto const name = section + std::string{key.str()};
        auto const place = file + ":" + std::to_string(node.source().begin.line);
        auto const* const inner = node.as_table();
        if (inner != nullptr && section.empty() && find_key(name) == nullptr) {
            apply_table(config, complaints, file, *inner, name + ".");
        } else if (auto const value = text_of(node)) {
            apply(config, complaints, place, name, *value);
        } else if (auto const* const known = find_key(name); known != nullptr && known->apply != nullptr) {
            complaints.push_back(place + ": " + name + " takes a text, a number, true or false");
        } else {
            apply(config, complaints, place, name, "");
        }
    }
}

void apply_file(Config& config, Complaints& complaints, std::filesystem::path const& file) {
    try {
        apply_table(config, complaints, file.string(), toml::parse_file(file.string()), "");
    } catch (toml::parse_error const& error) {
        std::ostringstream why;
        why << file.string() << ':' << error.source().begin.line << ": " << http::for_sentence(error.description(), 200);
        complaints.push_back(why.str());
    }
}

/// TOKENS_MAX_LIFE is tokens.max_life where there is such a section, else a key without one.
std::string name_of_variable(std::string const& variable) {
    std::string name;
    for (char const c : variable) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (auto const& key : kKeys) {
        auto const dot = key.name.find('.');
        if (dot != std::string_view::npos && name.starts_with(std::string{key.name.substr(0, dot)} + "_")) {
            name[dot] = '.';
            break;
        }
    }
    return name;
}

bool is_setting(std::string const& name) { return find_key(name) != nullptr || name.find('.') != std::string::npos; }

bool is_loopback(std::string const& host) { return host.starts_with("127.") || host == "::1"; }

}  // namespace

std::filesystem::path Config::database() const {
    auto path = store.substr(std::string_view{"sqlite:"}.size());
    constexpr std::string_view kPlaceholder = "<data_dir>";
    if (auto const at = path.find(kPlaceholder); at != std::string::npos) path.replace(at, kPlaceholder.size(), data_dir.string());
    return path;
}

std::vector<std::string> unknown_variables(Overrides const& overrides) {
    std::vector<std::string> unknown;
    for (auto const& [variable, value] : overrides.environment)
        if (!is_setting(name_of_variable(variable))) unknown.push_back("WARDER_" + variable);
    return unknown;
}

std::map<std::string, std::string> warder_environment() {
    constexpr std::string_view kPrefix = "WARDER_";
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view const text{*entry};
        auto const equals = text.find('=');
        if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
        auto const name = text.substr(kPrefix.size(), equals - kPrefix.size());
        // A secret, not a setting: `serve` takes it from where it is.
        if (name != "ADMIN_PASSWORD") variables.emplace(name, text.substr(equals + 1));
    }
    return variables;
}

std::expected<Config, Complaints> read_config(std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    Config config;
    Complaints complaints;
    if (file) apply_file(config, complaints, *file);
    for (auto const& [variable, value] : overrides.environment) {
        auto const name = name_of_variable(variable);
        // Only what looks like a setting of ours is judged: others may use the prefix for things of their own.
        if (is_setting(name)) apply(config, complaints, "WARDER_" + variable, name, value);
    }
    for (auto const& [name, value] : overrides.flags) apply(config, complaints, "--" + name, name, value);

    if (!is_loopback(config.server.host) && !config.allow_plaintext)
        complaints.push_back("listen = \"" + config.server.host +
                             "\" is beyond this machine, and what passes there in plain text can be read: set allow_plaintext = true if something in front speaks TLS");
    if (!complaints.empty()) return std::unexpected{std::move(complaints)};
    return config;
}

}  // namespace warder::app
