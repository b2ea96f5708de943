// SPDX-License-Identifier: MIT
#include "app/manual/completion.hpp"

#include <string_view>

namespace warder::app {
namespace {

constexpr std::string_view kBashBeginning = R"bash(# bash completion for warder; written by 'warder completion bash'.

)bash";

// Words of options and commands are walked from the left, as the program parses them. COMP_WORDBREAKS makes a word of
// the equals sign in --user=alice.
constexpr std::string_view kBashEnd = R"bash(
_warder() {
    local current=${COMP_WORDS[COMP_CWORD]} command='' awaited='' word place=0 over=0 i
    local commands options kind
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $awaited ]]; then
            [[ $word == '=' ]] || awaited=''
        elif ((!over)) && [[ $word == -- ]]; then
            over=1
        elif ((!over)) && [[ $word == -* ]]; then
            _warder_value_of "$command" "$word"
            [[ -z $kind ]] || awaited=$word
        else
            _warder_describe "$command"
            if [[ -n $commands && " $commands " == *" $word "* ]]; then
                command="${command:+$command }$word"
            else
                place=$((place + 1))
            fi
        fi
    done
    if [[ -n $awaited ]]; then
        [[ $current == '=' ]] && current=''
        _warder_value_of "$command" "$awaited"
    elif ((!over)) && [[ $current == -* ]]; then
        _warder_describe "$command"
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        return
    else
        _warder_describe "$command"
        if [[ -n $commands ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
            return
        fi
        _warder_value_of "$command" "$((place + 1))"
    fi
    case $kind in
        file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        directory) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        'one of '*) mapfile -t COMPREPLY < <(compgen -W "${kind#one of }" -- "$current") ;;
    esac
}

complete -F _warder warder
)bash";

std::string bash_words(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words) text.append(text.empty() ? "" : " ").append(word);
    return text;
}

std::string bash_kind_of(OptionDescription const& option) {
    switch (option.kind) {
        case ValueKind::kText:
            break;
        case ValueKind::kFile:
            return "file";
        case ValueKind::kDirectory:
            return "directory";
        case ValueKind::kChoice:
            return "one of " + bash_words(option.choices);
    }
    return "text";
}

}  // namespace

std::string bash_completion(CommandDescription const& program) {
    std::string script{kBashBeginning};
    script += "# Sets $commands and $options to those of a command.\n_warder_describe() {\n    commands='' options=''\n    case $1 in\n";
    for (auto const* const node : nodes_of(program)) {
        std::vector<std::string> commands;
        std::vector<std::string> options;
        commands.reserve(node->commands.size());
        options.reserve(node->options.size());
        for (auto const& command : node->commands) commands.push_back(command.name);
        for (auto const& option : node->options) options.push_back(option.names.back());
        script += "        '" + node->path + "') commands='" + bash_words(commands) + "' options='" + bash_words(options) + "' ;;\n";
    }
    script += "    esac\n}\n\n# Sets $kind to what completes the value of an option, or of an argument by its number; empty: it takes none.\n";
    script += "_warder_value_of() {\n    kind=''\n    case \"$1 $2\" in\n";
    for (auto const* const node : nodes_of(program)) {
        auto const add = [&](std::string const& name, OptionDescription const& option) {
            script += "        '" + node->path + ' ' + name + "') kind='" + bash_kind_of(option) + "' ;;\n";
        };
        for (auto const& option : node->options)
            for (auto const& name : option.names)
                if (!option.value.empty()) add(name, option);
        int place = 0;
        for (auto const& argument : node->arguments) add(std::to_string(++place), argument);
    }
    return script.append("    esac\n}\n").append(kBashEnd);
}

}  // namespace warder::app
