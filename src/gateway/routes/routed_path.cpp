// SPDX-License-Identifier: MIT
#include "gateway/routes/routed_path.hpp"

#include "gateway/routes/lenient_path.hpp"

namespace warder::gateway {

RoutedPath::RoutedPath(RouteTable const& routes, std::string_view path)
    : buffer_{std::make_unique_for_overwrite<char[]>(path.size())},
      path_{canonicalize_path(path, {buffer_.get(), path.size()}, EncodedSlash::kAllowed)},
      routes_{&routes},
      route_{path_ ? routes.find(path_->text()) : nullptr} {
    bool const is_accepted = path_ && (!path_->has_encoded_slash() || (route_ != nullptr && route_->allow_encoded_slash));
    if (!is_accepted) lenient_route_ = find_lenient_route(routes, path);
}

}  // namespace warder::gateway
