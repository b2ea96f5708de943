// SPDX-License-Identifier: MIT
#include "cli/grants.hpp"

#include "cli/terminal.hpp"
#include "core/grant_message.hpp"
#include "log/quoted.hpp"

#include <algorithm>

namespace warder::cli {

std::expected<Grants, int> read_grants(std::vector<std::string> const& texts) {
    if (texts.empty()) return Grants{};
    auto grants = GrantList::parse(texts);
    if (!grants) return std::unexpected{print_error(core::message(grants.error()))};
    return std::move(*grants);
}

bool is_unquoted_grant(std::string_view methods, std::string_view path) {
    auto const is_fit = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '*' || c == ',' || c == '-' || c == '_'; };
    return path.starts_with('/') && !methods.empty() && std::ranges::all_of(methods, is_fit);
}

std::string advise_quotes(std::string_view before, std::string_view methods, std::string_view path, std::string_view after) {
    std::string advice{"a grant is one argument, so quote it: "};
    advice.append(before).append(1, ' ');
    log::append_quoted(advice, std::string{methods}.append(1, ' ').append(path));
    return advice.append(after);
}

}  // namespace warder::cli
