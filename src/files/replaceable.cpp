// SPDX-License-Identifier: MIT
#include "files/replaceable.hpp"

#include "core/try.hpp"
#include "files/posix_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace warder::files {
namespace {

/// Also detects bind mounts within one file system, which device numbers don't reveal.
bool is_mounted_by_itself(std::filesystem::path const& file) {
    struct statx facts{};
    if (::statx(AT_FDCWD, file.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &facts) != 0) return false;
    return (facts.stx_attributes & facts.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace

std::expected<void, std::string> validate_not_mounted_alone(std::filesystem::path const& file) {
    if (!is_mounted_by_itself(file)) return {};
    return std::unexpected{file.string() + ": mounted on its own, so it can't be replaced safely; mount its directory instead"};
}

std::expected<void, std::string> validate_replaceable(std::filesystem::path const& file) {
    WARDER_TRY_VOID(validate_not_mounted_alone(file));
    auto const directory = files::parent_of(file);
    if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0 || errno == ENOENT) return {};
    return std::unexpected{file.string() + ": can't be replaced safely, because its directory can't be written to: " + std::strerror(errno)};
}

}  // namespace warder::files
