// SPDX-License-Identifier: MIT
#include "app/config/route_reader.hpp"

#include "app/config/route_keys.hpp"
#include "app/config/suggestions.hpp"
#include "app/config/toml/toml_values.hpp"
#include "app/config/values.hpp"
#include "http/field_name.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace warder::app {
namespace {

class RouteReader {
  public:
    explicit RouteReader(std::string const& file) : file_{file} {}
    void read(toml::table const& table);
    [[nodiscard]] RoutesRead finish();

  private:
    /// @return the known key that is probably meant by an unknown one, else an empty text.
    std::string_view read_key(gateway::RouteSettings& route, std::string const& name, toml::node const& node);
    void validate_route(gateway::RouteSettings const& route, toml::table const& table);
    void report(toml::node const& node, std::string_view what) {
        auto const line = node.source().begin.line;
        problems_.emplace_back(line, file_ + ':' + std::to_string(line) + ": " + std::string{what});
    }

    std::string const& file_;
    std::vector<gateway::RouteSettings> routes_;
    std::vector<std::pair<toml::source_index, std::string>> problems_;
    std::map<std::string, toml::source_index, std::less<>> lines_;  ///< Of each prefix.
};

void RouteReader::read(toml::table const& table) {
    gateway::RouteSettings route;
    std::set<std::string_view> meant;  // What is missing only because it has another name is reported once.
    for (auto const& [name, node] : in_order_of_lines(table)) meant.insert(read_key(route, name, *node));
    for (auto const& key : all_route_keys())
        if (key.is_required && !table.contains(key.name) && !meant.contains(key.name))
            report(table, "this [[route]] has no " + std::string{key.name} + "; every route needs a prefix and an upstream");
    validate_route(route, table);
    routes_.push_back(std::move(route));
}

std::string_view RouteReader::read_key(gateway::RouteSettings& route, std::string const& name, toml::node const& node) {
    auto const* const key = find_route_key(name);
    if (key == nullptr) {
        auto const unknown = unknown_route_key(name);
        report(node, unknown.message);
        return unknown.meant;
    }
    auto const value = text_of(node, key->kind);
    if (!value) {
        gateway::RouteSettings scratch;
        auto const set = key->apply(scratch, "");
        report(node, "invalid type for " + name + ": found " + found_type(node, key->kind) + "; " + (set ? "expected another value" : set.error()));
        return {};
    }
    // A path would silently end at a NUL.
    bool const has_nul = value->find('\0') != std::string::npos;
    auto const set = has_nul ? RouteKey::Result{std::unexpect, "a NUL character is not allowed"} : key->apply(route, *value);
    if (!set) report(node, "invalid value " + (key->may_hold_secret ? "" : '"' + quote(*value) + "\" ") + "for " + name + ": " + set.error());
    return {};
}

void RouteReader::validate_route(gateway::RouteSettings const& route, toml::table const& table) {
    if (!route.ca_file.empty() && !route.upstream.host.empty() && !route.upstream.is_tls)
        report(*table.get("ca_file"), "ca_file requires an upstream that begins with https://");
    if (!route.user_header.empty() && http::is_same_name(route.user_header, route.credential.header_name))
        report(*table.get("user_header"), "user_header and credential = \"header-file:...\" use the same header; each needs its own");
    if (!route.user_header.empty() && http::is_same_name(route.user_header, route.token_header))
        report(*table.get("user_header"), "user_header and token_header are the same header; each needs its own");
    if (!route.user_header.empty() && route.auth == gateway::RouteSettings::Auth::kNone)
        report(*table.get("user_header"), "user_header requires auth = \"token\": without a token, the user is not known");
    if (route.rpc_body_limit && !route.json_rpc)
        report(*table.get("rpc_body_limit"), "rpc_body_limit requires json_rpc = true; other routes use body_limit");
    if (route.prefix.empty()) return;
    auto const& node = *table.get("prefix");
    auto const [first, is_new] = lines_.emplace(route.prefix, node.source().begin.line);
    if (!is_new) report(node, "prefix \"" + quote(route.prefix) + "\" is already used by the [[route]] in line " + std::to_string(first->second));
}

RoutesRead RouteReader::finish() {
    RoutesRead read{.routes = std::move(routes_), .problems = {}};
    std::ranges::stable_sort(problems_, {}, &std::pair<toml::source_index, std::string>::first);
    for (auto& [line, problem] : problems_) read.problems.push_back(std::move(problem));
    return read;
}

}  // namespace

RoutesRead read_routes(toml::array const& tables, std::string const& file) {
    RouteReader reader{file};
    for (auto const& table : tables) reader.read(*table.as_table());
    return reader.finish();
}

}  // namespace warder::app
