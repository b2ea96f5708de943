// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The declared commands as data, for everything that is generated from them: manual pages and completions.
namespace warder::app {

/// What completes a value.
enum class ValueKind : std::uint8_t { kText, kFile, kDirectory, kChoice };

/// An option, or an argument without a name.
struct OptionDescription {
    std::vector<std::string> names;  ///< With their dashes, the short ones first; of an argument, how it is called: "ID".
    std::string value;               ///< What the value is called: "FILE", or "true|false"; empty for a flag.
    ValueKind kind = ValueKind::kText;
    std::vector<std::string> choices;  ///< All values of `kChoice`.
    std::string help;
    bool is_required = false;
    bool is_repeatable = false;

    friend bool operator==(OptionDescription const&, OptionDescription const&) = default;
};

struct CommandDescription {
    std::string path;  ///< Without the program: "token create"; empty for the program itself.
    std::string name;  ///< The last word of the path.
    std::string help;
    std::string footer;
    std::vector<OptionDescription> options;
    std::vector<OptionDescription> arguments;
    std::vector<CommandDescription> commands;  ///< Of a group.
};

/// Describes the program and all of its commands except the hidden ones, in the order of their declaration.
[[nodiscard]] CommandDescription describe_commands(CLI::App const& program);

/// Returns the commands that aren't groups.
[[nodiscard]] std::vector<CommandDescription const*> leaves_of(CommandDescription const& program);

/// Returns the program, the groups and the commands, each before what it contains.
[[nodiscard]] std::vector<CommandDescription const*> nodes_of(CommandDescription const& program);

}  // namespace warder::app
