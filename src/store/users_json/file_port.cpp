// SPDX-License-Identifier: MIT
#include "store/users_json/file_port.hpp"

#include "files/file_lock.hpp"
#include "files/posix_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace warder::store {
namespace {

using files::chown_to_parent_owner;
using files::File;
using files::is_owner_trusted;
using files::read_all;
using files::uninterrupted;
using files::write_all;

constexpr std::size_t kLargestUsersFile = std::size_t{256} << 20U;
constexpr std::size_t kCopiedAtOnce = 65'536;
constexpr std::chrono::seconds kLockTimeout{5};  // as long as SQLite's busy timeout

std::unexpected<FileError> fail(std::string_view doing, int number) { return std::unexpected{FileError{.doing = doing, .number = number}}; }

FileResult<void> done(std::string_view doing, int number) {
    if (number != 0) return fail(doing, number);
    return {};
}

FileVersion version_of(struct stat const& facts, std::shared_ptr<File const> file = {}) {
    return {.file = std::move(file),
            .device = facts.st_dev,
            .inode = facts.st_ino,
            .seconds = facts.st_mtim.tv_sec,
            .nanoseconds = facts.st_mtim.tv_nsec,
            .size = facts.st_size};
}

class RealLock final : public FilePort::Lock {
  public:
    explicit RealLock(files::FileLock lock) noexcept : lock_{std::move(lock)} {}

  private:
    files::FileLock lock_;
};

/// Opens a file. Fails if it isn't a regular file, has the wrong owner, or is accessible to others.
FileResult<FileVersion> open_checked(std::filesystem::path const& path, int mode) {
    constexpr std::string_view kDoing = "opening";
    // Without O_NONBLOCK, opening a FIFO would block until someone opens it for writing.
    auto file = std::make_shared<File const>(path, mode | O_NOFOLLOW | O_NONBLOCK);
    if (file->error() == ELOOP) return fail("symbolic links are not allowed; name the file itself", 0);
    if (file->error() != 0) return fail(kDoing, file->error());
    struct stat facts{};
    if (::fstat(file->get(), &facts) != 0) return fail(kDoing, errno);
    if (!S_ISREG(facts.st_mode)) return fail("not a regular file", 0);
    if (!is_owner_trusted(path, facts.st_uid))
        return fail("owned by neither the owner of its directory nor the user of this process; run chown on it", 0);
    if ((facts.st_mode & 0077U) != 0) return fail("accessible to other users; run chmod 600 on it", 0);
    return version_of(facts, std::move(file));
}

/// Creates an empty file. Fails if it exists.
FileResult<std::shared_ptr<File const>> make_file(std::filesystem::path const& path, int mode, std::string_view doing) {
    auto file = std::make_shared<File const>(path, mode | O_CREAT | O_EXCL);
    if (file->error() != 0) return fail(doing, file->error());
    if (auto const error = chown_to_parent_owner(*file, path); error != 0) return fail(doing, error);
    return file;
}

/// Returns the version of the file as it is now.
FileResult<FileVersion> version_of(std::shared_ptr<File const> file, std::string_view doing) {
    struct stat facts{};
    if (::fstat(file->get(), &facts) != 0) return fail(doing, errno);
    return version_of(facts, std::move(file));
}

class RealFiles final : public FilePort {
  public:
    FileResult<std::unique_ptr<Lock>> lock(std::filesystem::path const& path) override {
        constexpr std::string_view kDoing = "locking";
        File file{path, O_RDWR | O_CREAT | O_NOFOLLOW};
        if (file.error() != 0) return fail(kDoing, file.error());
        if (auto const error = chown_to_parent_owner(file, path); error != 0) return fail(kDoing, error);
        // Waiting without a limit would keep a server from stopping.
        auto lock = files::FileLock::acquire(std::move(file), kLockTimeout);
        if (!lock) return lock.error() == EWOULDBLOCK ? fail("another process holds its lock file", 0) : fail(kDoing, lock.error());
        return std::make_unique<RealLock>(std::move(*lock));
    }

    FileResult<FileVersion> version_at(std::filesystem::path const& path) override {
        struct stat facts{};
        if (::lstat(path.c_str(), &facts) != 0) return fail("examining", errno);
        return version_of(facts);
    }

    FileResult<FileVersion> open(std::filesystem::path const& path) override { return open_checked(path, O_RDONLY); }

