// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/toml/toml.hpp"
#include "gateway/routes/route.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// The content of the `[[route]]` tables: the usable part of each, in their order, and what is wrong with the rest.
struct RoutesRead {
    std::vector<gateway::RouteSettings> routes;
    std::vector<std::string> problems;  ///< Sentences with file and line.
};

/// @param tables  contains only tables. @param file  the name of the file for messages.
[[nodiscard]] RoutesRead read_routes(toml::array const& tables, std::string const& file);

}  // namespace warder::app
