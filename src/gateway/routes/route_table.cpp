// SPDX-License-Identifier: MIT
#include "gateway/routes/route_table.hpp"

#include "core/grants/path.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace warder::gateway {
namespace {

bool fits(std::string_view prefix, std::string_view path) noexcept {
    if (prefix == "/") return true;
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

std::expected<std::string, std::string> read_prefix(std::string_view text) {
    auto const failure = [](std::string_view message) { return std::unexpected{std::string{message}}; };
    if (text.find('?') != std::string_view::npos) return failure("a prefix must not have a query; remove \"?\" and what follows");
    if (text.find('*') != std::string_view::npos) return failure("a prefix must not contain \"*\"; it covers all paths below it anyway");
    std::string buffer(text.size(), '\0');
    auto canonical = core::canonicalize_path_at(text, buffer);
    if (!canonical) return failure(describe(canonical.error().error));
    if (canonical->size() > 1 && canonical->ends_with('/')) canonical->remove_suffix(1);
    return std::string{*canonical};
}

std::expected<RouteTable, std::string> RouteTable::make(std::vector<RouteSettings> routes) {
    RouteTable table{std::move(routes)};
    auto prefixes = std::vector<std::string_view>{};
    prefixes.reserve(table.routes_.size());
    for (auto const& route : table.routes_) prefixes.push_back(route.prefix);
    std::ranges::sort(prefixes);
    auto const twice = std::ranges::adjacent_find(prefixes);
    if (twice != prefixes.end()) return std::unexpected{"two routes have the prefix " + std::string{*twice} + "; each route needs its own"};
    return table;
}

RouteTable::RouteTable(std::vector<RouteSettings> routes) : routes_{std::move(routes)}, longest_first_(routes_.size()) {
    std::iota(longest_first_.begin(), longest_first_.end(), std::size_t{0});
    std::ranges::sort(longest_first_, std::ranges::greater{}, [this](std::size_t index) { return routes_[index].prefix.size(); });
}

RouteSettings const* RouteTable::find(std::string_view path) const noexcept {
    auto const found = std::ranges::find_if(longest_first_, [&](std::size_t index) { return fits(routes_[index].prefix, path); });
    return found == longest_first_.end() ? nullptr : &routes_[*found];
}

}  // namespace warder::gateway
