// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warder::gateway {

/// Reads a route's prefix into its one spelling: `/%61/b/` is `/a/b`. Whole segments, so there is no star in it.
/// @param text  any bytes. @return the prefix, else a sentence that says what would be right. Pure; any thread may call it.
[[nodiscard]] std::expected<std::string, std::string> read_prefix(std::string_view text);

/// Which route a path takes. Immutable; any thread may ask.
class RouteTable {
  public:
    /// @param routes  with prefixes from `read_prefix`. @return the table, else a sentence that names the prefix that two routes have.
    [[nodiscard]] static std::expected<RouteTable, std::string> make(std::vector<RouteSettings> routes);

    /// The route whose prefix is the longest of those that the path has whole segments of; null if there is none. Case matters; `/` fits every path.
    /// @param path  the text of a CanonicalPath. @return lives as long as the table, moved or not. Doesn't allocate; asks one route after another.
    [[nodiscard]] RouteSettings const* find(std::string_view path) const noexcept;

    /// In the order of the configuration.
    [[nodiscard]] std::span<RouteSettings const> routes() const noexcept { return routes_; }
    /// Which of `routes()` this is: for what is kept beside each. @param route  as `find` returned it.
    [[nodiscard]] std::size_t index_of(RouteSettings const& route) const noexcept { return static_cast<std::size_t>(&route - routes_.data()); }

  private:
    explicit RouteTable(std::vector<RouteSettings> routes);

    std::vector<RouteSettings> routes_;
    std::vector<std::size_t> longest_first_;
};

}  // namespace warder::gateway
