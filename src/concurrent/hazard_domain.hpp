// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>

namespace warder::concurrent {

/// Hazard pointers: they keep a writer from freeing objects that readers still use, as in C++26 `<hazard_pointer>`.
/// Readers never wait for writers. Any thread may call any function.
template <class T>
class HazardDomain {
  public:
    /// Protects one object until it is destroyed. Hold it only for one lookup: their number is limited.
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

    /// Protects the object that `current` points to, which a writer may replace at any time. Null needs no protection.
    [[nodiscard]] HazardPointer protect(std::atomic<T const*> const& current) const noexcept {
        T const* value = current.load(std::memory_order_seq_cst);
        if (value == nullptr) return HazardPointer{nullptr, nullptr};
        auto* const slot = claim(value);
        // The object may have been replaced and freed between the load and the claim, so check that it is still
        // current.
        for (T const* now = current.load(std::memory_order_seq_cst); now != value; now = current.load(std::memory_order_seq_cst)) {
            value = now;
            slot->store(value, std::memory_order_seq_cst);
            if (value == nullptr) return HazardPointer{nullptr, nullptr};  // the store above released the slot
        }
        return HazardPointer{slot, value};
    }

    /// Returns whether a reader may still use an object that is no longer current.
    [[nodiscard]] bool is_protected(T const* value) const noexcept {
        for (auto const& slot : slots_)
            if (slot.value.load(std::memory_order_seq_cst) == value) return true;
        return false;
    }

  private:
    // More than the number of threads that ever verify at once. If all are taken, `claim` spins until one is released.
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
