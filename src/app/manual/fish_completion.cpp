// SPDX-License-Identifier: MIT
#include "app/manual/completion.hpp"

#include <string_view>

namespace warder::app {
namespace {

std::string fish_quoted(std::string_view text) {
    std::string safe{"'"};
    for (char const c : text) safe.append(c == '\'' || c == '\\' ? "\\" : "").append(1, c);
    return safe + "'";
}

/// Returns the options of `complete` that say how a value is completed.
std::string fish_value_of(OptionDescription const& option) {
    switch (option.kind) {
        case ValueKind::kText:
            return " -x";
        case ValueKind::kFile:
            return " -r -F";
        case ValueKind::kDirectory:
            return " -x -a '(__fish_complete_directories)'";
        case ValueKind::kChoice:
            break;
    }
    std::string choices;
    for (auto const& choice : option.choices) choices.append(choices.empty() ? "" : " ").append(choice);
    return " -x -a " + fish_quoted(choices);
}

std::string fish_argument_of(OptionDescription const& argument) {
    switch (argument.kind) {
        case ValueKind::kText:
            return {};
        case ValueKind::kFile:
            return " -F";
        case ValueKind::kDirectory:
        case ValueKind::kChoice:
            return fish_value_of(argument).substr(std::string_view{" -x"}.size());
    }
    return {};
}

}  // namespace

std::string fish_completion(CommandDescription const& program) {
    std::string script{R"fish(# fish completion for warder; written by 'warder completion fish'.

# Tests whether the command line so far is this command: "token create", or "" for none yet.
function __warder_is
    set -l command ''
    for word in (commandline -opc)[2..]
        set -l longer (string trim "$command $word")
        contains -- $longer $__warder_commands; and set command $longer
    end
    test "$command" = "$argv[1]"
end

complete -c warder -f
)fish"};
    std::string paths;
    for (auto const* const node : nodes_of(program)) {
        if (!node->path.empty()) paths += ' ' + fish_quoted(node->path);
        auto const beginning = "complete -c warder -n " + fish_quoted("__warder_is " + fish_quoted(node->path));
        for (auto const& command : node->commands) script += beginning + " -a " + command.name + " -d " + fish_quoted(command.help) + '\n';
        for (auto const& option : node->options) {
            script += beginning;
            for (auto const& name : option.names) script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            script += (option.value.empty() ? "" : fish_value_of(option)) + " -d " + fish_quoted(option.help) + '\n';
        }
        for (auto const& argument : node->arguments)
            if (auto const values = fish_argument_of(argument); !values.empty()) script += beginning + values + '\n';
    }
    return script + "\nset -g __warder_commands" + paths + '\n';
}

}  // namespace warder::app
