// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>

namespace warder::concurrent {

/// Marks by which readers keep a writer from freeing what they look at (hazard pointers). Readers wait for no writer; any thread may call anything.
template <class T>
class HazardDomain {
  public:
    /// The mark of one reader; what it names is not freed until it goes. Held for the length of one look-up: there are few.
    class HazardPointer {
      public:
        HazardPointer(HazardPointer&& other) noexcept : slot_{std::exchange(other.slot_, nullptr)}, value_{other.value_} {}
        HazardPointer(HazardPointer const&) = delete;
        HazardPointer& operator=(HazardPointer const&) = delete;
        HazardPointer& operator=(HazardPointer&&) = delete;
        ~HazardPointer() {
            if (slot_ != nullptr) slot_->store(nullptr, std::memory_order_release);
        }
        [[nodiscard]] T const* get() const noexcept { return value_; }

      private:
        friend class HazardDomain;
        HazardPointer(std::atomic<T const*>* slot, T const* value) : slot_{slot}, value_{value} {}
        std::atomic<T const*>* slot_;
        T const* value_;
    };

    /// Marks what `current` points to, which a writer may replace at any time. Null needs no mark.
    [[nodiscard]] HazardPointer protect(std::atomic<T const*> const& current) const noexcept {
        T const* value = current.load(std::memory_order_seq_cst);
        if (value == nullptr) return HazardPointer{nullptr, nullptr};
        auto* const slot = claim(value);
        // Between the load and the claim the value may have been replaced and freed: believe it only if it is still current.
        for (T const* now = current.load(std::memory_order_seq_cst); now != value; now = current.load(std::memory_order_seq_cst)) {
            value = now;
            slot->store(value, std::memory_order_seq_cst);
            if (value == nullptr) return HazardPointer{nullptr, nullptr};  // that store gave the slot back
        }
        return HazardPointer{slot, value};
    }

    /// Whether a reader may still look at a value that is current no longer.
    [[nodiscard]] bool is_protected(T const* value) const noexcept {
        for (auto const& slot : slots_)
            if (slot.value.load(std::memory_order_seq_cst) == value) return true;
        return false;
    }

  private:
    // More than the threads that ever verify at once; a reader that finds all taken tries again until one of the others is done.
    static constexpr std::size_t kSlots = 128;
    struct alignas(64) Slot {
        std::atomic<T const*> value{nullptr};
    };

    std::atomic<T const*>* claim(T const* value) const noexcept {
        auto const start = std::hash<std::thread::id>{}(std::this_thread::get_id());
        for (std::size_t i = start;; ++i) {
            auto& slot = slots_[i % kSlots].value;
            T const* expected = nullptr;
            if (slot.compare_exchange_strong(expected, value, std::memory_order_seq_cst)) return &slot;
        }
    }

    mutable std::array<Slot, kSlots> slots_{};
};

}  // namespace warder::concurrent
