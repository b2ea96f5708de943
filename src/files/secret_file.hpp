// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <sys/stat.h>

namespace warder::files {

/// Who may read a secret file in an ordinary directory.
enum class SecretReaders : std::uint8_t {
    kOwner,
    kOwnerAndGroup,  ///< As of a TLS key, which many programs of one group use.
};

/// What is wrong with a secret file as a file, whatever it holds.
struct SecretFileProblems {
    bool is_foreign = false;  ///< It belongs to neither this user nor root.
    bool is_exposed = false;  ///< Others may read or write it.
};

/// Examines who may read and replace an open secret file that somebody else made: a password for an upstream, a TLS key.
///
/// Where systemd, Kubernetes or Docker put secrets, the mode says less than the mount: those are for one service or container, and what looks like
/// group or others there is an access control list, or the only way in for a container's user. So group and others may read a file of root or this
/// user that lies directly in `$CREDENTIALS_DIRECTORY` (a directory closed to others), on a read-only mount in memory (tmpfs or ramfs), or under
/// `/run/secrets`, where a read-only mount makes up for another owner too. See docs/decisions/0018-secret-files-as-they-are-mounted.md.
/// @param file  its descriptor. @param facts  what `fstat` says of it. @param path  how it was opened.
[[nodiscard]] SecretFileProblems validate_secret_file(int file, struct stat const& facts, std::filesystem::path const& path, SecretReaders readers);

}  // namespace warder::files
