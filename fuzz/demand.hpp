// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace warder::fuzz {

/// Ends the program, and so makes the input a finding, unless the claim holds.
inline void demand(bool holds, char const* claim) {
    if (holds) return;
    std::fprintf(stderr, "This does not hold: %s\n", claim);
    std::abort();
}

/// libFuzzer hands the bytes over in memory of exactly their size: one byte read beyond them is noticed.
inline std::string_view text_of(std::uint8_t const* data, std::size_t size) { return {reinterpret_cast<char const*>(data), size}; }

}  // namespace warder::fuzz
