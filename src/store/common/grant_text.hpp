// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace warder::store {

/// Returns a list of grants as a store keeps it: a JSON array of strings.
[[nodiscard]] std::string write_grants(GrantList const& grants);

/// Reads a JSON array of strings.
/// @return nullopt for any other value. The caller must then treat the user or token as damaged, never as unscoped.
[[nodiscard]] std::optional<Grants> read_grants(boost::json::value const& value);
/// Reads a list that `write_grants` wrote.
/// @return nullopt for any other text.
[[nodiscard]] std::optional<Grants> read_grants(std::string_view text);

}  // namespace warder::store
