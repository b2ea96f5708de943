// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Returns a sentence for each setting that has no effect because of other settings. These are harmless, so the server
/// starts, but they may not do what their author expects.
[[nodiscard]] std::vector<std::string> find_useless_settings(Config const& config);

}  // namespace warder::app
