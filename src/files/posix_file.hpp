// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

/// What plain files ask of the system. Failures are `errno` numbers, 0 being none.
namespace warder::files {

/// Makes a call again for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        auto const result = call();
        if (result != -1 || errno != EINTR) return result;
    }
}

/// An open file. One that is made is for its owner alone.
class File {
  public:
    File(std::filesystem::path const& path, int flags);
    File(File&& other) noexcept : descriptor_{other.release()}, fault_{other.fault_} {}
    File& operator=(File&&) = delete;
    ~File();
    [[nodiscard]] int get() const noexcept { return descriptor_; }
    /// 0, or the `errno` with which it could not be opened.
    [[nodiscard]] int fault() const noexcept { return fault_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
    int fault_;
};

[[nodiscard]] std::filesystem::path parent_of(std::filesystem::path const& path);
/// The path with this at its end: a file beside it.
[[nodiscard]] std::filesystem::path beside(std::filesystem::path path, std::string_view suffix);

/// Reads into the room that `text` has, without growing it. @return 0, or an `errno`; EFBIG if more is there.
[[nodiscard]] int read_all(int descriptor, std::string& text);
[[nodiscard]] int write_all(int descriptor, std::string_view text);
/// Waits until the disk has it.
[[nodiscard]] int sync(int descriptor);
[[nodiscard]] int sync_parent_of(std::filesystem::path const& path);

/// Root works for whoever the folder belongs to: what root leaves there must be readable to the server that runs as that user.
[[nodiscard]] int chown_to_parent_owner(File const& file, std::filesystem::path const& path);
/// Ours, root's, or, to root, that of the folder's owner: anybody else could have put something else there.
[[nodiscard]] bool is_owner_trusted(std::filesystem::path const& path, uid_t owner);

}  // namespace warder::files
