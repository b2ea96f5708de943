// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <sys/stat.h>

namespace warder::files {

/// Who may read a secret file in an ordinary directory.
enum class SecretReaders : std::uint8_t {
    kOwner,
    kOwnerAndGroup,  ///< For TLS keys, which several programs of a group often share.
};

/// Problems with the owner or the mode of a secret file.
struct SecretFileProblems {
    bool is_foreign = false;  ///< The owner is neither this user nor root.
    bool is_exposed = false;  ///< Others may read or write it.
};

/// Checks who may read and replace an open secret file that Warder didn't create: an upstream's password, a TLS key.
///
/// For secrets from systemd, Kubernetes or Docker, the mode says less than the mount: these serve one service or
/// container, and bits for group or others may be an access control list, or the only access that a container's user
/// has. Therefore group and others may read a file of root or this user that is directly in `$CREDENTIALS_DIRECTORY`
/// (if others can't enter that directory), on a read-only mount in memory (tmpfs or ramfs), or under `/run/secrets`,
/// where a read-only mount also excuses another owner. See docs/decisions/0018-secret-files-as-they-are-mounted.md.
/// @param file  its descriptor.
/// @param facts  the result of `fstat`.
/// @param path  the path by which it was opened.
[[nodiscard]] SecretFileProblems validate_secret_file(int file, struct stat const& facts, std::filesystem::path const& path, SecretReaders readers);

}  // namespace warder::files
