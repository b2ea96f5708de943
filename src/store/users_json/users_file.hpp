// SPDX-License-Identifier: MIT
#pragma once

#include "store/users_json/file_port.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace warder::store {

/// A file that is replaced atomically: a reader sees either the old or the new content, even after a power loss. The
/// previous version is kept next to it as `.bkp`. For one thread at a time.
class UsersFile {
  public:
    UsersFile(std::filesystem::path path, FilePort& files) : path_{std::move(path)}, files_{&files} {}

    /// Acquires the lock `<path>.lock`. Hold it across reading, changing and writing.
    FileResult<std::unique_ptr<FilePort::Lock>> lock() { return files_->lock(with_suffix(".lock")); }
    FileResult<FileContent> read() { return files_->read(path_); }
    FileResult<FileContent> read_backup() { return files_->read(backup()); }
    /// Returns whether the file still has the content of this version.
    FileResult<bool> is_current(FileVersion const& version);

    /// Replaces the content. Durable when it returns: writes a draft, fsyncs and renames it, and fsyncs the directory.
    /// A failed call leaves the old content. Only if that can't be restored is the new content there; then
    /// `is_outcome_unknown` of the error is set.
    FileResult<FileVersion> replace(std::string_view text);
    /// Creates the file. The caller must hold the lock and know that there is no file.
    FileResult<FileVersion> create(std::string_view text);

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path backup() const { return with_suffix(".bkp"); }

  private:
    [[nodiscard]] std::filesystem::path with_suffix(std::string_view suffix) const;
    FileResult<FileVersion> write_draft(std::filesystem::path const& draft, std::string_view text);
    FileResult<void> keep_backup();
    FileResult<void> move_over(std::filesystem::path const& from, std::filesystem::path const& to);

    std::filesystem::path path_;
    FilePort* files_;
};

}  // namespace warder::store
