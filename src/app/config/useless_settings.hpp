// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Returns a sentence for each setting that has no effect beside the others. They do no harm, so the server starts; but whoever wrote one expects
/// something of it.
[[nodiscard]] std::vector<std::string> find_useless_settings(Config const& config);

}  // namespace warder::app
