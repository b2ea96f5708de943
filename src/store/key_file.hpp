// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "store/key_text.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

/// The file that holds the signing keys: JSON, 0600, replaced atomically.
namespace warder::store {

struct KeyFileError {
    bool is_missing = false;  ///< There is no file at the path, in a folder that is there.
    std::string message;      ///< A sentence with the path and what would be right; never key material.
};

/// Reads the ring. Refuses a file that group or others may read or write, that isn't ours, that is damaged, and whatever is no regular file.
[[nodiscard]] std::expected<crypto::KeyRing, KeyFileError> load_key_ring(std::filesystem::path const& path);
/// The same, with what else the file says.
[[nodiscard]] std::expected<KeyFileContent, KeyFileError> load_key_file(std::filesystem::path const& path);

/// Everything that is wrong with the file, not only what is met first; empty if `load_key_ring` reads it.
[[nodiscard]] std::vector<std::string> find_key_file_faults(std::filesystem::path const& path);

/// Writes the ring durably: temporary file, fsync, rename, fsync of the folder. What fails leaves the old file, and no other, behind.
/// @param use  keys that are saved have been used with a store, except by a first start.
[[nodiscard]] std::expected<void, KeyFileError> save_key_ring(std::filesystem::path const& path, crypto::KeyRing const& ring,
                                                              KeyUse use = KeyUse::kUsed);

/// Holds `<path>.lock` for one read-change-write of the ring, so that two commands don't undo each other. Released on destruction.
class KeyFileLock {
  public:
    static std::expected<KeyFileLock, KeyFileError> acquire(std::filesystem::path const& path);
    KeyFileLock(KeyFileLock&& other) noexcept;
    KeyFileLock& operator=(KeyFileLock&&) = delete;
    ~KeyFileLock();

  private:
    explicit KeyFileLock(int descriptor) : descriptor_{descriptor} {}
    int descriptor_;
};

}  // namespace warder::store
