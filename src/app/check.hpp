// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Everything that is wrong with the configuration, the keys, the store, the routes and the data dir, a sentence each. Beside a bad configuration the
/// rest is judged as far as it is known where it lies. Changes nothing.
[[nodiscard]] std::vector<std::string> find_problems(Reading reading);

/// What is accepted and does nothing, a sentence each: variables that Kubernetes or Docker set for a service and, unless the configuration is bad
/// anyway, settings without effect beside the others.
[[nodiscard]] std::vector<std::string> find_warnings(Reading const& reading, Overrides const& overrides);

}  // namespace warder::app
