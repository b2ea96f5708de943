// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "runtime/key_file.hpp"

#include <expected>
#include <filesystem>
#include <mutex>
#include <optional>
#include <sys/stat.h>

namespace warder::runtime {

/// Keeps the keys in force equal to those in the key file. Any thread may call it.
class KeyRingReloader {
  public:
    /// @param keys  outlives the keeper; what the file holds, as it was read at start.
    KeyRingReloader(std::filesystem::path file, index::KeyRingHandle& keys);

    /// Reads the file and puts its keys in force. If it can't be read, the old ones stay.
    std::expected<void, KeyFileError> read_again();
    /// The same, if the file is another than the one that was read last: for changes that nobody knocked about.
    std::expected<void, KeyFileError> read_if_changed();

  private:
    /// Which file it is: every change of the keys is a new one.
    struct Identity {
        ino_t inode{};
        timespec changed{};
        friend bool operator==(Identity const& one, Identity const& other) noexcept {
            return one.inode == other.inode && one.changed.tv_sec == other.changed.tv_sec && one.changed.tv_nsec == other.changed.tv_nsec;
        }
    };
    [[nodiscard]] std::optional<Identity> look() const;
    std::expected<void, KeyFileError> read_locked();

    std::filesystem::path file_;
    index::KeyRingHandle* keys_;
    std::mutex mutex_;  // or the slower of two readers could put older keys back
    bool has_looked_ = false;
    std::optional<Identity> last_;
};

}  // namespace warder::runtime
