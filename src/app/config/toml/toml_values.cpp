// SPDX-License-Identifier: MIT
#include "app/config/toml/toml_values.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>

namespace warder::app {
namespace {

/// Returns a list as the environment would contain it, separated by commas; nullopt if an item is not a text, is empty
/// or contains a comma.
std::optional<std::string> joined(toml::array const& list) {
    std::string text;
    for (auto const& item : list) {
        auto const* const one = item.as_string();
        if (one == nullptr || one->get().empty() || one->get().find(',') != std::string::npos) return std::nullopt;
        text.append(text.empty() ? "" : ",").append(one->get());
    }
    return text;
}

}  // namespace

std::optional<std::string> text_of(toml::node const& node, Key::Kind kind) {
    auto const takes_text = kind == Key::Kind::kText || kind == Key::Kind::kTime;
    if (auto const* const text = node.as_string(); text != nullptr && takes_text) return text->get();
    if (auto const* const number = node.as_integer(); number != nullptr && kind == Key::Kind::kNumber) return std::to_string(number->get());
    // A number is in seconds, as in the API.
    if (auto const seconds = node.value<double>(); seconds && node.is_number() && kind == Key::Kind::kTime) return std::to_string(*seconds) + " s";
    if (auto const* const list = node.as_array(); list != nullptr && kind == Key::Kind::kTexts) return joined(*list);
    if (auto const* const flag = node.as_boolean(); flag != nullptr && kind == Key::Kind::kFlag) return flag->get() ? "true" : "false";
    return std::nullopt;
}

std::string found_type(toml::node const& node, Key::Kind expected) {
    if (auto const* const text = node.as_string()) {
        bool const is_number = expected == Key::Kind::kNumber && !text->get().empty() && std::ranges::all_of(text->get(), core::is_digit);
        bool const is_flag = expected == Key::Kind::kFlag && (text->get() == "true" || text->get() == "false");
        return is_number || is_flag ? "a string (remove the quotes)" : "a string";
    }
    if (node.is_integer() || node.is_floating_point()) return "a number";
    if (node.is_boolean()) return "a boolean";
    if (node.is_array()) return "a list";
    if (node.is_table()) return "a table";
    return "a date or time";
}

bool is_list_of_tables(toml::node const& node) {
    auto const* const list = node.as_array();
    return list != nullptr && std::ranges::all_of(*list, [](toml::node const& entry) { return entry.is_table(); });
}

std::string write_tables(std::string_view name) {
    return std::string{name}.append("s are a list of tables: write [[").append(name).append("]], with two brackets on each side");
}

std::vector<std::pair<std::string, toml::node const*>> in_order_of_lines(toml::table const& table) {
    std::vector<std::pair<std::string, toml::node const*>> entries;
    for (auto const& [key, node] : table) entries.emplace_back(key.str(), &node);
    std::ranges::sort(entries, {}, [](auto const& entry) {
        auto const& position = entry.second->source().begin;
        return std::pair{position.line, position.column};
    });
    return entries;
}

}  // namespace warder::app
