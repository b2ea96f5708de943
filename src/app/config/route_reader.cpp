// SPDX-License-Identifier: MIT
#include "app/config/route_reader.hpp"

#include "app/config/route_keys.hpp"
#include "app/config/toml_values.hpp"
#include "app/config/values.hpp"
#include "http/field_name.hpp"

#include <algorithm>
#include <map>
#include <optional>
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
    void read_key(gateway::RouteSettings& route, std::string const& name, toml::node const& node);
    void judge_whole(gateway::RouteSettings const& route, toml::table const& table);
    void complain(toml::node const& node, std::string_view what) {
        auto const line = node.source().begin.line;
        complaints_.emplace_back(line, file_ + ':' + std::to_string(line) + ": " + std::string{what});
    }

    std::string const& file_;
    std::vector<gateway::RouteSettings> routes_;
    std::vector<std::pair<toml::source_index, std::string>> complaints_;
    std::map<std::string, toml::source_index, std::less<>> lines_;  ///< Of each prefix.
};

void RouteReader::read(toml::table const& table) {
    gateway::RouteSettings route;
    for (auto const& key : all_route_keys())
        if (key.is_required && !table.contains(key.name)) complain(table, "this [[route]] has no " + std::string{key.name});
    for (auto const& [name, node] : in_order_of_lines(table)) read_key(route, name, *node);
    judge_whole(route, table);
    routes_.push_back(std::move(route));
}

void RouteReader::read_key(gateway::RouteSettings& route, std::string const& name, toml::node const& node) {
    auto const* const key = find_route_key(name);
    if (key == nullptr)
        return complain(node, '"' + quote(name) + "\" is no known key of a [[route]]; the nearest is " + std::string{nearest_route_key(name).name});
    auto const value = text_of(node, key->kind);
    if (!value) {
        gateway::RouteSettings scratch;
        return complain(node, name + " can't be " + std::string{type_of(node)} + ": " + key->apply(scratch, "").value_or("it takes another value"));
    }
    // A path would silently end at a NUL.
    bool const has_nul = value->find('\0') != std::string::npos;
    auto const why = has_nul ? std::optional<std::string>{"it takes no NUL"} : key->apply(route, *value);
    if (why) complain(node, name + (key->may_hold_secret ? "" : " = \"" + quote(*value) + '"') + " can't be used: " + *why);
}

void RouteReader::judge_whole(gateway::RouteSettings const& route, toml::table const& table) {
    if (!route.ca_file.empty() && !route.upstream.host.empty() && !route.upstream.is_tls)
        complain(*table.get("ca_file"), "ca_file is for an https upstream, and this route's is not encrypted");
    if (!route.user_header.empty() && http::is_same_name(route.user_header, route.credential.header_name))
        complain(*table.get("user_header"), "user_header and credential = \"header-file:...\" name the same header; each needs its own");
    if (!route.user_header.empty() && route.auth == gateway::RouteSettings::Auth::kNone)
        complain(*table.get("user_header"), "user_header is for a route with auth = \"token\": without a token no user is known");
    if (route.rpc_body_limit && !route.json_rpc)
        complain(*table.get("rpc_body_limit"), "rpc_body_limit is for a route with json_rpc = true; elsewhere body_limit is the limit");
    if (route.prefix.empty()) return;
    auto const& node = *table.get("prefix");
    auto const [first, is_new] = lines_.emplace(route.prefix, node.source().begin.line);
    if (!is_new)
        complain(node, "prefix \"" + quote(route.prefix) + "\" is that of the [[route]] in line " + std::to_string(first->second) + " already");
}

RoutesRead RouteReader::finish() {
    RoutesRead read{.routes = std::move(routes_), .complaints = {}};
    std::ranges::stable_sort(complaints_, {}, &std::pair<toml::source_index, std::string>::first);
    for (auto& [line, complaint] : complaints_) read.complaints.push_back(std::move(complaint));
    return read;
}

}  // namespace

RoutesRead read_routes(toml::array const& tables, std::string const& file) {
    RouteReader reader{file};
    for (auto const& table : tables) reader.read(*table.as_table());
    return reader.finish();
}

}  // namespace warder::app
