// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace warder::metrics {

/// Counts read at one time, to be written later, in the same order. Most counts are 0, and those take no memory.
class CountSnapshot {
  public:
    /// Adds the next count.
    void add(std::uint64_t count) {
        if (count != 0) kept_.push_back({added_, count});
        ++added_;
    }
    /// Returns the next count that was added.
    [[nodiscard]] std::uint64_t take() noexcept {
        auto const number = taken_++;
        if (next_ == kept_.size() || kept_[next_].number != number) return 0;
        return kept_[next_++].count;
    }

  private:
    struct Kept {
        std::size_t number;  ///< Of all that were added.
        std::uint64_t count;
    };
    std::vector<Kept> kept_;
    std::size_t added_ = 0;
    std::size_t taken_ = 0;
    std::size_t next_ = 0;  ///< The first of `kept_` that was not taken.
};

}  // namespace warder::metrics
