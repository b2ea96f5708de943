// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <boost/json/array.hpp>

#include <expected>
#include <string>
#include <vector>

namespace warder::cli {

/// The grants of `--endpoint` options, null for none; else the exit code: what is wrong has been said.
[[nodiscard]] std::expected<Grants, int> read_grants(std::vector<std::string> const& texts);

[[nodiscard]] boost::json::array to_json(GrantList const& grants);

}  // namespace warder::cli
