// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace warder::store {

/// A file that is open elsewhere and must stay under its name: whoever writes to one that was moved or deleted writes for nobody. Used by one thread.
class WatchedFile {
  public:
    /// Takes what is at the path now for the file. If there is none yet, the first that is seen is taken.
    explicit WatchedFile(std::filesystem::path path);

    /// What became of the file, as a sentence with its path; nothing if it is in its place.
    [[nodiscard]] std::optional<std::string> find_change();

  private:
    struct Identity {
        dev_t device;
        ino_t inode;
        friend bool operator==(Identity const&, Identity const&) = default;
    };
    [[nodiscard]] std::optional<Identity> look() const;

    std::filesystem::path path_;
    std::optional<Identity> known_;
};

}  // namespace warder::store
