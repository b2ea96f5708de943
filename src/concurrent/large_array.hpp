// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <type_traits>

namespace warder::concurrent {

inline constexpr std::size_t kHugePage = std::size_t{2} * 1024 * 1024;  // x86-64 and arm64

template <class T>
struct LargeArrayDelete {
    std::size_t size = 0;
    std::align_val_t alignment{};

    void operator()(T* elements) const noexcept {
        std::destroy_n(elements, size);
        ::operator delete(elements, alignment);
    }
};

/// An array of `make_large_array`.
template <class T>
using LargeArray = std::unique_ptr<T[], LargeArrayDelete<T>>;

/// Returns an array of value-initialized elements. If it takes 2 MiB or more, it is in huge pages where the system grants
/// them: reads at random places would otherwise miss the TLB most of the time. The constructor of `T` must not throw.
/// Throws `std::bad_alloc`.
template <class T>
[[nodiscard]] LargeArray<T> make_large_array(std::size_t size) {
    static_assert(std::is_nothrow_default_constructible_v<T>);
    auto const bytes = size * sizeof(T);
    std::align_val_t const alignment{bytes < kHugePage ? alignof(T) : kHugePage};
    void* const memory = ::operator new(bytes, alignment);
    // Only a hint: without huge pages, everything works as well, but slower.
    if (bytes >= kHugePage) static_cast<void>(::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE));
    auto* const elements = static_cast<T*>(memory);
    std::uninitialized_value_construct_n(elements, size);
    return LargeArray<T>{elements, LargeArrayDelete<T>{.size = size, .alignment = alignment}};
}

}  // namespace warder::concurrent
