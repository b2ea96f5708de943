// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <boost/json/array.hpp>

#include <expected>
#include <string>
#include <vector>

namespace warder::cli {

/// Parses the grants of `--endpoint` options; null if there are none. On failure prints what is wrong and returns the
/// exit code.
[[nodiscard]] std::expected<Grants, int> read_grants(std::vector<std::string> const& texts);

[[nodiscard]] boost::json::array to_json(GrantList const& grants);

}  // namespace warder::cli
