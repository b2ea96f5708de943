// SPDX-License-Identifier: MIT
#include "cli/grants.hpp"

#include "cli/terminal.hpp"
#include "core/grant_sentence.hpp"

namespace warder::cli {

std::expected<Grants, int> read_grants(std::vector<std::string> const& texts) {
    if (texts.empty()) return Grants{};
    auto grants = GrantList::parse(texts);
    if (!grants) return std::unexpected{refuse(core::message(grants.error()))};
    return std::move(*grants);
}

boost::json::array to_json(GrantList const& grants) {
    boost::json::array texts;
    for (auto const& grant : grants.grants()) texts.emplace_back(grant.text());
    return texts;
}

}  // namespace warder::cli
