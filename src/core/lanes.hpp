// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Sixteen bytes judged at once, for what the bearer path asks of every byte that it receives. g++ and clang++ make vector instructions of this on
/// every processor that has them.
namespace warder::core {

using Lanes = unsigned char __attribute__((vector_size(16)));

/// In each lane all ones or zero: whether its byte is this one,
inline Lanes are(Lanes bytes, unsigned char byte) noexcept { return std::bit_cast<Lanes>(bytes == byte); }
/// or from `first` to `last`.
inline Lanes are_within(Lanes bytes, unsigned char first, unsigned char last) noexcept {
    return std::bit_cast<Lanes>(bytes - first <= static_cast<unsigned char>(last - first));
}

/// Whether `judge`, a function of Lanes as above, holds of every byte of the text; also if there is none.
/// @param good  a byte of which it holds.
template <class Judge>
[[nodiscard]] bool all_bytes(std::string_view text, unsigned char good, Judge judge) noexcept {
    Lanes verdict = ~Lanes{};
    Lanes bytes;
    for (; text.size() >= sizeof bytes; text.remove_prefix(sizeof bytes)) {
        std::memcpy(&bytes, text.data(), sizeof bytes);
        verdict &= judge(bytes);
    }
    if (!text.empty()) {
        bytes = Lanes{} + good;
        std::memcpy(&bytes, text.data(), text.size());
        verdict &= judge(bytes);
    }
    auto const halves = std::bit_cast<std::array<std::uint64_t, 2>>(verdict);
    return (halves[0] & halves[1]) == ~std::uint64_t{0};
}

}  // namespace warder::core
