// SPDX-License-Identifier: MIT
#include "runtime/data_directory.hpp"

#include "core/try.hpp"
#include "files/posix_file.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/open_store.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace warder::runtime {
namespace {

std::string explain(std::filesystem::path const& path, std::string_view what) {
    auto const number = errno;
    return path.string().append(": ").append(what).append(": ").append(std::strerror(number));
}

/// @param error  the `errno` of the attempt, or of the check whether one would succeed.
std::string explain_no_directory(std::filesystem::path const& data_dir, int error) {
    errno = error;
    return explain(data_dir, error == ENOENT ? "the data directory can't be created, because its parent directory is missing"
                                             : "the data directory can't be created");
}

bool is_present(std::filesystem::path const& path) {
    struct stat facts{};
    return ::lstat(path.c_str(), &facts) == 0 || errno != ENOENT;
}

/// Returns the directory that contains another one, whose path may end with a slash.
std::filesystem::path parent_of_directory(std::filesystem::path const& directory) {
    return files::parent_of(directory.has_filename() ? directory : directory.parent_path());
}

/// Returns 0 if this process can create files in the directory, else the `errno`.
int creation_error(std::filesystem::path const& directory) {
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace

std::expected<void, std::string> validate_data_directory(std::filesystem::path const& data_dir) {
    struct stat facts{};
    if (::stat(data_dir.c_str(), &facts) != 0) return std::unexpected{explain(data_dir, "the data directory can't be examined")};
    if (!S_ISDIR(facts.st_mode)) return std::unexpected{data_dir.string() + ": the data directory is not a directory"};
    if ((facts.st_mode & 0077U) != 0)
        return std::unexpected{data_dir.string() + ": the data directory is accessible to other users; run chmod 700 on it"};
    return {};
}

std::vector<std::string> find_data_directory_problems(std::filesystem::path const& data_dir) {
    std::vector<std::string> problems;
    if (auto valid = validate_data_directory(data_dir); !valid) problems.push_back(std::move(valid.error()));
    struct stat directory{};
    if (::stat(data_dir.c_str(), &directory) != 0 || !S_ISDIR(directory.st_mode)) return problems;
    if (::faccessat(AT_FDCWD, data_dir.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
        problems.push_back(explain(data_dir, "this user can't write to the data directory"));

    for (auto const* const name : {"warder.lock", "warder.sock", "keys.json.lock", "audit.log", "clock.json", "initial-admin-password"}) {
        auto const file = data_dir / name;
        struct stat facts{};
        if (::lstat(file.c_str(), &facts) != 0) continue;
        if ((facts.st_mode & 0077U) != 0) problems.push_back(file.string() + ": accessible to other users; run chmod 600 on it");
        if (facts.st_uid != directory.st_uid) problems.push_back(file.string() + ": not owned by the owner of its directory; run chown on it");
    }
    return problems;
}

bool is_partial_backup(std::filesystem::path const& data_dir) {
    auto const name = (data_dir.has_filename() ? data_dir : data_dir.parent_path()).filename().string();
    auto const at = name.rfind(kPartialBackup);
    return at != std::string::npos && name.size() == at + kPartialBackup.size() + kPartialBackupRandom.size();
}

std::expected<DataDirectoryLock, std::string> DataDirectoryLock::acquire(std::filesystem::path const& data_dir) {
    if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected{explain_no_directory(data_dir, errno)};
    WARDER_TRY_VOID(validate_data_directory(data_dir));
    if (is_partial_backup(data_dir))
        return std::unexpected{data_dir.string() + ": left behind by an interrupted backup; remove it and make another backup"};

    files::File file{data_dir / "warder.lock", O_RDWR | O_CREAT};
    if (file.error() != 0) return std::unexpected{explain(data_dir, "the data directory can't be written to")};
    auto lock = files::FileLock::acquire(std::move(file), std::chrono::milliseconds::zero());
    if (!lock) return std::unexpected{data_dir.string() + ": another server is using this data directory"};
    return DataDirectoryLock{std::move(*lock)};
}

bool is_before_first_start(std::filesystem::path const& data_dir, store::StoreUrl const& store) {
    if (has_store(store)) return false;
    if (!is_present(data_dir)) return true;
    auto const keys = load_key_file(key_file(data_dir));
    return keys ? keys->use == KeyUse::kUnused : keys.error().is_missing;
}

std::vector<std::string> find_first_start_problems(std::filesystem::path const& data_dir, store::StoreUrl const& store) {
    std::vector<std::string> problems;
    if (is_present(data_dir)) problems = find_data_directory_problems(data_dir);
    else if (auto const error = creation_error(parent_of_directory(data_dir)); error != 0) problems.push_back(explain_no_directory(data_dir, error));

    auto const* const file = store::file_of(store);
    if (file == nullptr) return problems;
    auto const directory = files::parent_of(*file);
    if ((directory / "").lexically_normal() == (data_dir / "").lexically_normal()) return problems;
    if (auto const error = creation_error(directory); error != 0) {
        errno = error;
        problems.push_back(explain(*file, "the store can't be created in its directory"));
    }
    return problems;
}

store::OpenMode open_mode_for(KeyUse use, bool wants_new_store) noexcept {
    return use == KeyUse::kUnused || wants_new_store ? store::OpenMode::kCreate : store::OpenMode::kRequired;
}

std::expected<StartKeys, std::string> load_or_make_keys(std::filesystem::path const& data_dir, store::StoreUrl const& store, Random& random,
                                                        Clock const& clock, bool wants_new_store) {
    auto const path = key_file(data_dir);
    auto loaded = load_key_file(path);
    if (loaded) return StartKeys{.ring = std::move(loaded->ring), .mode = open_mode_for(loaded->use, wants_new_store)};
    if (!loaded.error().is_missing) return std::unexpected{loaded.error().message};
    // New keys would silently invalidate all tokens of a store that was restored without its keys.
    if (has_store(store)) return std::unexpected{loaded.error().message + ", although there is a store; restore the key file from a backup"};

    auto ring = crypto::KeyRing::make(random, std::chrono::floor<std::chrono::seconds>(clock.now()));
    // If the process ends before there is a store, the keys are marked as unused, and the next start uses them.
    WARDER_TRY_VOID(save_key_ring(path, ring, KeyUse::kUnused));
    return StartKeys{.ring = std::move(ring), .mode = store::OpenMode::kCreate};
}

std::expected<void, std::string> mark_keys_as_used(std::filesystem::path const& data_dir) {
    auto const path = key_file(data_dir);
    WARDER_TRY(auto const lock, KeyFileLock::acquire(path));
    auto const content = load_key_file(path);
    if (!content) return std::unexpected{content.error().message};
    if (content->use == KeyUse::kUsed) return {};
    return save_key_ring(path, content->ring);
}

}  // namespace warder::runtime
