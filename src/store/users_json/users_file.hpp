// SPDX-License-Identifier: MIT
#pragma once

#include "store/users_json/file_port.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace warder::store {

/// A file that is replaced as a whole: whoever opens it finds what was there before or what is there now, also after a power loss.
/// The version before is kept beside it as `.bkp`. Used by one thread at a time.
class UsersFile {
  public:
    UsersFile(std::filesystem::path path, FilePort& files) : path_{std::move(path)}, files_{&files} {}

    /// For one read, change and write. Held by `<path>.lock`.
    FileResult<std::unique_ptr<FilePort::Lock>> lock() { return files_->lock(beside(".lock")); }
    FileResult<FileContent> read() { return files_->read(path_); }
    FileResult<FileContent> read_backup() { return files_->read(backup()); }
    /// Whether the content of this version is still there.
    FileResult<bool> is_current(FileVersion const& version);

    /// Durable when it returns: draft, fsync, rename, fsync of the folder. What fails leaves the old content; only where even that can't be put back
    /// is the new one there, and `is_current` of the old says so.
    FileResult<FileVersion> replace(std::string_view text);
    /// Makes the file. Whether there is one is for the caller to know, who holds the lock.
    FileResult<FileVersion> create(std::string_view text);

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path backup() const { return beside(".bkp"); }

  private:
    [[nodiscard]] std::filesystem::path beside(std::string_view suffix) const;
    FileResult<FileVersion> write_draft(std::filesystem::path const& draft, std::string_view text);
    FileResult<void> keep_backup();
    FileResult<void> move_over(std::filesystem::path const& from, std::filesystem::path const& to);

    std::filesystem::path path_;
    FilePort* files_;
};

}  // namespace warder::store
