// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace warder::files {
class File;
}

/// The port behind which a store that is one file meets the file system: each step on its own, so that a test can let each fail.
namespace warder::store {

/// Which content of which file. While one lives, the system gives its inode to no other file: equal ones are the same content.
struct FileVersion {
    std::shared_ptr<files::File const> file;
    dev_t device{};
    ino_t inode{};
    std::int64_t seconds{}, nanoseconds{};  ///< Of its last change.
    std::int64_t size{};

    friend bool operator==(FileVersion const& a, FileVersion const& b) noexcept {
        return a.device == b.device && a.inode == b.inode && a.seconds == b.seconds && a.nanoseconds == b.nanoseconds && a.size == b.size;
    }
};

struct FileContent {
    std::string text;
    FileVersion version;
};

/// What could not be done, and the `errno`; or, with 0 as number, what is wrong with a file, as a sentence's end.
struct FileError {
    std::string_view doing;
    int number = 0;
    bool is_outcome_unknown = false;  ///< It may have happened all the same.
};
[[nodiscard]] std::string describe(FileError const& fault);
/// What a use case is told: `kStoreFull` where there is no room, else `kStoreUnavailable`.
[[nodiscard]] authority::Error error_of(FileError const& fault) noexcept;

template <class T>
using FileResult = std::expected<T, FileError>;

class FilePort {
  public:
    virtual ~FilePort() = default;

    /// Held by one process at a time, for as long as it lives.
    class Lock {
      public:
        virtual ~Lock() = default;
    };
    /// Waits for whoever holds it, up to 5 s. Makes the lock's file if there is none.
    virtual FileResult<std::unique_ptr<Lock>> lock(std::filesystem::path const& path) = 0;

    /// What is at the path, without holding it.
    virtual FileResult<FileVersion> look(std::filesystem::path const& path) = 0;
    /// Refuses what is no regular file, isn't ours, or is somebody else's to read or write.
    virtual FileResult<FileContent> read(std::filesystem::path const& path) = 0;
    /// Writes a file that wasn't there before, for its owner alone. Not yet durable; what fails may leave a part of it behind.
    virtual FileResult<FileVersion> write(std::filesystem::path const& path, std::string_view text) = 0;
    virtual FileResult<void> sync(FileVersion const& version) = 0;
    virtual FileResult<void> link(std::filesystem::path const& from, std::filesystem::path const& to) = 0;
    virtual FileResult<void> rename(std::filesystem::path const& from, std::filesystem::path const& to) = 0;
    virtual FileResult<void> sync_folder(std::filesystem::path const& path) = 0;
    virtual void remove(std::filesystem::path const& path) noexcept = 0;

    /// Opens for reading piece by piece. Refuses what `read` refuses, its size aside.
    virtual FileResult<FileVersion> open(std::filesystem::path const& path) = 0;
    /// Appends to a file, which is made for its owner alone if there is none. Durable when it returns; what fails may leave a part of it behind.
    /// @return what is there now.
    virtual FileResult<FileVersion> append(std::filesystem::path const& path, std::string_view text) = 0;
    /// Forgets what stands behind the first `size` bytes.
    virtual FileResult<void> cut(std::filesystem::path const& path, std::int64_t size) = 0;
    /// As `write`: the head, and what stands in an open file from `offset` on.
    virtual FileResult<FileVersion> write_tail(std::filesystem::path const& path, std::string_view head, FileVersion const& from,
                                               std::int64_t offset) = 0;
};

/// The real one.
[[nodiscard]] std::unique_ptr<FilePort> make_file_port();

}  // namespace warder::store
