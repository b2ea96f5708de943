// SPDX-License-Identifier: MIT
#pragma once

#include "authority/presets.hpp"
#include "cli/command_line.hpp"
#include "cli/output/command_result.hpp"
#include "cli/output/table.hpp"
#include "warder/token_policy.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The options and table rows of a token's limits. A new limit is declared in policy_options.cpp.
namespace warder::cli {

/// The limits of a new token.
struct NewPolicyOptions {
    GrantTexts endpoints;
    std::vector<std::string> presets;
    std::vector<std::string> allowed_from;
    std::optional<std::string> rate;

    void declare(CLI::App& command);
    /// @param known_presets  may be null if no preset is named.
    [[nodiscard]] std::expected<TokenPolicy, CommandError> read(authority::Presets const* known_presets) const;
};

/// Changes of a token's limits.
struct PolicyEditOptions {
    /// All options, for messages.
    static constexpr std::string_view kAll = "--endpoint, --unlimited, --allow-from, --anywhere, --rate, --no-rate, --enable or --disable";

    GrantTexts endpoints;
    std::vector<std::string> allowed_from;
    std::optional<std::string> rate;
    bool lifts_limit = false;
    bool allows_anywhere = false;
    bool lifts_rate = false;
    bool enables = false;
    bool disables = false;

    void declare(CLI::App& command);
    [[nodiscard]] std::expected<PolicyEdit, CommandError> read() const;
};

/// Adds what limits a token.
void add_policy(Table& table, TokenPolicy const& policy);

}  // namespace warder::cli
