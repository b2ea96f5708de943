// SPDX-License-Identifier: MIT
#include "app/manual/completion.hpp"

#include <string_view>

namespace warder::app {
namespace {

/// Returns the text for use between single quotes in a specification of _arguments or _describe, where some characters
/// have a meaning.
std::string zsh_quoted(std::string_view text) {
    std::string safe;
    for (char const c : text) {
        if (c == '\'') safe += "'\\''";
        else if (c == '[' || c == ']' || c == ':' || c == '\\') safe.append(1, '\\').append(1, c);
        else safe += c;
    }
    return safe;
}

std::string function_of(CommandDescription const& command) {
    std::string name{"_warder"};
    if (!command.path.empty()) name += '_' + command.path;
    for (char& c : name)
        if (c == ' ' || c == '-') c = '_';
    return name;
}

/// Returns the part of a specification after the description: what the value is, and how it is completed.
std::string zsh_value_of(OptionDescription const& option) {
    auto name = option.value.empty() ? std::string{} : ":" + zsh_quoted(option.value) + ":";
    switch (option.kind) {
        case ValueKind::kText:
            return name;
        case ValueKind::kFile:
            return name + "_files";
        case ValueKind::kDirectory:
            return name + "_files -/";
        case ValueKind::kChoice:
            break;
    }
    std::string choices;
    for (auto const& choice : option.choices) choices.append(choices.empty() ? "" : " ").append(choice);
    return name + "(" + choices + ")";
}

std::string specification_of(OptionDescription const& option) {
    bool const has_value = !option.value.empty();
    auto const rest = "[" + zsh_quoted(option.help) + "]" + zsh_value_of(option) + "'";
    auto const end_of_name = has_value ? "=" : "";
    if (option.names.size() == 1) return std::string{"'"}.append(option.is_repeatable ? "*" : "").append(option.names[0]).append(end_of_name) + rest;
    // Only the short and the long form of a flag: once one was typed, neither is offered again.
    return "'(" + option.names[0] + " " + option.names[1] + ")'{" + option.names[0] + "," + option.names[1] + "}'" + rest;
}

std::string zsh_argument_of(OptionDescription const& argument, int place) {
    auto const beginning = argument.is_repeatable ? std::string{"'*"} : "'" + std::to_string(place);
    auto const optional = argument.is_required ? ":" : "::";
    auto const value = zsh_value_of(argument);
    return beginning + optional + zsh_quoted(argument.names.front()) + ":" + (value.empty() ? "" : value.substr(value.find(':', 1) + 1)) + "'";
}

void append_group(std::string& script, CommandDescription const& group) {
    script += "    local -a commands=(\n";
    for (auto const& command : group.commands) script += "        '" + zsh_quoted(command.name) + ":" + zsh_quoted(command.help) + "'\n";
    script += "    )\n    local context state state_descr line\n    typeset -A opt_args\n    _arguments -C -S -s";
    for (auto const& option : group.options) script += " \\\n        " + specification_of(option);
    script += " \\\n        '1: :->command' \\\n        '*:: :->arguments'\n    case $state in\n";
    script += "        command) _describe -t commands command commands ;;\n        arguments)\n            case $words[1] in\n";
    for (auto const& command : group.commands) script += "                " + command.name + ") " + function_of(command) + " ;;\n";
    script += "            esac ;;\n    esac\n";
}

void append_leaf(std::string& script, CommandDescription const& command) {
    script += "    _arguments -S -s";
    for (auto const& option : command.options) script += " \\\n        " + specification_of(option);
    int place = 0;
    for (auto const& argument : command.arguments) script += " \\\n        " + zsh_argument_of(argument, ++place);
    script += '\n';
}

}  // namespace

std::string zsh_completion(CommandDescription const& program) {
    std::string script{"#compdef warder\n# zsh completion for warder; written by 'warder completion zsh'.\n"};
    for (auto const* const node : nodes_of(program)) {
        script += '\n' + function_of(*node) + "() {\n";
        if (node->commands.empty()) append_leaf(script, *node);
        else append_group(script, *node);
        script += "}\n";
    }
    // As a file in $fpath, this is the body of the function itself; otherwise the script was sourced.
    return script + "\nif [[ $funcstack[1] == _warder ]]; then\n    _warder \"$@\"\nelse\n    compdef _warder warder\nfi\n";
}

}  // namespace warder::app
