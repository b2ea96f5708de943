// SPDX-License-Identifier: MIT
#include "cli/grants.hpp"

#include "core/grants/grant_message.hpp"
#include "core/text/ascii.hpp"
#include "log/quoted.hpp"

#include <algorithm>

namespace warder::cli {

std::string quote(std::string_view text) {
    std::string quoted;
    log::append_quoted(quoted, text);
    return quoted;
}

std::expected<Grants, CommandError> read_grants(std::vector<std::string> const& texts) {
    if (texts.empty()) return Grants{};
    auto grants = GrantList::parse(texts);
    if (!grants) return failure(core::message(grants.error()), "bad_grant");
    return std::move(*grants);
}

std::expected<Grants, CommandError> read_grants(std::vector<std::string> texts, std::vector<std::string> const& names,
                                                authority::Presets const* presets) {
    for (auto const& name : names) {
        auto const found = authority::find_preset(*presets, name);
        if (!found) return failure(found.error(), "unknown_preset");
        for (auto const& grant : (*found)->endpoints->grants())
            if (std::ranges::find(texts, grant.text()) == texts.end()) texts.push_back(grant.text());
    }
    return read_grants(texts);
}

bool is_unquoted_grant(std::string_view methods, std::string_view path) {
    auto const is_fit = [](char c) { return core::is_alpha(c) || c == '*' || c == ',' || c == '-' || c == '_'; };
    return path.starts_with('/') && !methods.empty() && std::ranges::all_of(methods, is_fit);
}

std::string advise_quotes(std::string_view before, std::string_view methods, std::string_view path, std::string_view after) {
    std::string advice{"a grant is one argument, so quote it: "};
    advice.append(before).append(1, ' ');
    log::append_quoted(advice, std::string{methods}.append(1, ' ').append(path));
    return advice.append(after);
}

}  // namespace warder::cli
