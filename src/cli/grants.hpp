// SPDX-License-Identifier: MIT
#pragma once

#include "authority/presets.hpp"
#include "cli/output/command_result.hpp"
#include "warder/grant.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace warder::cli {

/// Parses the grants of `--endpoint` options; null if there are none.
[[nodiscard]] std::expected<Grants, CommandError> read_grants(std::vector<std::string> const& texts);

/// Parses the grants of `--endpoint` options and adds those of `--preset` options, each once; null if there are neither.
/// @param names  of presets. @param presets  the known ones; may be null if there are no names.
[[nodiscard]] std::expected<Grants, CommandError> read_grants(std::vector<std::string> texts, std::vector<std::string> const& names,
                                                              authority::Presets const* presets);

/// Returns the text in quotes, with what a terminal or a log could misread escaped.
[[nodiscard]] std::string quote(std::string_view text);

/// Returns whether two successive arguments are a grant that was typed without quotes: GET /a.
[[nodiscard]] bool is_unquoted_grant(std::string_view methods, std::string_view path);

/// Returns the advice to quote such a grant, with the part of the command line that it belongs to.
[[nodiscard]] std::string advise_quotes(std::string_view before, std::string_view methods, std::string_view path, std::string_view after = {});

}  // namespace warder::cli
