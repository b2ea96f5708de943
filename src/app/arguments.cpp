// SPDX-License-Identifier: MIT
#include "app/arguments.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace warder::app {

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

}  // namespace warder::app
