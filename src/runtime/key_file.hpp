// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "runtime/key_text.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// The file that holds the signing keys: JSON, 0600, replaced atomically.
namespace warder::runtime {

struct KeyFileError {
    bool is_missing = false;  ///< There is no file at the path, in a folder that is there.
    std::string message;      ///< A sentence with the path and what would be right; never key material.
};

/// Reads the ring. Refuses a file that group or others may read or write, that isn't ours, that is damaged, and whatever is no regular file.
[[nodiscard]] std::expected<crypto::KeyRing, KeyFileError> load_key_ring(std::filesystem::path const& path);
/// The same, with what else the file says.
[[nodiscard]] std::expected<KeyFileContent, KeyFileError> load_key_file(std::filesystem::path const& path);

/// Everything that is wrong with the file, not only what is met first; empty if `load_key_ring` reads it.
[[nodiscard]] std::vector<std::string> find_key_file_problems(std::filesystem::path const& path);

/// A changed ring, written durably beside the file: what may fail for want of room has not failed. It is removed unless it takes the file's place.
class KeyRingDraft {
  public:
    /// @param use  as for `save_key_ring`.
    static std::expected<KeyRingDraft, KeyFileError> write(std::filesystem::path const& path, crypto::KeyRing const& ring,
                                                           KeyUse use = KeyUse::kUsed);
    KeyRingDraft(KeyRingDraft&& other) noexcept : path_{std::move(other.path_)}, draft_{std::exchange(other.draft_, {})} {}
    KeyRingDraft& operator=(KeyRingDraft&&) = delete;
    ~KeyRingDraft();

    /// Replaces the file, durably.
    std::expected<void, KeyFileError> put_in_place();

  private:
    KeyRingDraft(std::filesystem::path path, std::filesystem::path draft) : path_{std::move(path)}, draft_{std::move(draft)} {}

    std::filesystem::path path_;
    std::filesystem::path draft_;  ///< Empty: it is in its place, or moved.
};

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

}  // namespace warder::runtime
