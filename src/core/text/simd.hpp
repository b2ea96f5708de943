// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Tests on sixteen bytes at once, for the checks that the bearer path makes on every byte it receives. g++ and clang++
/// compile them to vector instructions where the processor has them.
namespace warder::core {

using SimdBytes = unsigned char __attribute__((vector_size(16)));

/// Returns all ones in each lane whose byte equals `byte`, and zero in the others.
inline SimdBytes equal(SimdBytes bytes, unsigned char byte) noexcept { return std::bit_cast<SimdBytes>(bytes == byte); }
/// Returns all ones in each lane whose byte is between `first` and `last`, and zero in the others.
inline SimdBytes in_range(SimdBytes bytes, unsigned char first, unsigned char last) noexcept {
    return std::bit_cast<SimdBytes>(bytes - first <= static_cast<unsigned char>(last - first));
}

/// Returns all ones in each lane whose byte equals the same lane of `others`, and zero in the others.
inline SimdBytes equal(SimdBytes bytes, SimdBytes others) noexcept { return std::bit_cast<SimdBytes>(bytes == others); }

/// Returns whether all lanes are all ones.
inline bool all(SimdBytes verdict) noexcept {
    auto const halves = std::bit_cast<std::array<std::uint64_t, 2>>(verdict);
    return (halves[0] & halves[1]) == ~std::uint64_t{0};
}

/// Loads sixteen bytes, which the text must have from `at` on.
inline SimdBytes load(std::string_view text, std::size_t at) noexcept {
    SimdBytes bytes;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    return bytes;
}

/// Loads a text shorter than sixteen bytes. The bytes may be reordered and repeated; unused lanes are `filler`.
inline SimdBytes load_short(std::string_view text, unsigned char filler) noexcept {
    SimdBytes bytes = SimdBytes{} + filler;
    auto* const to = reinterpret_cast<char*>(&bytes);
    auto const size = text.size();
    // Two overlapping loads cover any size between one and two times theirs, without a call to memcpy of a variable
    // size.
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

/// Converts ASCII letters to lower case.
inline SimdBytes lower_case(SimdBytes bytes) noexcept { return bytes | (in_range(bytes, 'A', 'Z') & 0x20); }

/// Returns whether `predicate`, a function of `SimdBytes` that returns lanes as above, accepts every byte of the text. True
/// for an empty text.
/// @param good  a byte that `predicate` accepts.
template <class Predicate>
[[nodiscard]] bool all_bytes(std::string_view text, unsigned char good, Predicate predicate) noexcept {
    SimdBytes verdict = ~SimdBytes{};
    if (text.size() < sizeof(SimdBytes)) {
        verdict = predicate(load_short(text, good));
    } else {
        auto const last = text.size() - sizeof(SimdBytes);
        for (std::size_t at = 0; at < last; at += sizeof(SimdBytes)) verdict &= predicate(load(text, at));
        verdict &= predicate(load(text, last));  // overlaps the bytes before
    }
    return all(verdict);
}

/// Returns whether two ASCII texts are equal, ignoring case.
/// @param lower_case_text  must be in lower case.
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
