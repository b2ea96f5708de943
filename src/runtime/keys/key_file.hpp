// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "files/file_draft.hpp"
#include "files/file_lock.hpp"
#include "runtime/keys/key_text.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// The file of the signing keys: JSON, mode 0600, replaced atomically.
namespace warder::runtime {

/// Why the key file can't be read.
struct KeyFileError {
    bool is_missing = false;  ///< There is no file at the path, but its directory exists.
    std::string message;      ///< A sentence with the path and how to fix it. Never contains key material.
};

/// Reads the file. Fails if it is damaged, isn't a regular file, has the wrong owner, or is accessible to the group or
/// others.
[[nodiscard]] std::expected<KeyFileContent, KeyFileError> load_key_file(std::filesystem::path const& path);
/// Reads the key ring alone. Like those below, it fails with a message as in `KeyFileError`.
[[nodiscard]] std::expected<crypto::KeyRing, std::string> load_key_ring(std::filesystem::path const& path);

/// Returns everything that is wrong with the file, not only the first problem; empty if `load_key_ring` can read it.
[[nodiscard]] std::vector<std::string> find_key_file_problems(std::filesystem::path const& path);

/// A changed key ring, written durably next to the key file, so that a full disk is noticed before the change. Deleted
/// on destruction unless it has replaced the file.
class KeyRingDraft {
  public:
    /// @param use  as for `save_key_ring`.
    static std::expected<KeyRingDraft, std::string> write(std::filesystem::path const& path, crypto::KeyRing const& ring, KeyUse use = KeyUse::kUsed);

    /// Replaces the key file with the draft, durably.
    std::expected<void, std::string> put_in_place();

  private:
    KeyRingDraft(std::filesystem::path path, files::FileDraft draft) : path_{std::move(path)}, draft_{std::move(draft)} {}

    std::filesystem::path path_;
    files::FileDraft draft_;
};

/// Writes the key ring durably: temporary file, fsync, rename, fsync of the directory. If it fails, the old file is
/// unchanged and no other file is left.
/// @param use  keys that are saved have been used with a store, except on a first start.
[[nodiscard]] std::expected<void, std::string> save_key_ring(std::filesystem::path const& path, crypto::KeyRing const& ring,
                                                             KeyUse use = KeyUse::kUsed);

/// Holds `<path>.lock` while the key ring is read, changed and written, so that two commands don't overwrite each
/// other's changes. Released on destruction.
class KeyFileLock {
  public:
    static std::expected<KeyFileLock, std::string> acquire(std::filesystem::path const& path);

  private:
    explicit KeyFileLock(files::FileLock lock) noexcept : lock_{std::move(lock)} {}
    files::FileLock lock_;
};

}  // namespace warder::runtime
