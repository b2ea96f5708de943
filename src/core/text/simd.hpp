// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Sixteen bytes judged at once, for what the bearer path asks of every byte that it receives. g++ and clang++ make vector instructions of this on
/// every processor that has them.
namespace warder::core {

using SimdBytes = unsigned char __attribute__((vector_size(16)));

/// In each lane all ones or zero: whether its byte is this one,
inline SimdBytes equal(SimdBytes bytes, unsigned char byte) noexcept { return std::bit_cast<SimdBytes>(bytes == byte); }
/// or from `first` to `last`.
inline SimdBytes in_range(SimdBytes bytes, unsigned char first, unsigned char last) noexcept {
    return std::bit_cast<SimdBytes>(bytes - first <= static_cast<unsigned char>(last - first));
}

/// or the one at the same place of the others.
inline SimdBytes equal(SimdBytes bytes, SimdBytes others) noexcept { return std::bit_cast<SimdBytes>(bytes == others); }

/// Whether each lane is all ones.
inline bool all(SimdBytes verdict) noexcept {
    auto const halves = std::bit_cast<std::array<std::uint64_t, 2>>(verdict);
    return (halves[0] & halves[1]) == ~std::uint64_t{0};
}

/// Sixteen bytes of a text, which has them.
inline SimdBytes load(std::string_view text, std::size_t at) noexcept {
    SimdBytes bytes;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    return bytes;
}

/// The bytes of a text shorter than sixteen, in any order and some of them twice; what is left is `filler`.
inline SimdBytes load_short(std::string_view text, unsigned char filler) noexcept {
    SimdBytes bytes = SimdBytes{} + filler;
    auto* const to = reinterpret_cast<char*>(&bytes);
    auto const size = text.size();
    // Two loads that overlap take any size between one and two times theirs, without a call for a copy of that size.
    if (size >= 8) {
        std::memcpy(to, text.data(), 8);
        std::memcpy(to + 8, text.data() + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(to, text.data(), 4);
        std::memcpy(to + 4, text.data() + size - 4, 4);
    } else {
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(text[i]);
    }
    return bytes;
}

/// Letters in lower case, all else as it is.
inline SimdBytes lower_case(SimdBytes bytes) noexcept { return bytes | (in_range(bytes, 'A', 'Z') & 0x20); }

/// Whether `judge`, a function of Lanes as above, holds of every byte of the text; also if there is none.
/// @param good  a byte of which it holds.
template <class Judge>
[[nodiscard]] bool all_bytes(std::string_view text, unsigned char good, Judge judge) noexcept {
    SimdBytes verdict = ~SimdBytes{};
    if (text.size() < sizeof(SimdBytes)) {
        verdict = judge(load_short(text, good));
    } else {
        auto const last = text.size() - sizeof(SimdBytes);
        for (std::size_t at = 0; at < last; at += sizeof(SimdBytes)) verdict &= judge(load(text, at));
        verdict &= judge(load(text, last));  // some of them once more
    }
    return all(verdict);
}

/// Whether a text of ASCII is the other one in any case. @param lower_case_text  in lower case.
[[nodiscard]] inline bool is_in_any_case(std::string_view text, std::string_view lower_case_text) noexcept {
    if (text.size() != lower_case_text.size()) return false;
    SimdBytes same = ~SimdBytes{};
    if (text.size() < sizeof(SimdBytes)) {
        same = equal(lower_case(load_short(text, 0)), load_short(lower_case_text, 0));
    } else {
        auto const last = text.size() - sizeof(SimdBytes);
        for (std::size_t at = 0; at < last; at += sizeof(SimdBytes)) same &= equal(lower_case(load(text, at)), load(lower_case_text, at));
        same &= equal(lower_case(load(text, last)), load(lower_case_text, last));
    }
    return all(same);
}

}  // namespace warder::core
