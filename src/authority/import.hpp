// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "warder/import.hpp"

#include <vector>

namespace warder::authority {

/// Leaves of the tokens those that would be accepted once they are registered, names the key of each, and counts the others.
void sort_out_tokens(std::vector<ImportedUser>& users, crypto::KeyRing const& ring, Instant now, ImportReport& report);

}  // namespace warder::authority
