// SPDX-License-Identifier: MIT
#include "app/manual/command_tree.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace warder::app {
namespace {

/// Splits the type of an option as CLI11 composes it: "FILE", or "BOOL:{true,false}".
void set_value(OptionDescription& description, std::string_view type) {
    description.value = type.substr(0, type.find(':'));
    if (description.value == "FILE") description.kind = ValueKind::kFile;
    if (description.value == "DIR") description.kind = ValueKind::kDirectory;
    auto const begin = type.find('{');
    auto const end = type.find('}');
    if (begin == std::string_view::npos || end == std::string_view::npos) return;
    description.kind = ValueKind::kChoice;
    description.value.clear();
    for (auto set = type.substr(begin + 1, end - begin - 1); !set.empty();) {
        auto const choice = set.substr(0, set.find(','));
        description.value.append(description.choices.empty() ? "" : "|").append(choice);
        description.choices.emplace_back(choice);
        set.remove_prefix(std::min(choice.size() + 1, set.size()));
    }
}

OptionDescription describe(CLI::Option const& option) {
    OptionDescription description{.names = {},
                                  .value = {},
                                  .choices = {},
                                  .help = option.get_description(),
                                  .is_required = option.get_required(),
                                  .is_repeatable = option.get_expected_max() >= CLI::detail::expected_max_vector_size};
    for (auto const& name : option.get_snames()) description.names.push_back("-" + name);
    for (auto const& name : option.get_lnames()) description.names.push_back("--" + name);
    if (description.names.empty()) description.names.push_back(option.get_single_name());
    if (option.get_items_expected_max() > 0) set_value(description, option.get_type_name());
    return description;
}

/// Returns the footer of a command itself: commands inherit that of their parent.
std::string footer_of(CLI::App const& command) {
    auto const* const parent = command.get_parent();
    return parent != nullptr && parent->get_footer() == command.get_footer() ? "" : command.get_footer();
}

CommandDescription describe(CLI::App const& command, std::string path) {
    CommandDescription description{.path = std::move(path),
                                   .name = command.get_name(),
                                   .help = command.get_description(),
                                   .footer = footer_of(command),
                                   .options = {},
                                   .arguments = {},
                                   .commands = {}};
    for (auto const* const option : command.get_options()) {
        if (option->get_group().empty()) continue;
        (option->get_positional() ? description.arguments : description.options).push_back(describe(*option));
    }
    for (auto const* const sub : command.get_subcommands([](CLI::App const* each) { return !each->get_group().empty(); }))
        description.commands.push_back(describe(*sub, description.path.empty() ? sub->get_name() : description.path + ' ' + sub->get_name()));
    return description;
}

void append_nodes(std::vector<CommandDescription const*>& nodes, CommandDescription const& command) {
    nodes.push_back(&command);
    for (auto const& sub : command.commands) append_nodes(nodes, sub);
}

}  // namespace

CommandDescription describe_commands(CLI::App const& program) { return describe(program, ""); }

std::vector<CommandDescription const*> nodes_of(CommandDescription const& program) {
    std::vector<CommandDescription const*> nodes;
    append_nodes(nodes, program);
    return nodes;
}

std::vector<CommandDescription const*> leaves_of(CommandDescription const& program) {
    auto nodes = nodes_of(program);
    std::erase_if(nodes, [](auto const* node) { return !node->commands.empty(); });
    return nodes;
}

}  // namespace warder::app
