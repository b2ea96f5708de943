// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace warder::concurrent {

/// An array that only grows and whose elements never move, so that readers need no lock. One writer appends; any thread
/// may read elements below the size, or whose index it learned through an acquire load made after the append.
template <class T>
class StableVector {
  public:
    StableVector() = default;
    StableVector(StableVector const&) = delete;
    StableVector& operator=(StableVector const&) = delete;

    [[nodiscard]] T& operator[](std::uint32_t number) noexcept { return chunks_[number / kChunk].load(std::memory_order_acquire)[number % kChunk]; }
    [[nodiscard]] T const& operator[](std::uint32_t number) const noexcept {
        return chunks_[number / kChunk].load(std::memory_order_acquire)[number % kChunk];
    }

    /// Appends a value-initialized element. Throws `std::bad_alloc`; the array then stays as it was.
    /// @return the element's index.
    std::uint32_t append() {
        auto const size = size_.load(std::memory_order_relaxed);
        if (size % kChunk == 0) {
            auto& slot = chunks_.at(size / kChunk);
            auto& chunk = owned_.emplace_back(std::make_unique<T[]>(kChunk));
            slot.store(chunk.get(), std::memory_order_release);
        }
        size_.store(size + 1, std::memory_order_release);
        return size;
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  private:
    static constexpr std::uint32_t kChunk = 4096;
    static constexpr std::uint32_t kMaxChunks = 16384;  // 67 million elements
    std::array<std::atomic<T*>, kMaxChunks> chunks_{};
    std::vector<std::unique_ptr<T[]>> owned_;  // used only by the writer
    std::atomic<std::uint32_t> size_{0};
};

}  // namespace warder::concurrent