    FileResult<FileContent> read(std::filesystem::path const& path) override {
        constexpr std::string_view kDoing = "reading";
        auto version = open(path);
        if (!version) return std::unexpected{version.error()};
        if (static_cast<std::size_t>(version->size) > kLargestUsersFile) return fail(kDoing, EFBIG);
        std::string text(static_cast<std::size_t>(version->size) + 1, '\0');
        if (auto const error = read_all(version->file->get(), text); error != 0) return fail(kDoing, error);
        return FileContent{.text = std::move(text), .version = std::move(*version)};
    }

    FileResult<FileVersion> write(std::filesystem::path const& path, std::string_view text) override {
        constexpr std::string_view kDoing = "writing";
        if (text.size() > kLargestUsersFile) return fail(kDoing, EFBIG);
        auto file = make_file(path, O_WRONLY, kDoing);
        if (!file) return std::unexpected{file.error()};
        if (auto const error = write_all((*file)->get(), text); error != 0) return fail(kDoing, error);
        return version_of(std::move(*file), kDoing);
    }

    FileResult<FileVersion> write_tail(std::filesystem::path const& path, std::string_view head, FileVersion const& from,
                                       std::int64_t offset) override {
        constexpr std::string_view kDoing = "copying";
        auto file = make_file(path, O_WRONLY, kDoing);
        if (!file) return std::unexpected{file.error()};
        if (auto const error = write_all((*file)->get(), head); error != 0) return fail(kDoing, error);
        std::string chunk(kCopiedAtOnce, '\0');
        for (;;) {
            auto const count = uninterrupted([&] { return ::pread(from.file->get(), chunk.data(), chunk.size(), offset); });
            if (count < 0) return fail(kDoing, errno);
            if (count == 0) return version_of(std::move(*file), kDoing);
            if (auto const error = write_all((*file)->get(), std::string_view{chunk}.substr(0, static_cast<std::size_t>(count))); error != 0)
                return fail(kDoing, error);
            offset += count;
        }
    }

    FileResult<FileVersion> append(std::filesystem::path const& path, std::string_view text) override {
        constexpr std::string_view kDoing = "appending";
        auto there = open_checked(path, O_WRONLY | O_APPEND);
        bool const is_new = !there && there.error().number == ENOENT;
        if (!there && !is_new) return there;
        auto file = is_new ? make_file(path, O_WRONLY | O_APPEND, kDoing) : std::move(there->file);
        if (!file) return std::unexpected{file.error()};
        if (auto const error = write_all((*file)->get(), text); error != 0) return fail(kDoing, error);
        if (auto const error = files::sync((*file)->get()); error != 0) return fail(kDoing, error);
        if (auto const error = is_new ? files::sync_parent_of(path) : 0; error != 0) return fail(kDoing, error);
        return version_of(std::move(*file), kDoing);
    }

    FileResult<void> truncate(std::filesystem::path const& path, std::int64_t size) override {
        auto const there = open_checked(path, O_WRONLY);
        if (!there) return std::unexpected{there.error()};
        return done("cutting", uninterrupted([&] { return ::ftruncate(there->file->get(), size); }) == 0 ? 0 : errno);
    }

    FileResult<void> sync(FileVersion const& version) override { return done("syncing", files::sync(version.file->get())); }

    FileResult<void> link(std::filesystem::path const& from, std::filesystem::path const& to) override {
        return done("linking", ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno);
    }

    FileResult<void> rename(std::filesystem::path const& from, std::filesystem::path const& to) override {
        return done("renaming", ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno);
    }

    FileResult<void> sync_directory(std::filesystem::path const& path) override { return done("syncing the directory", files::sync_parent_of(path)); }

    void remove(std::filesystem::path const& path) noexcept override { ::unlink(path.c_str()); }
};

}  // namespace

std::string describe(FileError const& error) {
    return std::string{error.doing}.append(error.number == 0 ? "" : ": ").append(error.number == 0 ? "" : std::strerror(error.number));
}

authority::Error error_of(FileError const& error) noexcept {
    bool const is_full = error.number == ENOSPC || error.number == EDQUOT || error.number == EFBIG;
    return is_full ? authority::Error::kStoreFull : authority::Error::kStoreUnavailable;
}

std::unique_ptr<FilePort> make_file_port() { return std::make_unique<RealFiles>(); }

}  // namespace warder::store
