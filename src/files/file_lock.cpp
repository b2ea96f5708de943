// SPDX-License-Identifier: MIT
#include "files/file_lock.hpp"

#include <cerrno>
#include <sys/file.h>
#include <thread>

namespace warder::files {
namespace {

constexpr std::chrono::milliseconds kRetryInterval{1};

}  // namespace

std::expected<FileLock, int> FileLock::acquire(File file, std::optional<std::chrono::milliseconds> timeout) {
    if (!timeout) {
        if (uninterrupted([&] { return ::flock(file.get(), LOCK_EX); }) != 0) return std::unexpected{errno};
        return FileLock{std::move(file)};
    }
    auto const deadline = std::chrono::steady_clock::now() + *timeout;
    while (uninterrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
        if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= deadline) return std::unexpected{errno};
        std::this_thread::sleep_for(kRetryInterval);
    }
    return FileLock{std::move(file)};
}

}  // namespace warder::files
