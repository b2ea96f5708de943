// SPDX-License-Identifier: MIT
#include "gateway/routed_path.hpp"

namespace warder::gateway {

RoutedPath::RoutedPath(RouteTable const& routes, std::string_view path)
    : room_{std::make_unique_for_overwrite<char[]>(path.size())},
      path_{judge_path(path, {room_.get(), path.size()}, EncodedSlash::kAllowed)},
      route_{path_ ? routes.find(path_->text()) : nullptr} {}

}  // namespace warder::gateway
