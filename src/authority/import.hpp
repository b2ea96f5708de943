// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "warder/import.hpp"

#include <vector>

namespace warder::authority {

/// Keeps the tokens that will be accepted once they are registered and sets the key of each. Removes the others and
/// counts them in the report.
void sort_out_tokens(std::vector<ImportedUser>& users, crypto::KeyRing const& ring, Instant now, ImportReport& report);

}  // namespace warder::authority
