// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/hazard_domain.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace warder::concurrent {

/// A value that many threads read often and few replace.
///
/// Readers never wait for writers: each protects the value that it reads by a hazard pointer, and a later `publish`
/// frees a replaced value once no reader protects it. Hold a `View` only for one lookup, so that few replaced values
/// are waiting to be freed. Any thread may call `read` and `publish`; concurrent calls of `publish` are serialized.
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

    /// Replaces the value. Throws `std::bad_alloc`; the old value then stays.
    void publish(std::unique_ptr<T const> value) {
        std::scoped_lock const lock{writers_};
        retired_.reserve(retired_.size() + 1);  // first, because a value that readers may still use must not be lost when this throws
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
