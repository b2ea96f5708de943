// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// This program's `operator new`, which can be made to fail, and `operator delete`, which looks at what it is given back: a secret that is still
/// readable there was not wiped.
namespace warder::tests {

/// While it lives, counts blocks that this thread gives back with one of these texts in them.
class FreedMemory {
  public:
    explicit FreedMemory(std::vector<std::string> texts);
    FreedMemory(FreedMemory const&) = delete;
    FreedMemory& operator=(FreedMemory const&) = delete;
    ~FreedMemory();

    [[nodiscard]] std::size_t finds() const noexcept { return finds_; }
    /// What `operator delete` calls.
    void look_at(void const* block, std::size_t size) noexcept;

  private:
    std::vector<std::string> texts_;
    std::size_t finds_ = 0;
};

/// While it lives, `operator new` gives all other threads together so many blocks more, and then throws.
class MemoryShortage {
  public:
    explicit MemoryShortage(std::int64_t blocks);
    MemoryShortage(MemoryShortage const&) = delete;
    MemoryShortage& operator=(MemoryShortage const&) = delete;
    ~MemoryShortage();

    /// Whether a block was refused so far.
    [[nodiscard]] bool was_felt() const noexcept;
};

}  // namespace warder::tests
