// SPDX-License-Identifier: MIT
#include "app/arguments.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace warder::app {
namespace {

constexpr auto kJsonOption = "--json";

std::string_view as_view(char const* argument) noexcept { return argument; }

}  // namespace

void parse_arguments(CLI::App& program, std::span<char const* const> arguments) {
    std::vector<std::string> separate;
    bool are_options_over = false;
    for (std::string_view const argument : arguments) {
        are_options_over = are_options_over || argument == "--";
        bool const has_empty_value = !are_options_over && argument.starts_with("--") && argument.find('=') == argument.size() - 1;
        separate.emplace_back(has_empty_value ? argument.substr(0, argument.size() - 1) : argument);
        if (has_empty_value) separate.emplace_back();
    }
    // CLI11 takes the arguments from the end.
    std::ranges::reverse(separate);
    program.parse(separate);
}

bool wants_json(CLI::App const& program) {
    auto const used = program.get_subcommands();
    if (!used.empty()) return wants_json(*used.front());
    auto const* const option = program.get_option_no_throw(kJsonOption);
    return option != nullptr && option->count() > 0 && option->as<bool>();
}

bool wants_json(std::span<char const* const> arguments) {
    auto const options = std::span{arguments.begin(), std::ranges::find(arguments, std::string_view{"--"}, as_view)};
    return std::ranges::find(options, std::string_view{kJsonOption}, as_view) != options.end();
}

}  // namespace warder::app
