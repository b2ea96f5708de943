// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace warder::store {

/// Detects that a file that is open elsewhere was moved, replaced or deleted: what is written to it then would be lost.
/// For one thread at a time.
class WatchedFile {
  public:
    /// Watches the file that is at the path now. If there is none yet, watches the first one that appears.
    explicit WatchedFile(std::filesystem::path path);

    /// Returns what happened to the file, as a sentence with its path; nullopt if it is still in place.
    [[nodiscard]] std::optional<std::string> find_change();

  private:
    struct Identity {
        dev_t device;
        ino_t inode;
        friend bool operator==(Identity const&, Identity const&) = default;
    };
    [[nodiscard]] std::optional<Identity> identify() const;

    std::filesystem::path path_;
    std::optional<Identity> known_;
};

}  // namespace warder::store
