// SPDX-License-Identifier: MIT
#pragma once

#include "warder/authority.hpp"

namespace warder::runtime {

/// Returns the principal for the account that runs this process: its name, or its number if it has no name.
[[nodiscard]] authority::Principal local_principal();

}  // namespace warder::runtime
