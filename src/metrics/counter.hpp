// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

/// Counts for operators: what one thread writes is read by the thread that answers a scrape.
namespace warder::metrics {

/// A count that one thread increases. Any thread may read it.
class Counter {
  public:
    /// Only one thread may call this, so a load and a store suffice: no locked instruction is needed.
    void add(std::uint64_t count = 1) noexcept { value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// A count that any thread may increase. For events that are rare or expensive anyway.
class SharedCounter {
  public:
    void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// How many of something exist now. One thread changes it; any thread may read it.
class Gauge {
  public:
    /// Counts one as long as it exists. Create and destroy it on the gauge's thread.
    class One {
      public:
        explicit One(Gauge& gauge) noexcept : gauge_{&gauge} { gauge_->change(1); }
        One(One const&) = delete;
        One& operator=(One const&) = delete;
        ~One() { gauge_->change(-1); }

      private:
        Gauge* gauge_;
    };

    [[nodiscard]] std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    void change(std::int64_t by) noexcept { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }

    std::atomic<std::int64_t> value_{0};
};

}  // namespace warder::metrics
