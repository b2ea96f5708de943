// SPDX-License-Identifier: MIT
#pragma once

#include "cli/output/table.hpp"
#include "warder/authority.hpp"

#include <span>

/// Tokens as tables for people.
namespace warder::cli {

/// Returns one row per token.
[[nodiscard]] Table table_of(std::span<authority::OwnedToken const> tokens, Instant now);

/// Returns all properties of a token, one per row.
[[nodiscard]] Table properties_of(authority::OwnedToken const& token, Instant now);

}  // namespace warder::cli
