// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

/// System calls on plain files. Functions return `errno` values; 0 means success.
namespace warder::files {

/// Repeats a call until no signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        auto const result = call();
        if (result != -1 || errno != EINTR) return result;
    }
}

/// An open file. A new file is accessible only to its owner.
class File {
  public:
    File(std::filesystem::path const& path, int flags);
    File(File&& other) noexcept : descriptor_{other.release()}, error_{other.error_} {}
    File& operator=(File&&) = delete;
    ~File();
    [[nodiscard]] int get() const noexcept { return descriptor_; }
    /// Returns 0, or the `errno` of a failed open.
    [[nodiscard]] int error() const noexcept { return error_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
    int error_;
};

[[nodiscard]] std::filesystem::path parent_of(std::filesystem::path const& path);
/// Returns the path with the suffix appended: a file in the same directory.
[[nodiscard]] std::filesystem::path with_suffix(std::filesystem::path path, std::string_view suffix);

/// Reads the file into `text`, whose size is the limit, and shrinks it to what was read.
/// @return 0, or an `errno`; EFBIG if the file doesn't fit.
[[nodiscard]] int read_all(int descriptor, std::string& text);
[[nodiscard]] int write_all(int descriptor, std::string_view text);
/// Waits until the data is on the disk.
[[nodiscard]] int sync(int descriptor);
[[nodiscard]] int sync_parent_of(std::filesystem::path const& path);

/// If the process runs as root, gives the file to the owner of its directory: the server that runs as that user must be
/// able to read it.
[[nodiscard]] int chown_to_parent_owner(File const& file, std::filesystem::path const& path);
/// Returns whether the owner is this user, root, or, if this user is root, the owner of the directory. Any other owner
/// could have planted the file.
[[nodiscard]] bool is_owner_trusted(std::filesystem::path const& path, uid_t owner);

}  // namespace warder::files
