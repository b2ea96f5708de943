// SPDX-License-Identifier: MIT
#pragma once

#include "authority/presets.hpp"
#include "cli/command_line.hpp"
#include "cli/output/command_result.hpp"
#include "cli/output/table.hpp"
#include "warder/token_policy.hpp"

#include <expected>
#include <list>
#include <optional>
#include <string>
#include <vector>

/// The options and table rows of a token's limits. A new limit is declared in policy_options.cpp alone.
namespace warder::cli {

/// What the options of one limit say.
struct GivenLimit {
    std::optional<std::string> text;  ///< Of a limit that is a text.
    std::vector<std::string> texts;   ///< Of a limit that is a list.
    bool is_removed = false;
};

/// One for each limit with options of its own, in the order of the options, which refer to them: a list never moves them.
using GivenLimits = std::list<GivenLimit>;

/// The limits of a new token.
struct NewPolicyOptions {
    GrantTexts endpoints;
    std::vector<std::string> presets;
    GivenLimits limits;

    void declare(CLI::App& command);
    /// @param known_presets  may be null if no preset is named.
    [[nodiscard]] std::expected<TokenPolicy, CommandError> read(authority::Presets const* known_presets) const;
};

/// Changes of a token's limits.
struct PolicyEditOptions {
    GrantTexts endpoints;
    GivenLimits limits;
    bool lifts_limit = false;
    bool enables = false;
    bool disables = false;

    void declare(CLI::App& command);
    [[nodiscard]] std::expected<PolicyEdit, CommandError> read() const;
    /// Returns the names of all options, for messages.
    [[nodiscard]] static std::string names();
};

/// Adds what limits a token.
void add_policy(Table& table, TokenPolicy const& policy);

}  // namespace warder::cli
