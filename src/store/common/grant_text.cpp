// SPDX-License-Identifier: MIT
#include "store/common/grant_text.hpp"

#include "core/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <vector>

namespace warder::store {

std::string write_grants(GrantList const& grants) {
    boost::json::array texts;
    for (auto const& grant : grants.grants()) texts.emplace_back(grant.text());
    return boost::json::serialize(texts);
}

std::optional<Grants> read_grants(std::string_view text) {
    auto const value = core::read_json(text);
    return value ? read_grants(*value) : std::nullopt;
}

std::optional<Grants> read_grants(boost::json::value const& value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (auto const& item : value.get_array()) {
        if (!item.is_string()) return std::nullopt;
        texts.emplace_back(item.get_string());
    }
    auto grants = GrantList::parse(texts);
    if (!grants) return std::nullopt;
    return std::move(*grants);
}

}  // namespace warder::store
