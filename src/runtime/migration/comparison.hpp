// SPDX-License-Identifier: MIT
#pragma once

#include "runtime/migration/content_view.hpp"
#include "runtime/migration/migration.hpp"

namespace warder::runtime {

/// Compares all records of two views one by one and counts them.
[[nodiscard]] Checked<Comparison> compare(ContentView const& source, ContentView const& target, MigrationProgress& progress);

}  // namespace warder::runtime
