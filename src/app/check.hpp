// SPDX-License-Identifier: MIT
#pragma once

#include "app/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Everything that is wrong with the configuration, the keys, the store, the routes and the data dir, a sentence each. Beside a bad configuration the
/// rest is judged as far as it is known where it lies. Changes nothing.
[[nodiscard]] std::vector<std::string> find_faults(Reading reading);

}  // namespace warder::app
