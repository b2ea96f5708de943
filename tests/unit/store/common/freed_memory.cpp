// SPDX-License-Identifier: MIT
#include "store/common/freed_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <string.h>
#include <utility>

namespace warder::tests {
namespace {

thread_local FreedMemory* watcher = nullptr;

thread_local bool is_spared = false;
std::atomic<bool> is_short{false};
std::atomic<std::int64_t> blocks_left{0};

void* take(std::size_t size, std::size_t alignment) {
    if (is_short.load(std::memory_order_acquire) && !is_spared && blocks_left.fetch_sub(1, std::memory_order_relaxed) <= 0) throw std::bad_alloc{};
    auto const whole = (size + alignment - 1) / alignment * alignment;
    auto* const block = std::aligned_alloc(alignment, whole);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}

void give_back(void* block) noexcept {
    if (block == nullptr) return;
    auto const size = malloc_usable_size(block);
    if (watcher != nullptr) watcher->look_at(block, size);
    explicit_bzero(block, size);  // otherwise a later block in this memory could contain the text again
    std::free(block);
}

}  // namespace

FreedMemory::FreedMemory(std::vector<std::string> texts) : texts_{std::move(texts)} { watcher = this; }

FreedMemory::~FreedMemory() { watcher = nullptr; }

void FreedMemory::look_at(void const* block, std::size_t size) noexcept {
    for (auto const& text : texts_) finds_ += memmem(block, size, text.data(), text.size()) != nullptr ? 1 : 0;
}

MemoryShortage::MemoryShortage(std::int64_t blocks) {
    is_spared = true;
    blocks_left = blocks;
    is_short = true;
}

MemoryShortage::~MemoryShortage() {
    is_short = false;
    is_spared = false;
}

bool MemoryShortage::has_failed() const noexcept { return blocks_left < 0; }

}  // namespace warder::tests

void* operator new(std::size_t size) { return warder::tests::take(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t alignment) { return warder::tests::take(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* block) noexcept { warder::tests::give_back(block); }
void operator delete(void* block, std::size_t) noexcept { warder::tests::give_back(block); }
void operator delete(void* block, std::align_val_t) noexcept { warder::tests::give_back(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { warder::tests::give_back(block); }
