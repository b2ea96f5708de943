// SPDX-License-Identifier: MIT
#include "app/config/suggestions.hpp"

#include "app/config/keys.hpp"
#include "app/config/route_keys.hpp"
#include "app/config/values.hpp"
#include "core/text/ascii.hpp"
#include "core/text/words.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace warder::app {
namespace {

constexpr auto kSynonyms = std::to_array<core::Synonyms>({
    {"listen", "port host bind addr address"},
    {"store", "db database"},
    {"data_dir", "dir data directory"},
    {"tls_certificate", "cert certificate tls_cert ssl_certificate"},
    {"tls_key", "ssl_certificate_key"},
    {"log.level", "loglevel log_level"},
    {"log.access", "access_log"},
    {"threads", "workers"},
    {"tokens.max_life", "max_ttl"},
});

constexpr auto kPresetKeys = std::to_array<std::string_view>({"name", "description", "endpoints"});
constexpr auto kPresetSynonyms = std::to_array<core::Synonyms>({
    {"name", "title id label"},
    {"description", "desc comment help"},
    {"endpoints", "grants grant endpoint scope scopes allow permissions"},
});

constexpr auto kRouteSynonyms = std::to_array<core::Synonyms>({
    {"prefix", "path location match from"},
    {"upstream", "to url target backend server proxy_pass"},
    {"credential", "secret password credentials"},
    {"response_timeout", "timeout"},
    {"body_limit", "client_max_body_size"},
});

std::string_view find_synonym(std::span<core::Synonyms const> synonyms, std::string_view name) {
    auto const found = std::ranges::find_if(synonyms, [name](auto const& entry) { return core::contains_word(entry.words, name); });
    return found == synonyms.end() ? std::string_view{} : found->meant;
}

std::string_view section_in(Key const& key) { return key.name.substr(0, key.name.find('.') == std::string_view::npos ? 0 : key.name.find('.')); }
std::string_view last_of(Key const& key) { return key.name.substr(section_in(key).empty() ? 0 : section_in(key).size() + 1); }

std::string did_you_mean(std::string_view meant) { return std::string{": did you mean "}.append(meant).append(1, '?'); }

std::string_view without_brackets(std::string_view name) {
    auto const begin = name.find_first_not_of('[');
    return name.substr(begin, name.find_last_not_of(']') + 1 - begin);
}

/// Returns whether a name is so similar to a known one that it is probably a misspelling of it. A short name that
/// differs in two letters is a different word: "foo" is not "log".
bool is_similar(std::string_view name, std::string_view known) {
    constexpr std::size_t kShort = 5;
    auto const few_typos = name.size() <= kShort ? 1 : std::max<std::size_t>(2, name.size() / 4);
    return edit_distance(name, known) <= few_typos;
}

/// Names the most similar key, as what was meant only if it is similar indeed.
std::string name_nearest(bool is_meant, std::string_view suggestion) {
    return is_meant ? did_you_mean(suggestion) : std::string{"; the nearest known name is "}.append(suggestion);
}

/// Returns the places other than this section that have a key of this name: "under [tokens]".
std::string sections_of(std::string_view section, std::string_view name) {
    std::string sections;
    auto const add = [&sections](std::string_view text) { sections.append(sections.empty() ? "" : ", or ").append(text); };
    for (auto const& key : all_keys()) {
        if (last_of(key) != name || section_in(key) == section || key.kind == Key::Kind::kTables) continue;
        if (section_in(key).empty()) add("at the top of the file, above the first [section]");
        else add(std::string{"under ["}.append(section_in(key)).append(1, ']'));
    }
    if (section != kRoute && find_route_key(name) != nullptr) add("under [[route]]");
    if (name == "endpoints") add("under [[preset]]");
    return sections;
}

}  // namespace

std::string unknown_key(std::string_view section, std::string_view name) {
    auto const full = section.empty() ? std::string{name} : std::string{section}.append(1, '.').append(name);
    auto const unknown = "unknown key " + in_quotes(full);
    if (auto const sections = sections_of(section, name); !sections.empty())
        return unknown + ": " + (section.empty() ? "it" : in_quotes(name)) + " belongs " + sections;
    if (auto const meant = find_synonym(kSynonyms, name); !meant.empty()) {
        auto const here = std::string{section}.append(1, '.').append(meant);
        return unknown + did_you_mean(in_quotes(find_key(here) != nullptr ? here : meant));
    }
    if (!section.empty()) {
        auto const& nearest = nearest_key(full);
        bool const is_in_section = section_in(nearest) == section;
        return unknown +
               name_nearest(is_similar(is_in_section ? name : full, is_in_section ? last_of(nearest) : nearest.name), in_quotes(nearest.name));
    }
    auto const in_some_section = std::ranges::min_element(all_keys(), {}, [name](Key const& key) { return edit_distance(name, last_of(key)); });
    auto const at_the_top = nearest_at_the_top(name);
    auto const bare = without_brackets(at_the_top);
    if (edit_distance(name, last_of(*in_some_section)) < edit_distance(name, bare))
        return unknown + name_nearest(is_similar(name, last_of(*in_some_section)), in_quotes(in_some_section->name));
    return unknown + name_nearest(is_similar(name, bare), at_the_top.starts_with('[') ? at_the_top : in_quotes(at_the_top));
}

std::string unknown_section(std::string_view name) {
    auto const nearest = nearest_at_the_top(name);
    auto const suggestion = nearest.starts_with('[') ? nearest : "the key " + in_quotes(nearest);
    return "unknown section [" + quote(name) + ']' + name_nearest(is_similar(name, without_brackets(nearest)), suggestion);
}

UnknownTableKey unknown_route_key(std::string_view name) {
    auto const unknown = "unknown key " + in_quotes(name) + " in [[route]]";
    if (auto const meant = find_synonym(kRouteSynonyms, name); !meant.empty())
        return {.message = unknown + did_you_mean(in_quotes(meant)), .meant = meant};
    if (auto const sections = sections_of(kRoute, name); !sections.empty()) return {.message = unknown + ": it belongs " + sections, .meant = {}};
    auto const nearest = nearest_route_key(name).name;
    bool const is_meant = is_similar(name, nearest);
    return {.message = unknown + name_nearest(is_meant, in_quotes(nearest)), .meant = is_meant ? nearest : std::string_view{}};
}

UnknownTableKey unknown_preset_key(std::string_view name) {
    auto const unknown = "unknown key " + in_quotes(name) + " in [[preset]]";
    auto meant = find_synonym(kPresetSynonyms, name);
    if (auto const nearest = *std::ranges::min_element(kPresetKeys, {}, [name](auto key) { return edit_distance(name, key); });
        meant.empty() && is_similar(name, nearest))
        meant = nearest;
    if (meant.empty()) return {.message = unknown + "; the known ones are name, description and endpoints", .meant = {}};
    return {.message = unknown + did_you_mean(in_quotes(meant)), .meant = meant};
}

std::optional<std::string> find_variable_meant(std::string_view variable) {
    constexpr std::string_view kVariablePrefix = "WARDER_";
    if (!variable.starts_with(kVariablePrefix)) return std::nullopt;
    auto const name = core::lowered(variable.substr(kVariablePrefix.size()));
    auto const synonym = find_synonym(kSynonyms, name);
    for (auto const& key : all_keys())
        if (key.name == synonym || (last_of(key) == name && !section_in(key).empty())) return variable_of(key);
    return std::nullopt;
}

}  // namespace warder::app
