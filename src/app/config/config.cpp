// SPDX-License-Identifier: MIT
#include "app/config/config.hpp"

#include "app/config/keys.hpp"
#include "app/config/preset_reader.hpp"
#include "app/config/route_reader.hpp"
#include "app/config/suggestions.hpp"
#include "app/config/toml/toml.hpp"
#include "app/config/toml/toml_file.hpp"
#include "app/config/toml/toml_values.hpp"
#include "app/config/unreachable_routes.hpp"
#include "app/config/values.hpp"
#include "core/text/ascii.hpp"
#include "core/text/duration_text.hpp"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

/// Returns a value as messages may repeat it. A store's URL may contain a password, so at most its scheme is repeated.
std::string quoted_value(std::string_view name, std::string_view value) {
    if (name != "store" || (!value.contains("://") && !value.contains('@'))) return '"' + quote(value) + '"';
    auto const colon = value.find(':');
    return '"' + (colon == std::string_view::npos ? std::string{} : quote(value.substr(0, colon)) + ':') + R"(...")";
}

/// Returns what would be valid for a key. Most keys reject the empty text; the others reject "?".
std::string what_is_right(Key const& key) {
    Config scratch;
    for (auto const* const wrong : {"", "?"})
        if (auto const set = key.apply(scratch, wrong); !set) return set.error();
    return "another value";
}

/// Applies the settings in increasing precedence, and collects what is wrong.
class Reader {
  public:
    void read(std::filesystem::path const& file);
    void read_variable(std::string const& variable, std::string const& value);
    void apply(std::string const& position, Key const& key, std::string const& value);
    [[nodiscard]] Reading finish();

  private:
    void read_top(toml::table const& table);
    void take_routes(toml::array const& tables);
    void take_presets(toml::array const& tables);
    void read_presets_dir();
    void read_section(toml::table const& table, std::string const& section);
    void read_key(toml::node const& node, std::string const& last, std::string const& section);
    void validate_listeners();
    void validate_poll();
    void validate_listener(std::string const& name, net::ListenAddress const& address);
    void reject_file(std::string_view position, std::string_view why);
    void report(std::string_view position, std::string_view what) { reading_.problems.push_back(std::string{position}.append(": ").append(what)); }
    [[nodiscard]] std::string place_of(toml::node const& node) const { return file_ + ':' + std::to_string(node.source().begin.line); }

    Reading reading_;
    std::string file_;
};

void Reader::reject_file(std::string_view position, std::string_view why) {
    report(position, why);
    // The file may set any of these.
    for (auto const* const name : {"listen", "data_dir", "store", "presets_dir"}) reading_.unsure.emplace(name);
}

void Reader::read(std::filesystem::path const& file) {
    file_ = quote(file.native());
    if (file.empty()) return reject_file("--config", "empty value; expected the path of a file");
    auto const table = read_toml_file(file);
    if (!table) return reject_file(table.error().position, table.error().why);
    read_top(*table);
}

void Reader::read_top(toml::table const& table) {
    for (auto const& [name, entry] : in_order_of_lines(table)) {
        auto const& node = *entry;
        auto const position = place_of(node);
        auto const* const inner = node.as_table();
        if (name == kRoute && is_list_of_tables(node)) take_routes(*node.as_array());
        else if (name == kPreset && is_list_of_tables(node)) take_presets(*node.as_array());
        else if (find_key(name) != nullptr) read_key(node, name, {});
        else if (!is_section(name))
            report(position,
                   inner != nullptr || (is_list_of_tables(node) && !node.as_array()->empty()) ? unknown_section(name) : unknown_key({}, name));
        else if (inner == nullptr) report(position, '"' + name + "\" is a section, not a key; expected [" + name + "] on a line of its own");
        else read_section(*inner, name);
    }
}

void Reader::take_routes(toml::array const& tables) {
    auto read = read_routes(tables, file_);
    reading_.config.routes = std::move(read.routes);
    for (auto& problem : read.problems) reading_.problems.push_back(std::move(problem));
}

void Reader::take_presets(toml::array const& tables) {
    auto read = read_presets(tables, file_);
    reading_.config.presets = std::move(read.presets);
    for (auto& problem : read.problems) reading_.problems.push_back(std::move(problem));
}

/// Adds the presets of the directory to those of the file, which override them.
void Reader::read_presets_dir() {
    auto const& configured = reading_.config.presets_dir;
    if (reading_.unsure.contains("presets_dir") || (configured && configured->empty())) return;
    auto const directory = configured.value_or(installed_presets());
    // The default, which may also be set explicitly, need not exist.
    auto read = read_preset_directory(directory, directory != installed_presets() && directory != kPackagedPresets);
    reading_.config.presets = merge_presets(std::move(reading_.config.presets), std::move(read.presets));
    for (auto& problem : read.problems) reading_.problems.push_back(std::move(problem));
}

