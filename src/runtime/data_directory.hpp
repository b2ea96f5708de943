// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "runtime/key_file.hpp"
#include "runtime/store_location.hpp"
#include "store/common/open.hpp"
#include "warder/ports.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::runtime {

/// The data dir, held by one server at a time. Released on destruction, and by the kernel when the process ends however it ends.
class DataDirectoryLock {
  public:
    /// Makes the folder (0700) if it isn't there; refuses one that others may look into, and one that another server holds.
    static std::expected<DataDirectoryLock, std::string> acquire(std::filesystem::path const& data_dir);
    DataDirectoryLock(DataDirectoryLock&& other) noexcept;
    DataDirectoryLock& operator=(DataDirectoryLock&&) = delete;
    ~DataDirectoryLock();

  private:
    explicit DataDirectoryLock(int descriptor) : descriptor_{descriptor} {}
    int descriptor_;
};

/// A backup is made under the name of its directory with these two behind it, the second for `mkdtemp`, and renamed when it is complete.
inline constexpr std::string_view kPartialBackup = ".partial-";
inline constexpr std::string_view kPartialBackupRandom = "XXXXXX";
/// Whether a directory, by its name, is what a backup that was interrupted left behind.
[[nodiscard]] bool is_partial_backup(std::filesystem::path const& data_dir);

/// What is wrong with the folder, if anything: it must be one, and nobody else may look into it.
std::optional<std::string> validate_data_directory(std::filesystem::path const& data_dir);

/// Everything that is wrong with the folder and with what a server and commands leave there beside keys and store, a sentence each.
std::vector<std::string> find_data_directory_problems(std::filesystem::path const& data_dir);

/// The keys with which a server starts, and what it may do where there is no store.
struct StartKeys {
    crypto::KeyRing ring;
    store::OpenMode mode = store::OpenMode::kRequired;
};

/// The key ring of the data dir, whose lock is held; a fresh one where there is neither a key file nor a store whose tokens would need it. A store
/// may be made for keys that have never been used with one, or if that is wanted.
std::expected<StartKeys, std::string> load_or_make_keys(std::filesystem::path const& data_dir, StoreLocation const& store, Random& random,
                                                        Clock const& clock, bool wants_new_store = false);

/// How a store must be opened for keys that are there already.
[[nodiscard]] store::OpenMode open_mode_for(KeyUse use, bool wants_new_store) noexcept;

/// Notes in the key file that there is a store for its keys, unless it says so already. From here on no server starts without that store.
std::expected<void, std::string> mark_keys_as_used(std::filesystem::path const& data_dir);

}  // namespace warder::runtime
