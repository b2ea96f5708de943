// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace warder::store {

/// A list of grants as a store keeps it: a JSON array of strings.
[[nodiscard]] std::string write_grants(GrantList const& grants);

/// @return nullopt for anything but a list that could have been written: whoever keeps it must treat what it limits as damaged, never as unlimited.
[[nodiscard]] std::optional<Grants> read_grants(std::string_view text);

}  // namespace warder::store
