// SPDX-License-Identifier: MIT
#pragma once

#include "files/posix_file.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <utility>

namespace warder::files {

/// An exclusive lock on a file against other processes (`flock`), held until it is destroyed.
class FileLock {
  public:
    /// Locks an open file.
    /// @param timeout  how long to wait for the holder; 0 tries once, nullopt waits as long as it takes.
    /// @return the lock, or an `errno`; EWOULDBLOCK if another process still holds it.
    static std::expected<FileLock, int> acquire(File file, std::optional<std::chrono::milliseconds> timeout);

  private:
    explicit FileLock(File file) noexcept : file_{std::move(file)} {}
    File file_;
};

}  // namespace warder::files
