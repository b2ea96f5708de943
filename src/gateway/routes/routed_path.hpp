// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"
#include "warder/grant.hpp"

#include <expected>
#include <memory>
#include <string_view>

namespace warder::gateway {

/// A request's path as it was judged, once, and the route that covers it. Whoever asks afterwards asks this.
class RoutedPath {
  public:
    /// @param path  raw, not kept. @param routes  outlive this.
    RoutedPath(RouteTable const& routes, std::string_view path);

    /// Judged with encoded slashes allowed; whether the route allows them is for who admits the request. A view of this.
    [[nodiscard]] std::expected<CanonicalPath, PathFault> const& path() const noexcept { return path_; }
    /// Null: no route covers the path, or it can't be judged.
    [[nodiscard]] RouteSettings const* route() const noexcept { return route_; }
    /// The route that lets the path pass although it is rejected; null: it isn't, or there is none. See `find_lenient_route`.
    [[nodiscard]] RouteSettings const* lenient_route() const noexcept { return lenient_route_; }
    /// Among which this was found.
    [[nodiscard]] RouteTable const& routes() const noexcept { return *routes_; }

  private:
    std::unique_ptr<char[]> room_;
    std::expected<CanonicalPath, PathFault> path_;
    RouteTable const* routes_;
    RouteSettings const* route_;
    RouteSettings const* lenient_route_ = nullptr;
};

}  // namespace warder::gateway
