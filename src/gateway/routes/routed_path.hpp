// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"
#include "warder/grant.hpp"

#include <expected>
#include <memory>
#include <string_view>

namespace warder::gateway {

/// A request's path, canonicalized once, and the route that covers it.
class RoutedPath {
  public:
    /// @param path  not decoded; not retained. @param routes  must outlive this object.
    RoutedPath(RouteTable const& routes, std::string_view path);

    /// Returns the path, canonicalized with encoded slashes allowed; admission checks whether the route allows them. A
    /// view of this object.
    [[nodiscard]] std::expected<CanonicalPath, PathError> const& path() const noexcept { return path_; }
    /// Returns the route; null if none covers the path or the path was rejected.
    [[nodiscard]] RouteSettings const* route() const noexcept { return route_; }
    /// Returns the route that accepts the path although it was rejected; otherwise null. See `find_lenient_route`.
    [[nodiscard]] RouteSettings const* lenient_route() const noexcept { return lenient_route_; }
    /// Returns the table in which the route was found.
    [[nodiscard]] RouteTable const& routes() const noexcept { return *routes_; }

  private:
    std::unique_ptr<char[]> buffer_;
    std::expected<CanonicalPath, PathError> path_;
    RouteTable const* routes_;
    RouteSettings const* route_;
    RouteSettings const* lenient_route_ = nullptr;
};

}  // namespace warder::gateway