void Reader::read_section(toml::table const& table, std::string const& section) {
    for (auto const& [name, node] : in_order_of_lines(table)) read_key(*node, name, section);
}

void Reader::read_key(toml::node const& node, std::string const& last, std::string const& section) {
    auto const name = section.empty() ? last : section + '.' + last;
    auto const position = place_of(node);
    auto const* const key = find_key(name);
    if (key == nullptr) return report(position, unknown_key(section, last));
    if (key->kind == Key::Kind::kTables) return report(position, write_tables(name));
    if (auto const value = text_of(node, key->kind)) return apply(position, *key, *value);
    reading_.unsure.emplace(name);
    report(position, "invalid type for " + name + ": found " + found_type(node, key->kind) + "; expected " + what_is_right(*key));
}

void Reader::apply(std::string const& position, Key const& key, std::string const& value) {
    std::string const name{key.name};
    // The value may be a secret and is never valid here, so it isn't repeated.
    if (key.kind == Key::Kind::kTables) return report(position, "not allowed here: expected " + what_is_right(key));
    // A path would silently end at a NUL.
    bool const has_nul = value.find('\0') != std::string::npos;
    auto const set = has_nul ? SetResult{std::unexpect, "a value without a NUL character"} : key.apply(reading_.config, value);
    if (set) {
        reading_.unsure.erase(name);
        return;
    }
    reading_.unsure.emplace(name);
    report(position, "invalid value " + quoted_value(name, value) + " for " + name + ": expected " + set.error());
}

void Reader::read_variable(std::string const& variable, std::string const& value) {
    auto const classified = classify_variable(variable, value);
    if (classified.kind == Variable::Kind::kSetting) apply(variable, *classified.key, value);
    if (classified.kind == Variable::Kind::kMisspelt) report(quote(variable), "unknown setting: did you mean " + classified.nearest + '?');
}

bool is_loopback(std::string const& host) { return host.starts_with("127.") || host == "::1"; }

