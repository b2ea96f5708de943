// SPDX-License-Identifier: MIT
#include "files/secret_file.hpp"

#include "files/posix_file.hpp"

#include <cstdlib>
#include <linux/magic.h>
#include <string_view>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace warder::files {
namespace {

struct Mount {
    bool is_read_only = false;
    bool is_in_memory = false;
};

/// Returns the mount through which the descriptor was opened, which may be a bind mount of a single file.
Mount mount_of(int file) {
    Mount mount;
    struct statvfs flags{};
    if (::fstatvfs(file, &flags) == 0) mount.is_read_only = (flags.f_flag & ST_RDONLY) != 0;
    struct statfs kind{};
    if (::fstatfs(file, &kind) == 0) mount.is_in_memory = kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC;
    return mount;
}

/// Returns whether the directory is the one that systemd made for this service: `$CREDENTIALS_DIRECTORY`, and closed to
/// others.
bool is_credentials_directory(std::filesystem::path const& directory) {
    auto const* const named = std::getenv("CREDENTIALS_DIRECTORY");
    if (named == nullptr || *named == '\0') return false;
    std::error_code error;
    auto const resolved = std::filesystem::canonical(named, error);
    struct stat facts{};
    if (error || resolved != directory || ::stat(directory.c_str(), &facts) != 0) return false;
    // There, the group bits are the mask of an access control list.
    bool const is_closed = (facts.st_mode & (S_IWGRP | S_IRWXO)) == 0;
    return is_closed && (facts.st_uid == 0 || facts.st_uid == ::geteuid());
}

bool is_under_run_secrets(std::filesystem::path const& resolved) {
    constexpr std::string_view kRunSecrets = "/run/secrets/";
    return std::string_view{resolved.native()}.starts_with(kRunSecrets);
}

}  // namespace

SecretFileProblems validate_secret_file(int file, struct stat const& facts, std::filesystem::path const& path, SecretReaders readers) {
    auto const open_to_others = readers == SecretReaders::kOwner ? mode_t{S_IRWXG | S_IRWXO} : mode_t{S_IWGRP | S_IRWXO};
    SecretFileProblems const problems{.is_foreign = !is_owner_trusted(path, facts.st_uid), .is_exposed = (facts.st_mode & open_to_others) != 0};
    if (!problems.is_foreign && !problems.is_exposed) return problems;

    auto const mount = mount_of(file);
    if ((facts.st_mode & S_IWOTH) != 0 || ((facts.st_mode & S_IWGRP) != 0 && !mount.is_read_only)) return problems;
    std::error_code error;
    auto const resolved = std::filesystem::canonical(path, error);
    if (error) return problems;
    if (is_under_run_secrets(resolved) && (mount.is_read_only || !problems.is_foreign)) return {};
    bool const is_delivered = (mount.is_read_only && mount.is_in_memory) || is_credentials_directory(resolved.parent_path());
    return is_delivered && !problems.is_foreign ? SecretFileProblems{} : problems;
}

}  // namespace warder::files
