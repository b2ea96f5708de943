// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// Lists of words in one text, separated by single spaces: "user limit after".
namespace warder::core {

[[nodiscard]] constexpr bool contains_word(std::string_view words, std::string_view word) noexcept {
    for (;;) {
        auto const space = words.find(' ');
        if (words.substr(0, space) == word) return !word.empty();
        if (space == std::string_view::npos) return false;
        words.remove_prefix(space + 1);
    }
}

/// @param count  the number of words.
template <std::size_t count>
[[nodiscard]] constexpr std::array<std::string_view, count> split_words(std::string_view words) noexcept {
    std::array<std::string_view, count> list;
    for (auto& word : list) {
        word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
    return list;
}

/// What people may write instead of a word that is known.
struct Synonyms {
    std::string_view meant;
    std::string_view words;
};

}  // namespace warder::core
