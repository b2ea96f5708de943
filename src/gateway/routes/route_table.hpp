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

/// Parses a route's prefix into its canonical spelling: `/%61/b/` becomes `/a/b`. Wildcards are not allowed.
/// @param text  arbitrary bytes. @return the prefix, or an error message. Pure; thread-safe.
[[nodiscard]] std::expected<std::string, std::string> read_prefix(std::string_view text);

/// Maps paths to routes. Immutable; thread-safe.
class RouteTable {
  public:
    /// @param routes  with prefixes from `read_prefix`. @return the table, or a message that names a duplicate prefix.
    [[nodiscard]] static std::expected<RouteTable, std::string> make(std::vector<RouteSettings> routes);

    /// Returns the route with the longest prefix of whole segments of the path; null if there is none. Case-sensitive;
    /// `/` matches every path.
    /// @param path  the text of a CanonicalPath. @return valid as long as the table, even if it is moved. Does not
    /// allocate; linear in the number of routes.
    [[nodiscard]] RouteSettings const* find(std::string_view path) const noexcept;

    /// Returns the routes in the order of the configuration.
    [[nodiscard]] std::span<RouteSettings const> routes() const noexcept { return routes_; }
    /// Returns the index of a route in `routes()`, for data kept alongside.
    /// @param route  as returned by `find`.
    [[nodiscard]] std::size_t index_of(RouteSettings const& route) const noexcept { return static_cast<std::size_t>(&route - routes_.data()); }

  private:
    explicit RouteTable(std::vector<RouteSettings> routes);

    std::vector<RouteSettings> routes_;
    std::vector<std::size_t> longest_first_;
};

}  // namespace warder::gateway
