// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/hazard_domain.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace warder::concurrent {

/// A value that many threads read all the time and that is replaced now and then.
///
/// Readers never wait for a writer: each marks the value it reads, and a replaced value is freed by a later `publish`, once nobody's mark names it. A
/// reader holds a `View` for the length of one look-up, so what waits to be freed stays little.
/// `read` may be called by any thread at any time; `publish` too, one at a time.
template <class T>
class ReadMostly {
  public:
    class View {
      public:
        T const& operator*() const noexcept { return *pointer_.get(); }
        T const* operator->() const noexcept { return pointer_.get(); }

      private:
        friend class ReadMostly;
        explicit View(typename HazardDomain<T>::HazardPointer pointer) : pointer_{std::move(pointer)} {}
        typename HazardDomain<T>::HazardPointer pointer_;
    };

    explicit ReadMostly(std::unique_ptr<T const> value) : owned_{std::move(value)}, current_{owned_.get()} {}

    [[nodiscard]] View read() const noexcept { return View{hazards_.protect(current_)}; }

    /// Throws where memory lacks; then the old value stays.
    void publish(std::unique_ptr<T const> value) {
        std::scoped_lock const lock{writers_};
        retired_.reserve(retired_.size() + 1);  // first: what readers may still look at must have a place to stay
        current_.store(value.get(), std::memory_order_seq_cst);
        retired_.push_back(std::exchange(owned_, std::move(value)));
        std::erase_if(retired_, [this](auto const& old) { return !hazards_.is_protected(old.get()); });
    }

  private:
    HazardDomain<T> hazards_;
    std::mutex writers_;
    std::unique_ptr<T const> owned_;
    std::atomic<T const*> current_;
    std::vector<std::unique_ptr<T const>> retired_;
};

}  // namespace warder::concurrent
