// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"

#include <toml++/toml.h>

#include <string>
#include <vector>

namespace warder::app {

/// What `[[route]]` tables say: as much of each as can be used, in their order, and what is wrong with the rest.
struct RoutesRead {
    std::vector<gateway::RouteSettings> routes;
    std::vector<std::string> complaints;  ///< Sentences with file and line.
};

/// @param tables  of tables alone. @param file  as complaints name it.
[[nodiscard]] RoutesRead read_routes(toml::array const& tables, std::string const& file);

}  // namespace warder::app
