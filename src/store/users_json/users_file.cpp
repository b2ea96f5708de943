// SPDX-License-Identifier: MIT
#include "store/users_json/users_file.hpp"

#include "files/posix_file.hpp"

#include <cerrno>
#include <utility>

namespace warder::store {
namespace {

/// Returns whether the error means that the file system doesn't support hard links.
bool cannot_link(FileError const& error) {
    return error.number == EPERM || error.number == EOPNOTSUPP || error.number == ENOSYS || error.number == EMLINK;
}

}  // namespace

std::filesystem::path UsersFile::with_suffix(std::string_view suffix) const { return files::with_suffix(path_, suffix); }

FileResult<bool> UsersFile::is_current(FileVersion const& version) {
    auto const there = files_->version_at(path_);
    if (!there) return std::unexpected{there.error()};
    return *there == version;
}

FileResult<FileVersion> UsersFile::write_draft(std::filesystem::path const& draft, std::string_view text) {
    files_->remove(draft);  // left by a process that was killed
    auto written = files_->write(draft, text);
    if (written)
        if (auto synced = files_->sync(*written); !synced) written = std::unexpected{synced.error()};
    if (!written) files_->remove(draft);
    return written;
}

FileResult<void> UsersFile::move_over(std::filesystem::path const& from, std::filesystem::path const& to) {
    auto moved = files_->rename(from, to);
    files_->remove(from);  // if the rename failed, or had no effect because both names were links to the same file
    return moved;
}

/// Gives the old content a second name instead of renaming it, so that there is a file at the path at every moment.
FileResult<void> UsersFile::keep_backup() {
    auto const spare = with_suffix(".bkp.new");
    files_->remove(spare);
    auto linked = files_->link(path_, spare);
    if (!linked && cannot_link(linked.error())) {
        auto const content = files_->read(path_);
        if (!content) return std::unexpected{content.error()};
        auto const copied = write_draft(spare, content->text);
        linked = copied ? FileResult<void>{} : std::unexpected{copied.error()};
    }
    if (!linked) return linked;
    return move_over(spare, backup());
}

FileResult<FileVersion> UsersFile::create(std::string_view text) {
    auto const draft = with_suffix(".new");
    auto version = write_draft(draft, text);
    if (!version) return version;
    if (auto const moved = move_over(draft, path_); !moved) return std::unexpected{moved.error()};
    if (auto const synced = files_->sync_directory(path_); !synced) return std::unexpected{synced.error()};
    return version;
}

FileResult<FileVersion> UsersFile::replace(std::string_view text) {
    auto const draft = with_suffix(".new");
    auto version = write_draft(draft, text);
    if (!version) return version;
    if (auto const kept = keep_backup(); !kept) {
        files_->remove(draft);
        return std::unexpected{kept.error()};
    }
    if (auto const moved = move_over(draft, path_); !moved) return std::unexpected{moved.error()};
    if (auto const synced = files_->sync_directory(path_); !synced) {
        // The new content may not survive a power loss. The caller will report that the change failed, so the old
        // content must be restored.
        auto const spare = with_suffix(".bkp.new");
        files_->remove(spare);
        bool const is_restored = files_->link(backup(), spare) && move_over(spare, path_) && files_->sync_directory(path_);
        auto error = synced.error();
        error.is_outcome_unknown = !is_restored;
        return std::unexpected{error};
    }
    return version;
}

}  // namespace warder::store
