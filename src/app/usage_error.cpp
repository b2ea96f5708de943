// SPDX-License-Identifier: MIT
#include "app/usage_error.hpp"

#include "app/command_words.hpp"
#include "app/config/values.hpp"
#include "cli/grants.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace warder::app {
namespace {

constexpr std::string_view kGrantOption = "--endpoint";

std::string did_you_mean(std::string_view meant) { return std::string{": did you mean \""}.append(meant).append("\"?"); }

/// Returns the name with which a command is called: "warder token create".
std::string full_name(CLI::App const& command) {
    auto const* const parent = command.get_parent();
    return parent == nullptr ? command.get_name() : full_name(*parent) + ' ' + command.get_name();
}

std::string see_help(CLI::App const& command, std::string_view what) {
    return std::string{"'"}.append(full_name(command)).append(" --help' ").append(what);
}

std::vector<CLI::App const*> commands_of(CLI::App const& command) {
    return command.get_subcommands([](CLI::App const* sub) { return !sub->get_group().empty(); });
}

std::vector<std::string> names_of(CLI::App const& command) {
    std::vector<std::string> names;
    for (auto const* const sub : commands_of(command)) names.push_back(sub->get_name());
    return names;
}

CLI::App const* find_command(CLI::App const& command, std::string_view name) {
    auto const found = command.get_subcommands([name](CLI::App const* sub) { return sub->get_name() == name; });
    return found.empty() ? nullptr : found.front();
}

/// Returns the options with their dashes, the long ones first.
std::vector<std::string> options_of(CLI::App const& command) {
    std::vector<std::string> names;
    for (auto const* const option : command.get_options())
        for (auto const& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

/// Returns how many arguments a command takes besides its options.
std::size_t count_places(CLI::App const& command) {
    std::size_t count = 0;
    for (auto const* const option : command.get_options())
        if (option->get_positional()) count += static_cast<std::size_t>(option->get_items_expected_max());
    return count;
}

/// Returns the full names of the commands within groups that have this name: "token create" for "create".
std::string find_within_groups(CLI::App const& program, std::string_view name) {
    std::string found;
    for (auto const* const group : commands_of(program))
        if (auto const* const command = find_command(*group, name))
            found.append(found.empty() ? "" : " or ").append(1, '"').append(full_name(*command)).append(1, '"');
    return found;
}

/// Returns whether an argument in excess may be a password.
bool takes_password(CLI::App const& command) {
    constexpr auto kNames = std::to_array<std::string_view>({"warder user add", "warder user passwd", "warder user set"});
    return std::ranges::find(kNames, full_name(command)) != kNames.end();
}

/// Returns whether an argument contains a token: "Bearer eyJ…". Every token begins with these letters.
bool contains_token(std::string_view argument) {
    constexpr std::string_view kBeginningOfTokens = "eyJ";
    for (auto at = argument.find(kBeginningOfTokens); at != std::string_view::npos; at = argument.find(kBeginningOfTokens, at + 1))
        if (at == 0 || !http::is_alphanumeric(argument[at - 1])) return true;
    return false;
}

std::string explain_token_argument(CLI::App const& command) {
    return in_quotes(full_name(command)) +
           " got an unexpected argument: a token is never an argument; 'warder token verify' reads it from standard input";
}

std::string explain_command(CLI::App const& command, std::string_view word) {
    if (contains_token(word)) return explain_token_argument(command);
    auto const unknown = "unknown command " + in_quotes(full_name(command) + ' ' + std::string{word});
    if (word == "help") return unknown + did_you_mean(full_name(command) + " --help");
    if (auto const meant = find_meant(word, names_of(command))) return unknown + did_you_mean(full_name(command) + ' ' + *meant);
    if (auto const within = find_within_groups(command, word); !within.empty()) return unknown + ": did you mean " + within + '?';
    return unknown + "; " + see_help(command, "lists the commands");
}

/// @param option  may have a value attached with a colon, which is not repeated because it may be a secret.
std::string explain_option(CLI::App const& command, std::string_view option) {
    option = option.substr(0, option.find(':'));
    if (command.get_option_no_throw(std::string{option}) != nullptr)
        return in_quotes(full_name(command)) + ": the value of the option " + in_quotes(option) + " must follow a space or an equals sign";
    constexpr auto kSecrets = std::to_array<std::string_view>({"--password", "--pass", "--passwd", "--pw"});
    auto const unknown = in_quotes(full_name(command)) + " has no option " + in_quotes(option);
    if (std::ranges::find(kSecrets, option) != kSecrets.end())
        return unknown + ": a password is never an argument; it is read from standard input, or prompted for on a terminal";
    if (option == "--token" || option == "--jwt")
        return unknown + ": a token is never an argument; 'warder token verify' reads it from standard input";
    if (auto const meant = find_meant(option, options_of(command))) return unknown + did_you_mean(*meant);
    if (!commands_of(command).empty()) return unknown + "; options follow the command, as in 'warder serve --config FILE'";
    return unknown + "; " + see_help(command, "lists the options");
}

std::string explain_argument(CLI::App const& command, std::string_view argument) {
    auto const name = in_quotes(full_name(command));
    if (full_name(command) == "warder token verify" || contains_token(argument)) return explain_token_argument(command);
    if (full_name(command) == "warder import specter")
        return name + " got an unexpected argument: a secret is never an argument; --secret-file names the file that contains it";
    if (takes_password(command))
        return name +
               " got an unexpected argument: a password is never an argument; 'warder user passwd' reads it from standard input, or "
               "prompts for it on a terminal";
    return name + " got an unexpected argument " + in_quotes(argument) + "; quote a value that contains spaces, or see " +
           see_help(command, "for the usage");
}

/// Follows the arguments through the tree of commands, up to the first one that is unknown.
class Walk {
  public:
    explicit Walk(CLI::App const& program) : command_{&program} {}

    [[nodiscard]] CLI::App const& command() const noexcept { return *command_; }

    std::optional<std::string> find_unknown(std::span<char const* const> arguments) {
        bool are_options_over = false;
        for (; !arguments.empty(); arguments = arguments.subspan(1)) {
            std::string_view const argument{arguments.front()};
            if (!are_options_over && argument == "--") are_options_over = true;
            else if (!are_options_over && is_option(argument)) {
                auto const equals = argument.find('=');
                auto const* const option = find_option(argument);
                if (option == nullptr) return explain_option(*command_, name_of(argument));
                if (option->get_items_expected_max() == 0) {
                    if (equals == std::string_view::npos) continue;
                    return in_quotes(full_name(*command_)) + ": the option " + in_quotes(name_of(argument)) + " takes no value";
                }
                if (equals == std::string_view::npos) arguments = arguments.subspan(std::min<std::size_t>(1, arguments.size() - 1));
                auto const value = equals == std::string_view::npos ? std::string_view{arguments.front()} : argument.substr(equals + 1);
                if (option->check_name(std::string{kGrantOption}) && arguments.size() > 1 && cli::is_unquoted_grant(value, arguments[1]))
                    return cli::advise_quotes(kGrantOption, value, arguments[1]);
            } else if (auto unknown = take_argument(argument)) return unknown;
        }
        return std::nullopt;
    }

  private:
    static bool is_option(std::string_view argument) {
        return argument.size() > 1 && argument[0] == '-' && !(argument[1] >= '0' && argument[1] <= '9');
    }

    /// Returns an option without its value: an option of one letter has it attached.
    static std::string_view name_of(std::string_view argument) {
        return argument.starts_with("--") ? argument.substr(0, argument.find('=')) : argument.substr(0, 2);
    }
    [[nodiscard]] CLI::Option const* find_option(std::string_view argument) const {
        return command_->get_option_no_throw(std::string{name_of(argument)});
    }

    std::optional<std::string> take_argument(std::string_view argument) {
        if (auto const* const sub = find_command(*command_, argument)) {
            command_ = sub;
            return std::nullopt;
        }
        if (!commands_of(*command_).empty()) return explain_command(*command_, argument);
        arguments_.push_back(argument);
        if (arguments_.size() <= count_places(*command_)) return std::nullopt;
        if (full_name(*command_) == "warder grant" && cli::is_unquoted_grant(arguments_[0], arguments_[1]))
            return cli::advise_quotes("warder grant", arguments_[0], arguments_[1], " GET /path");
        return explain_argument(*command_, argument);
    }

    CLI::App const* command_;
    std::vector<std::string_view> arguments_;
};

/// Rewords what the parser reports about known options.
std::string explain(CLI::App const& command, CLI::Error const& error) {
    constexpr std::string_view kRequired = " is required";
    std::string_view const what{error.what()};
    if (what == "A subcommand is required") {
        std::string names;
        for (auto const& name : names_of(command)) names.append(names.empty() ? "" : ", ").append(name);
        return in_quotes(full_name(command)) + " needs a command: one of " + names + "; " + see_help(command, "explains them");
    }
    if (what.ends_with(kRequired))
        return in_quotes(full_name(command)) + " needs " + quote(what.substr(0, what.size() - kRequired.size())) + "; " +
               see_help(command, "shows the usage");
    return quote(what) + "; " + see_help(command, "shows the usage");
}

}  // namespace

std::string explain_usage_error(CLI::App const& program, std::span<char const* const> arguments, CLI::Error const& error) {
    Walk walk{program};
    if (auto unknown = walk.find_unknown(arguments)) return *unknown;
    return explain(walk.command(), error);
}

}  // namespace warder::app
