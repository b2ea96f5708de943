// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/large_array.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
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
        if (size == chunk_count_ * kChunk) add_chunks();
        size_.store(size + 1, std::memory_order_release);
        return size;
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  private:
    static constexpr std::uint32_t kChunk = 4096;
    static constexpr std::uint32_t kMaxChunks = 16384;  // 67 million elements
    /// After so many chunks, as many are allocated together: of 64-byte elements, one huge page.
    static constexpr std::uint32_t kBlock = 8;
    static_assert(kMaxChunks % kBlock == 0);

    void add_chunks() {
        auto const count = chunk_count_ < kBlock ? 1 : kBlock;
        if (chunk_count_ + count > kMaxChunks) throw std::bad_alloc{};
        auto const& block = owned_.emplace_back(make_large_array<T>(std::size_t{count} * kChunk));
        for (std::uint32_t i = 0; i < count; ++i) chunks_[chunk_count_ + i].store(block.get() + std::size_t{i} * kChunk, std::memory_order_release);
        chunk_count_ += count;
    }

    std::array<std::atomic<T*>, kMaxChunks> chunks_{};
    // Used only by the writer:
    std::vector<LargeArray<T>> owned_;
    std::uint32_t chunk_count_ = 0;
    std::atomic<std::uint32_t> size_{0};
};

}  // namespace warder::concurrent