std::string text_of(net::ListenAddress const& address) {
    bool const is_bracketed = address.host.find(':') != std::string::npos;
    return (is_bracketed ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

bool is_any_address(std::string const& host) { return host == "0.0.0.0" || host == "::"; }

/// Returns whether the system refuses a second listener on these addresses. Port 0 means any free port; `::`
/// includes IPv4.
bool do_overlap(net::ListenAddress const& a, net::ListenAddress const& b) {
    if (a.port != b.port || a.port == 0) return false;
    auto const takes = [](std::string const& any, std::string const& host) {
        return is_any_address(any) && (any == "::" || host.find(':') == std::string::npos);
    };
    return a.host == b.host || takes(a.host, b.host) || takes(b.host, a.host);
}

/// Returns whether the store would have the name of one of Warder's own files in the data directory: one would
/// overwrite the other.
bool is_own_file(std::filesystem::path const& store, std::filesystem::path const& data_dir) {
    constexpr auto kNames = std::to_array<char const*>(
        {"keys.json", "keys.json.lock", "warder.lock", "warder.sock", "initial-admin-password", "audit.log", "clock.json"});
    std::error_code error;
    auto const file = std::filesystem::absolute(store, error).lexically_normal();
    auto const directory = std::filesystem::absolute(data_dir, error).lexically_normal();
    return std::ranges::any_of(kNames, [&](auto const* name) { return file == directory / name; });
}

void Reader::validate_listener(std::string const& name, net::ListenAddress const& address) {
    auto const& config = reading_.config;
    if (is_loopback(address.host) || config.allow_plaintext || config.server.tls.is_wanted()) return;
    report(name + " = \"" + text_of(address) + '"',
           "without TLS, only loopback addresses are allowed: set tls_certificate and tls_key, or allow_plaintext = true if a proxy in front "
           "terminates TLS");
}

/// Checks the addresses of all listeners, each by itself and beside those before it.
void Reader::validate_listeners() {
    auto const& server = reading_.config.server;
    struct Named {
        std::string name;
        std::string_view owner;
        std::optional<net::ListenAddress> const address;
    };
    std::array<Named, 3> const listeners{{{"listen", "the server", server.listen},
                                          {"gateway.listen", "the gateway", server.gateway_listen},
                                          {"metrics.listen", "the listener of metrics", server.metrics_listen}}};
    auto const is_sure = [&](Named const& listener) { return listener.address && !reading_.unsure.contains(listener.name); };
    for (auto listener = listeners.begin(); listener != listeners.end(); ++listener) {
        if (!is_sure(*listener)) continue;
        auto const& [name, owner, address] = *listener;
        validate_listener(name, *address);
        auto const other = std::find_if(listeners.begin(), listener,
                                        [&](Named const& earlier) { return is_sure(earlier) && do_overlap(*listener->address, *earlier.address); });
        if (other == listener) continue;
        bool const is_same = *address == *other->address;
        auto const relation = is_same ? "same address as " + other->name : "overlaps with " + other->name + " = \"" + text_of(*other->address) + '"';
        report(name + " = \"" + text_of(*address) + '"',
               relation + ": " + std::string{owner} + (is_same ? " needs its own address or port" : " needs its own port"));
    }
}

/// Every poll proves how fresh the token index is, and one of them may fail.
void Reader::validate_poll() {
    auto const cluster = reading_.config.cluster();
    if (cluster.poll * 2 <= cluster.max_staleness || reading_.unsure.contains("cluster.poll") || reading_.unsure.contains("cluster.max_staleness"))
        return;
    auto const text = [](std::chrono::milliseconds time) { return '"' + core::duration_text(time) + '"'; };
    report("cluster.poll = " + text(cluster.poll), "must be at most half of cluster.max_staleness, which is " + text(cluster.max_staleness));
}

Reading Reader::finish() {
    auto const& gateway = reading_.config.server.gateway_listen;
    validate_listeners();
    if (!gateway && !reading_.config.server.gateway_hosts.is_empty() && !reading_.unsure.contains("gateway.listen"))
        report("gateway.hosts", "requires gateway.listen: without it, routes are served on listen, whose host names are set by hosts");
    auto const& tls = reading_.config.server.tls;
    bool const is_sure = !reading_.unsure.contains("tls_certificate") && !reading_.unsure.contains("tls_key");
    if (is_sure && tls.certificate.empty() != tls.key.empty())
        report(tls.certificate.empty() ? "tls_key" : "tls_certificate", "tls_certificate and tls_key must be set together: set both or neither");
    validate_poll();
    read_presets_dir();
    bool const is_store_sure = !reading_.unsure.contains("store") && !reading_.unsure.contains("data_dir");
    auto const url = reading_.config.store_url();
    if (auto const* const store = store::file_of(url); is_store_sure && store != nullptr && is_own_file(*store, reading_.config.data_dir))
        report("store", quote(store->native()) + " is the name of a file that Warder itself creates in data_dir: choose another name");
    for (auto& problem : find_unreachable_routes(reading_)) reading_.problems.push_back(std::move(problem));
    return std::move(reading_);
}

}  // namespace

authority::PasswordHasher::Settings Config::hashing(authority::StoreCapabilities const& of_store) const {
    auto settings = passwords;
    settings.kind = of_store.password_hash_kind;
    return settings;
}

namespace {

/// Returns why a variable that is not a setting is ignored, with the variable that may be meant.
std::string why_ignored(std::string_view variable) {
    auto const meant = find_variable_meant(variable);
    return "this variable is not a setting and is ignored" + (meant ? "; did you mean " + *meant + '?' : std::string{});
}

/// Kubernetes and Docker set URLs, addresses and names: of WARDER_PORT=8080 they are not the origin.
std::string why_ignored_as_service_link(std::string_view variable, std::string_view value) {
    bool const is_port = std::ranges::all_of(value, core::is_digit);
    if (auto const meant = find_variable_meant(variable); meant && is_port) return why_ignored(variable);
    return "this variable looks like one that Kubernetes or Docker sets for a service, and is ignored";
}

}  // namespace

std::vector<IgnoredVariable> ignored_variables(Overrides const& overrides) {
    std::vector<IgnoredVariable> ignored;
    for (auto const& [variable, value] : overrides.environment) {
        auto const kind = classify_variable(variable, value).kind;
        if (kind == Variable::Kind::kForeign) ignored.push_back({.name = variable, .why = why_ignored(variable), .is_of_service = false});
        if (kind == Variable::Kind::kServiceLink)
            ignored.push_back({.name = variable, .why = why_ignored_as_service_link(variable, value), .is_of_service = true});
    }
    return ignored;
}

std::map<std::string, std::string> warder_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view const text{*entry};
        auto const equals = text.find('=');
        if (!text.starts_with("WARDER_") || equals == std::string_view::npos) continue;
        auto const name = text.substr(0, equals);
        // This is a secret, not a setting; `serve` reads it itself.
        if (name != "WARDER_ADMIN_PASSWORD") variables.emplace(name, text.substr(equals + 1));
    }
    return variables;
}

Reading read_settings(std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    Reader reader;
    if (file) reader.read(*file);
    for (auto const& [variable, value] : overrides.environment) reader.read_variable(variable, value);
    for (auto const& [name, value] : overrides.flags) {
        auto option = "--" + name;
        std::ranges::replace(option, '_', '-');
        if (auto const* const key = find_key(name)) reader.apply(option, *key, value);
    }
    return reader.finish();
}

std::expected<Config, Problems> read_config(std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    auto reading = read_settings(file, overrides);
    if (!reading.problems.empty()) return std::unexpected{std::move(reading.problems)};
    return std::move(reading.config);
}

}  // namespace warder::app
