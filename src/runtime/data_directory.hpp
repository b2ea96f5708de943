// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "files/file_lock.hpp"
#include "runtime/keys/key_file.hpp"
#include "store/common/open.hpp"
#include "store/common/store_url.hpp"
#include "warder/ports.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::runtime {

[[nodiscard]] inline std::filesystem::path key_file(std::filesystem::path const& data_dir) { return data_dir / "keys.json"; }

/// What is known about the clock; see `PurgeJob`.
[[nodiscard]] inline std::filesystem::path clock_file(std::filesystem::path const& data_dir) { return data_dir / "clock.json"; }

/// Reserves the data directory for one server at a time. Released on destruction, and by the kernel however the process
/// ends.
class DataDirectoryLock {
  public:
    /// Creates the directory (0700) if it doesn't exist. Fails if others have access to it or another server holds it.
    static std::expected<DataDirectoryLock, std::string> acquire(std::filesystem::path const& data_dir);

  private:
    explicit DataDirectoryLock(files::FileLock lock) noexcept : lock_{std::move(lock)} {}
    files::FileLock lock_;
};

/// A backup is written to a directory with the final name plus these two suffixes, and renamed when it is complete. The
/// second one is the pattern for `mkdtemp`.
inline constexpr std::string_view kPartialBackup = ".partial-";
inline constexpr std::string_view kPartialBackupRandom = "XXXXXX";
/// Returns whether a directory, by its name, was left by an interrupted backup.
[[nodiscard]] bool is_partial_backup(std::filesystem::path const& data_dir);

/// Checks the data directory: it must be a directory, and no one else may have access to it.
/// @return on failure, a message with its path.
std::expected<void, std::string> validate_data_directory(std::filesystem::path const& data_dir);

/// Returns everything that is wrong with the directory and with the files that a server and commands leave there
/// besides keys and store, one sentence each.
std::vector<std::string> find_data_directory_problems(std::filesystem::path const& data_dir);

/// Returns whether the first start is still to come: there is no store, and the keys are missing or have never been used
/// with one.
[[nodiscard]] bool is_before_first_start(std::filesystem::path const& data_dir, store::StoreUrl const& store);

/// Returns what would prevent the first start from creating the data directory, the keys and the store, one sentence
/// each. Checks what is already there like `find_data_directory_problems`.
[[nodiscard]] std::vector<std::string> find_first_start_problems(std::filesystem::path const& data_dir, store::StoreUrl const& store);

/// The keys with which a server starts, and how it may open the store.
struct StartKeys {
    crypto::KeyRing ring;
    store::OpenMode mode = store::OpenMode::kRequired;
};

/// Returns the key ring of the data directory, whose lock the caller holds. Creates a new ring if there is neither a
/// key file nor a store whose tokens would need it. The store may be created if the keys have never been used with one,
/// or if `wants_new_store`.
std::expected<StartKeys, std::string> load_or_make_keys(std::filesystem::path const& data_dir, store::StoreUrl const& store, Random& random,
                                                        Clock const& clock, bool wants_new_store = false);

/// Returns how a store must be opened if the key file exists.
[[nodiscard]] store::OpenMode open_mode_for(KeyUse use, bool wants_new_store) noexcept;

/// Records in the key file that the keys are used with a store, unless it says so already. From then on no server
/// starts without that store.
std::expected<void, std::string> mark_keys_as_used(std::filesystem::path const& data_dir);

}  // namespace warder::runtime
