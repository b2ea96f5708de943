// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace warder::core {

/// One text for each value of an enumeration. That none is missing or out of order is checked when it is compiled.
template <auto last>
class EnumTexts {
    using Enum = decltype(last);
    static constexpr std::size_t kSize = static_cast<std::size_t>(last) + 1;

  public:
    consteval explicit EnumTexts(std::pair<Enum, std::string_view> const (&rows)[kSize]) {
        for (std::size_t i = 0; i < kSize; ++i) {
            if (static_cast<std::size_t>(rows[i].first) != i) throw "a value is missing or out of order";
            texts_[i] = rows[i].second;
        }
    }

    [[nodiscard]] constexpr std::string_view operator[](Enum value) const noexcept { return texts_[static_cast<std::size_t>(value)]; }

  private:
    std::array<std::string_view, kSize> texts_{};
};

}  // namespace warder::core
