// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace warder::fuzz {

/// Aborts if the claim does not hold, which makes the input a finding.
inline void demand(bool holds, char const* claim) {
    if (holds) return;
    std::fprintf(stderr, "This does not hold: %s\n", claim);
    std::abort();
}

/// Returns the input as text. libFuzzer allocates exactly `size` bytes, so reading beyond them is detected.
inline std::string_view text_of(std::uint8_t const* data, std::size_t size) { return {reinterpret_cast<char const*>(data), size}; }

}  // namespace warder::fuzz
