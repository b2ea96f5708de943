// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace warder::app {

/// Returns whether an environment variable has the form of those that Kubernetes sets in every container of a namespace
/// for each Service, and Docker for each link: a Service `warder-ui` results in `WARDER_UI_SERVICE_HOST`,
/// `WARDER_UI_PORT`, `WARDER_UI_PORT_8441_TCP_ADDR` and more. No setting has such a name.
/// @param value  decides for `…_NAME`, which Docker sets to "/container/alias" and people may mistake for a setting.
[[nodiscard]] bool is_service_link(std::string_view variable, std::string_view value) noexcept;

}  // namespace warder::app
