// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::metrics {

/// The HTTP status codes with a series of their own: those of the IANA registry that can end a response, and 499, as in
/// nginx, for a client that disconnected first. Any other, which only an upstream can send, counts as `other`.
inline constexpr auto kStatusCodes = std::to_array<unsigned>({
    101, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226,                                //
    300, 301, 302, 303, 304, 305, 307, 308,                                               //
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416,  //
    417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499,                      //
    500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,                                //
});
static_assert(std::ranges::is_sorted(kStatusCodes));

inline constexpr std::size_t kStatusSlots = kStatusCodes.size() + 1;

/// Returns the slot of a status code; the last one is for all others.
[[nodiscard]] constexpr std::size_t status_slot(unsigned status) noexcept {
    constexpr unsigned kEnd = 512;
    constexpr auto kSlots = [] {
        std::array<std::uint8_t, kEnd> slots{};
        slots.fill(static_cast<std::uint8_t>(kStatusCodes.size()));
        for (std::size_t slot = 0; slot < kStatusCodes.size(); ++slot) slots[kStatusCodes[slot]] = static_cast<std::uint8_t>(slot);
        return slots;
    }();
    return status < kEnd ? kSlots[status] : kStatusCodes.size();
}

/// Returns the label `code` of a slot.
[[nodiscard]] inline std::string status_label(std::size_t slot) {
    return slot < kStatusCodes.size() ? std::to_string(kStatusCodes[slot]) : std::string{"other"};
}

/// Counts by status code.
template <class Count>
class StatusCounts {
  public:
    void add(unsigned status) noexcept { counts_[status_slot(status)].add(); }
    [[nodiscard]] std::uint64_t value(std::size_t slot) const noexcept { return counts_[slot].value(); }

  private:
    std::array<Count, kStatusSlots> counts_{};
};

}  // namespace warder::metrics
