// SPDX-License-Identifier: MIT
#pragma once

#include "warder/authority.hpp"

namespace warder::runtime {

/// Whoever runs this process, by the name of their account; by its number where it has no name.
[[nodiscard]] authority::Caller local_caller();

}  // namespace warder::runtime
