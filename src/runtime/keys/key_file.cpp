// SPDX-License-Identifier: MIT
#include "runtime/keys/key_file.hpp"

#include "core/try.hpp"
#include "files/posix_file.hpp"
#include "runtime/keys/key_text.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <utility>

namespace warder::runtime {
namespace {

using files::chown_to_parent_owner;
using files::File;
using files::is_owner_trusted;
using files::parent_of;
using files::read_all;
using files::sync_parent_of;
using files::with_suffix;

constexpr std::size_t kLargestKeyFile = 1U << 20U;

std::unexpected<std::string> failure(std::filesystem::path const& path, std::string_view why) {
    return std::unexpected{std::string{"key file "}.append(path.string()).append(": ").append(why)};
}

/// @param error  an `errno`, saved before another call could change it.
std::unexpected<std::string> failure(std::filesystem::path const& path, std::string_view what, int error) {
    return failure(path, std::string{what}.append(": ").append(std::strerror(error)));
}

/// Returns whether a file can't be opened because it is missing. That makes the server create new keys, so a missing
/// directory, which may be misspelled or not mounted, must not count as a missing file.
bool is_missing(std::filesystem::path const& path, int error) {
    struct stat facts{};
    return error == ENOENT && ::stat(parent_of(path).c_str(), &facts) == 0;
}

std::unexpected<std::string> open_failure(std::filesystem::path const& path, int error) {
    if (is_missing(path, error)) return failure(path, "not found");
    if (error == ENOENT)
        return failure(path, "its directory doesn't exist; select the data directory with --data-dir or --config, or let 'warder serve' create it");
    if (error == ENOTDIR) return failure(path, "its directory can't be reached", error);
    if (error == ELOOP) return failure(path, "symbolic links are not allowed; put the file itself there");
    if (error == ENXIO || error == ENODEV) return failure(path, "not a regular file");
    return failure(path, "can't be opened", error);
}

/// What was found at the path: the problems of the file, in the order of the checks, and its content if the text is
/// valid.
struct Examined {
    std::vector<std::string> problems;
    std::optional<KeyFileContent> content;
    bool is_missing = false;
};

std::expected<KeyFileContent, std::string> read_content(std::filesystem::path const& path, int file) {
    std::string text(kLargestKeyFile + 1, '\0');
    crypto::WipeAtEnd const wiped{text};
    if (auto const error = read_all(file, text); error != 0) return failure(path, "can't be read", error);
    auto content = read_key_text(text);
    if (!content) return failure(path, "damaged: " + content.error() + "; restore it from a backup, because no token can be verified without it");
    return std::move(*content);
}

Examined examine(std::filesystem::path const& path) {
    Examined examined;
    auto const add = [&examined](std::unexpected<std::string> error) { examined.problems.push_back(std::move(error.error())); };
    // Without O_NONBLOCK, opening a FIFO would block until someone opens it for writing.
    File const file{path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK};
    struct stat facts{};
    examined.is_missing = is_missing(path, file.error());
    if (file.get() < 0) add(open_failure(path, file.error()));
    else if (::fstat(file.get(), &facts) != 0) add(failure(path, "can't be examined", errno));
    else if (!S_ISREG(facts.st_mode)) add(failure(path, "not a regular file"));
    if (!examined.problems.empty()) return examined;

    if (!is_owner_trusted(path, facts.st_uid))
        add(failure(path, "owned by neither the owner of its directory nor the user of this process; run chown on it"));
    if ((facts.st_mode & 0077U) != 0) add(failure(path, "accessible to other users; run chmod 600 on it"));
    if (auto content = read_content(path, file.get())) examined.content = std::move(*content);
    else add(std::unexpected{std::move(content.error())});
    return examined;
}

}  // namespace

std::expected<KeyFileContent, KeyFileError> load_key_file(std::filesystem::path const& path) {
    auto examined = examine(path);
    if (!examined.problems.empty()) return std::unexpected{KeyFileError{examined.is_missing, std::move(examined.problems.front())}};
    return std::move(*examined.content);
}

std::expected<crypto::KeyRing, std::string> load_key_ring(std::filesystem::path const& path) {
    auto content = load_key_file(path);
    if (!content) return std::unexpected{std::move(content.error().message)};
    return std::move(content->ring);
}

std::vector<std::string> find_key_file_problems(std::filesystem::path const& path) { return examine(path).problems; }

std::expected<KeyRingDraft, std::string> KeyRingDraft::write(std::filesystem::path const& path, crypto::KeyRing const& ring, KeyUse use) {
    auto text = write_key_text(ring, use);
    crypto::WipeAtEnd const wiped{text};
    if (text.size() > kLargestKeyFile) return failure(path, "would become too large; retire keys that no token needs");
    if (auto const read = read_key_text(text); !read) return failure(path, "the new content is invalid: " + read.error());

    auto draft = files::FileDraft::write(path, text);
    if (!draft) return failure(path, "can't be written", draft.error());
    return KeyRingDraft{path, std::move(*draft)};
}

std::expected<void, std::string> KeyRingDraft::put_in_place() {
    if (auto const error = draft_.rename(); error != 0) return failure(path_, "can't be replaced", error);
    if (auto const error = sync_parent_of(path_); error != 0) return failure(path_, "its directory can't be synced", error);
    return {};
}

std::expected<void, std::string> save_key_ring(std::filesystem::path const& path, crypto::KeyRing const& ring, KeyUse use) {
    WARDER_TRY(auto draft, KeyRingDraft::write(path, ring, use));
    return draft.put_in_place();
}

std::expected<KeyFileLock, std::string> KeyFileLock::acquire(std::filesystem::path const& path) {
    File file{with_suffix(path, ".lock"), O_RDWR | O_CREAT | O_NOFOLLOW};
    if (file.get() < 0) return failure(path, "its lock file can't be opened", file.error());
    if (auto const error = chown_to_parent_owner(file, path); error != 0) return failure(path, "the owner of its lock file can't be changed", error);
    auto lock = files::FileLock::acquire(std::move(file), std::nullopt);
    if (!lock) return failure(path, "can't be locked", lock.error());
    return KeyFileLock{std::move(*lock)};
}

}  // namespace warder::runtime
