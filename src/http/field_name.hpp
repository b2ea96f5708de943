// SPDX-License-Identifier: MIT
#pragma once

#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// Compares header names the way the most lenient servers behind a proxy do.
namespace warder::http {

/// Maps letters to lower case, keeps digits, and maps everything else to `-`. Servers that turn header names into
/// variables (CGI, WSGI, PHP) treat `X_Warder_User`, and some of them `X.Warder.User`, as `X-Warder-User`.
inline constexpr auto kPlainSpelling = [] {
    std::array<char, 256> spelling{};
    for (std::size_t byte = 0; byte < spelling.size(); ++byte) {
        auto const c = static_cast<char>(byte);
        spelling[byte] = is_alphanumeric(c) ? lower(c) : '-';
    }
    return spelling;
}();

constexpr char plainly(char c) noexcept { return kPlainSpelling[static_cast<unsigned char>(c)]; }

/// Returns whether a lenient server could treat both names as the same header.
constexpr bool is_same_name(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return plainly(x) == plainly(y); });
}

/// Like `is_same_name`, for a name that begins with `start`.
/// @param start  must not be empty.
constexpr bool begins_with_name(std::string_view name, std::string_view start) noexcept {
    return name.size() >= start.size() && is_same_name(name.substr(0, start.size()), start);
}

/// Like `is_same_name`, for a name that ends with `end`.
constexpr bool ends_with_name(std::string_view name, std::string_view end) noexcept {
    return name.size() >= end.size() && is_same_name(name.substr(name.size() - end.size()), end);
}

/// A small set of names, indexed by length, so that most lookups of other names end after one table access.
template <std::size_t count>
class NameSet {
  public:
    constexpr explicit NameSet(std::array<std::string_view, count> const& names) : names_{names} {
        std::ranges::sort(names_, {}, &std::string_view::size);
        for (std::size_t i = count; i > 0; --i) first_[names_[i - 1].size()] = i;
    }

    [[nodiscard]] constexpr bool contains(std::string_view name) const noexcept {
        if (name.size() >= first_.size() || first_[name.size()] == 0) return false;
        for (auto i = first_[name.size()] - 1; i < count && names_[i].size() == name.size(); ++i)
            if (is_same_name(names_[i], name)) return true;
        return false;
    }

  private:
    std::array<std::string_view, count> names_;
    std::array<std::size_t, 32> first_{};  // By length: index of the first name of that length, plus 1; 0 if there is none.
};

}  // namespace warder::http
