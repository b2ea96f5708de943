// SPDX-License-Identifier: MIT
#include "store/sqlite/watched_file.hpp"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <utility>

namespace warder::store {

WatchedFile::WatchedFile(std::filesystem::path path) : path_{std::move(path)}, known_{identify()} {}

std::optional<WatchedFile::Identity> WatchedFile::identify() const {
    struct stat facts{};
    if (::lstat(path_.c_str(), &facts) != 0) return std::nullopt;
    return Identity{.device = facts.st_dev, .inode = facts.st_ino};
}

std::optional<std::string> WatchedFile::find_change() {
    errno = 0;
    auto const present = identify();
    auto const error = errno;
    if (!known_) known_ = present;
    if (present == known_) return std::nullopt;
    if (present) return path_.string() + ": replaced by another file";
    if (error == ENOENT || error == ENOTDIR) return path_.string() + ": moved or deleted";
    return path_.string() + ": can't be reached: " + std::strerror(error);
}

}  // namespace warder::store
