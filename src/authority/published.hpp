// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace warder::authority {

/// A value that many threads read all the time and that is replaced now and then.
///
/// Readers never wait for a writer: each marks the value it reads in a slot of its own (a hazard pointer), and a replaced value is
/// freed by a later `publish`, once no slot names it. A reader holds a `View` for the length of one look-up, so what waits to be freed stays little.
/// `read` may be called by any thread at any time; `publish` too, one at a time.
template <class T>
class Published {
  public:
    class View {
      public:
        View(View&& other) noexcept : slot_{std::exchange(other.slot_, nullptr)}, value_{other.value_} {}
        View(View const&) = delete;
        View& operator=(View const&) = delete;
        View& operator=(View&&) = delete;
        ~View() {
            if (slot_ != nullptr) slot_->store(nullptr, std::memory_order_release);
        }
        T const& operator*() const noexcept { return *value_; }
        T const* operator->() const noexcept { return value_; }

      private:
        friend class Published;
        View(std::atomic<T const*>* slot, T const* value) : slot_{slot}, value_{value} {}
        std::atomic<T const*>* slot_;
        T const* value_;
    };

    explicit Published(std::unique_ptr<T const> value) : owned_{std::move(value)}, current_{owned_.get()} {}

    [[nodiscard]] View read() const noexcept {
        T const* value = current_.load(std::memory_order_seq_cst);
        auto* const slot = claim(value);
        // Between the load and the claim the value may have been replaced and freed: believe it only if it is still current.
        for (T const* now = current_.load(std::memory_order_seq_cst); now != value; now = current_.load(std::memory_order_seq_cst)) {
            value = now;
            slot->store(value, std::memory_order_seq_cst);
        }
        return View{slot, value};
    }

    void publish(std::unique_ptr<T const> value) {
        std::scoped_lock const lock{writers_};
        current_.store(value.get(), std::memory_order_seq_cst);
        retired_.push_back(std::exchange(owned_, std::move(value)));
        std::erase_if(retired_, [this](auto const& old) { return !is_read(old.get()); });
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

    bool is_read(T const* value) const noexcept {
        for (auto const& slot : slots_)
            if (slot.value.load(std::memory_order_seq_cst) == value) return true;
        return false;
    }

    mutable std::array<Slot, kSlots> slots_{};
    std::mutex writers_;
    std::unique_ptr<T const> owned_;
    std::atomic<T const*> current_;
    std::vector<std::unique_ptr<T const>> retired_;
};

}  // namespace warder::authority
