// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "runtime/keys/key_file.hpp"

#include <expected>
#include <filesystem>
#include <mutex>
#include <optional>
#include <sys/stat.h>

namespace warder::runtime {

/// Keeps the keys in force equal to those in the key file. Thread-safe.
class KeyRingReloader {
  public:
    /// @param keys  contains the keys that were read at startup; must outlive the reloader.
    KeyRingReloader(std::filesystem::path file, index::KeyRingHandle& keys);

    /// Reads the file and puts its keys in force. If it can't be read, the old keys stay in force.
    std::expected<void, std::string> reload();
    /// Like `reload`, but only if the file was replaced since it was last read. For changes of which no one
    /// notified this process.
    std::expected<void, std::string> reload_if_changed();

  private:
    /// Identifies a file. Every change of the keys creates a new one.
    struct Identity {
        ino_t inode{};
        timespec changed{};
        friend bool operator==(Identity const& one, Identity const& other) noexcept {
            return one.inode == other.inode && one.changed.tv_sec == other.changed.tv_sec && one.changed.tv_nsec == other.changed.tv_nsec;
        }
    };
    [[nodiscard]] std::optional<Identity> identify() const;
    std::expected<void, std::string> read_locked();

    std::filesystem::path file_;
    index::KeyRingHandle* keys_;
    std::mutex mutex_;  // otherwise the slower of two readers could restore older keys
    bool has_looked_ = false;
    std::optional<Identity> last_;
};

}  // namespace warder::runtime
