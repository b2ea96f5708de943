// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// This program's `operator new`, which can be made to fail, and its `operator delete`, which searches each block that
/// it frees: a secret that is still readable there was not wiped.
namespace warder::tests {

/// While an object of this class exists, it counts the blocks that this thread frees and that contain one of these
/// texts.
class FreedMemory {
  public:
    explicit FreedMemory(std::vector<std::string> texts);
    FreedMemory(FreedMemory const&) = delete;
    FreedMemory& operator=(FreedMemory const&) = delete;
    ~FreedMemory();

    [[nodiscard]] std::size_t finds() const noexcept { return finds_; }
    /// Called by `operator delete`.
    void look_at(void const* block, std::size_t size) noexcept;

  private:
    std::vector<std::string> texts_;
    std::size_t finds_ = 0;
};

/// While an object of this class exists, `operator new` gives all other threads together `blocks` more blocks, and then
/// throws.
class MemoryShortage {
  public:
    explicit MemoryShortage(std::int64_t blocks);
    MemoryShortage(MemoryShortage const&) = delete;
    MemoryShortage& operator=(MemoryShortage const&) = delete;
    ~MemoryShortage();

    /// Returns whether an allocation has failed so far.
    [[nodiscard]] bool has_failed() const noexcept;
};

}  // namespace warder::tests
