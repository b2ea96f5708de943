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

/// The interface between a store in one file and the file system. Each step is a function of its own, so that tests can
/// make each one fail.
namespace warder::store {

/// Identifies one content of one file. While `file` is open, the system gives its inode to no other file, so equal
/// versions have equal content.
struct FileVersion {
    std::shared_ptr<files::File const> file;
    dev_t device{};
    ino_t inode{};
    std::int64_t seconds{}, nanoseconds{};  ///< Of its last modification.
    std::int64_t size{};

    friend bool operator==(FileVersion const& a, FileVersion const& b) noexcept {
        return a.device == b.device && a.inode == b.inode && a.seconds == b.seconds && a.nanoseconds == b.nanoseconds && a.size == b.size;
    }
};

struct FileContent {
    std::string text;
    FileVersion version;
};

/// The step that failed and its `errno`. If `number` is 0, `doing` is the end of a sentence that says what is wrong
/// with the file.
struct FileError {
    std::string_view doing;
    int number = 0;
    bool is_outcome_unknown = false;  ///< The step may have taken effect nevertheless.
};
[[nodiscard]] std::string describe(FileError const& error);
/// Returns the error that a use case reports: `kStoreFull` if space ran out, else `kStoreUnavailable`.
[[nodiscard]] authority::Error error_of(FileError const& error) noexcept;

template <class T>
using FileResult = std::expected<T, FileError>;

class FilePort {
  public:
    virtual ~FilePort() = default;

    /// An exclusive lock between processes, held until it is destroyed.
    class Lock {
      public:
        virtual ~Lock() = default;
    };
    /// Acquires the lock. Waits up to 5 s for its holder. Creates the lock's file if there is none.
    virtual FileResult<std::unique_ptr<Lock>> lock(std::filesystem::path const& path) = 0;

    /// Returns the version of the file at the path, without keeping the file open.
    virtual FileResult<FileVersion> version_at(std::filesystem::path const& path) = 0;
    /// Reads a file. Fails if it isn't a regular file, has the wrong owner, or is accessible to others.
    virtual FileResult<FileContent> read(std::filesystem::path const& path) = 0;
    /// Writes a new file, accessible only to its owner. Not durable before `sync`. A failed call may leave a partial
    /// file.
    virtual FileResult<FileVersion> write(std::filesystem::path const& path, std::string_view text) = 0;
    virtual FileResult<void> sync(FileVersion const& version) = 0;
    virtual FileResult<void> link(std::filesystem::path const& from, std::filesystem::path const& to) = 0;
    virtual FileResult<void> rename(std::filesystem::path const& from, std::filesystem::path const& to) = 0;
    virtual FileResult<void> sync_directory(std::filesystem::path const& path) = 0;
    virtual void remove(std::filesystem::path const& path) noexcept = 0;

    /// Opens a file for reading in pieces. Fails where `read` fails, except for the size limit.
    virtual FileResult<FileVersion> open(std::filesystem::path const& path) = 0;
    /// Appends to a file, which is created for its owner only if there is none. Durable when it returns. A failed call
    /// may leave a part of the text in the file.
    /// @return the version of the file afterwards.
    virtual FileResult<FileVersion> append(std::filesystem::path const& path, std::string_view text) = 0;
    /// Truncates the file to its first `size` bytes.
    virtual FileResult<void> truncate(std::filesystem::path const& path, std::int64_t size) = 0;
    /// Like `write`, with the content `head` followed by what an open file has from `offset` on.
    virtual FileResult<FileVersion> write_tail(std::filesystem::path const& path, std::string_view head, FileVersion const& from,
                                               std::int64_t offset) = 0;
};

/// Returns the implementation that uses the real file system.
[[nodiscard]] std::unique_ptr<FilePort> make_file_port();

}  // namespace warder::store
