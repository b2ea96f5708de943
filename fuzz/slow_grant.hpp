// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Paths and grants read by splitting texts into lists: slow, and deliberately unlike the implementation of
/// `canonicalize_path` and `Grant`.
namespace warder::fuzz {

using Words = std::vector<std::string>;

inline Words cut(std::string const& text, char at) {
    Words words{""};
    for (char const c : text) {
        if (c == at) words.emplace_back();
        else words.back() += c;
    }
    return words;
}

inline bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

/// Returns the characters of a segment. An escape such as "%3B" is one character.
inline std::optional<Words> slow_characters(std::string const& segment) {
    static std::string const kUnreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    Words characters;
    for (std::size_t at = 0; at < segment.size(); ++at) {
        auto const byte = static_cast<unsigned char>(segment[at]);
        if (byte <= 32 || byte >= 127 || byte == '\\' || byte == '#') return std::nullopt;
        if (byte != '%') {
            characters.emplace_back(1, segment[at]);
            continue;
        }
        if (at + 2 >= segment.size() || !is_hex(segment[at + 1]) || !is_hex(segment[at + 2])) return std::nullopt;
        auto const value = static_cast<int>(std::strtol(segment.substr(at + 1, 2).c_str(), nullptr, 16));
        if (value < 32 || value == 127 || value == '/' || value == '\\') return std::nullopt;
        if (value < 127 && kUnreserved.find(static_cast<char>(value)) != std::string::npos) {
            characters.emplace_back(1, static_cast<char>(value));
        } else {
            auto escape = segment.substr(at, 3);
            for (auto& c : escape) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            characters.push_back(escape);
        }
        at += 2;
    }
    for (std::size_t at = 0; at + 2 < characters.size(); ++at)
        if (characters[at] == "%25" && characters[at + 1].size() == 1 && is_hex(characters[at + 1][0]) && characters[at + 2].size() == 1 &&
            is_hex(characters[at + 2][0]))
            return std::nullopt;
    return characters;
}

inline bool are_dots(Words const& characters) {
    auto const semicolon = std::ranges::find_if(characters, [](std::string const& c) { return c == ";" || c == "%3B"; });
    Words const before{characters.begin(), semicolon};
    return before == Words{"."} || before == Words{".", "."};
}

/// Splits a segment at its encoded slashes.
inline Words cut_at_encoded_slashes(std::string const& segment) {
    Words parts{""};
    for (std::size_t at = 0; at < segment.size(); ++at) {
        if (segment[at] == '%' && (segment.substr(at, 3) == "%2F" || segment.substr(at, 3) == "%2f")) {
            parts.emplace_back();
            at += 2;
        } else {
            parts.back() += segment[at];
        }
    }
    return parts;
}

/// Returns the segments of a valid path, none for the root; nullopt for an invalid path. If encoded slashes are
/// allowed, one is the character "%2F" of its segment.
inline std::optional<std::vector<Words>> slow_path(std::string_view target, bool allows_encoded_slash = false) {
    auto const path = cut(std::string{target}, '?').front();
    auto segments = cut(path, '/');
    if (path.empty() || !segments.front().empty()) return std::nullopt;
    segments.erase(segments.begin());
    bool const has_last_slash = segments.back().empty();
    if (has_last_slash) segments.pop_back();
    std::vector<Words> read;
    for (auto const& segment : segments) {
        auto parts = allows_encoded_slash ? cut_at_encoded_slashes(segment) : Words{segment};
        bool const ends_path = !has_last_slash && &segment == &segments.back();
        Words whole;
        for (auto const& part : parts) {
            bool const is_last = &part == &parts.back();
            auto const characters = slow_characters(part);
            if (!characters || are_dots(*characters)) return std::nullopt;
            bool const is_the_one_empty_end = ends_path && is_last && parts.size() > 1;
            if (characters->empty() && !is_the_one_empty_end) return std::nullopt;
            whole.insert(whole.end(), characters->begin(), characters->end());
            if (!is_last) whole.emplace_back("%2F");
        }
        read.push_back(whole);
    }
    return read;
}

inline std::string slow_text(std::vector<Words> const& segments, bool has_last_slash) {
    std::string text;
    for (auto const& segment : segments) {
        text += '/';
        for (auto const& character : segment) text += character;
    }
    return text.empty() || has_last_slash ? text + '/' : text;
}

/// Matches by trying every length of the text that a star covers.
inline bool slow_fits(Words const& pattern, Words const& segment, std::size_t p = 0, std::size_t s = 0) {
    if (p == pattern.size()) return s == segment.size();
    if (pattern[p] == "*") {
        for (auto end = s + 1; end <= segment.size(); ++end)
            if (slow_fits(pattern, segment, p + 1, end)) return true;
        return false;
    }
    return s < segment.size() && pattern[p] == segment[s] && slow_fits(pattern, segment, p + 1, s + 1);
}

inline bool slow_fits(std::vector<Words> const& pattern, std::vector<Words> const& path) {
    auto const tail = Words{"*", "*"};
    bool const has_tail = !pattern.empty() && pattern.back() == tail;
    auto const fixed = pattern.size() - (has_tail ? 1 : 0);
    if (has_tail ? path.size() < fixed : path.size() != fixed) return false;
    for (std::size_t at = 0; at < fixed; ++at) {
        bool const has_encoded_slash = std::ranges::find(path[at], "%2F") != path[at].end();
        if (has_encoded_slash || !slow_fits(pattern[at], path[at])) return false;
    }
    return true;
}

struct SlowAsk {
    std::string method;
    std::string target;
    Words rpc_methods;  ///< Empty for a request that is not JSON-RPC.
    bool allows_encoded_slash = false;
};

/// Returns whether a grant without a host covers a request. Nothing covers an invalid path.
inline bool slow_covers(std::string const& grant, SlowAsk const& access) {
    auto words = cut(grant, ' ');
    Words methods{"*"};
    if (!words.front().starts_with('/')) {
        methods = cut(words.front(), ',');
        words.erase(words.begin());
    }
    auto const pattern = slow_path(words.front());
    auto const path = slow_path(access.target, access.allows_encoded_slash);
    if (!pattern || !path || !slow_fits(*pattern, *path)) return false;

    static std::string const kMethodCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (access.method.empty() || access.method.find_first_not_of(kMethodCharacters) != std::string::npos) return false;
    auto const has = [&](std::string const& method) { return std::ranges::find(methods, method) != methods.end(); };
    if (!has("*") && !has(access.method) && !(access.method == "HEAD" && has("GET"))) return false;
    if (words.size() == 1) return true;

    if (access.method != "POST" || access.rpc_methods.empty()) return false;
    auto const names = cut(words[1].substr(4), ',');
    return std::ranges::all_of(access.rpc_methods, [&](std::string const& asked) {
        for (char const c : asked)
            if (std::isgraph(static_cast<unsigned char>(c)) == 0 || c == ',' || c == '*') return false;
        if (asked.empty()) return false;
        return std::ranges::any_of(names, [&](std::string const& name) {
            auto const star = name.find('*');
            return star == std::string::npos ? name == asked : asked.substr(0, star) == name.substr(0, star);
        });
    });
}

}  // namespace warder::fuzz
