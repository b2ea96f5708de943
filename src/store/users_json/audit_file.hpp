// SPDX-License-Identifier: MIT
#pragma once

#include "store/users_json/file_port.hpp"
#include "warder/audit.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace warder::store {

/// The audit log of a store that has no place for one: a separate file to which JSON lines are appended.
///
/// An event and the change that it describes are in two files, and a process may end between the two writes. So the
/// event is written first, together with the version of the users' file that the change will replace. As long as the
/// users' file still has that version, the change has not happened and the event doesn't count; the next writer removes
/// it.
///
/// All functions but `read` are for the holder of the store's lock, one thread at a time. `read` is thread-safe.
class AuditFile {
  public:
    AuditFile(std::filesystem::path path, FilePort& files) : path_{std::move(path)}, files_{&files} {}

    /// Checks that the file is still there, if it ever was.
    FileResult<void> check_presence();
    /// Appends events. They are durable when it returns; a failed call adds nothing.
    /// @param present  the current version of the users' file. @param replaces_it  whether the events describe a change
    /// that will replace that version.
    FileResult<void> append(std::span<authority::AuditEvent const> events, FileVersion const& present, bool replaces_it);
    /// Makes the next `append` settle first. Needed after a call that ran out of memory, since it is unknown what it wrote.
    void forget() noexcept { known_.reset(); }
    /// Removes the events of changes that didn't happen, and what a process left half-written.
    FileResult<void> settle(FileVersion const& present);
    /// Rewrites the file without the events at its beginning that are older than `before`, if there are any; stops at
    /// the first that is not older. A large file is rewritten at most once an hour.
    /// @return the number of events removed.
    FileResult<std::int64_t> purge(Instant before);

    [[nodiscard]] FileResult<std::vector<authority::AuditRecord>> read(authority::AuditQuery const& query, FileVersion const& present) const;

  private:
    struct Known {
        FileVersion version;
        std::int64_t last_id = 0;
    };
    [[nodiscard]] bool is_known(FileVersion const& version) const noexcept { return known_ && known_->version == version; }
    FileResult<void> replace(std::string_view head, FileVersion const& file, std::int64_t from);
    FileResult<void> examine(FileVersion const& file, FileVersion const& present);

    std::filesystem::path path_;
    FilePort* files_;
    std::optional<Known> known_;  ///< The state in which this process left the file.
    bool was_there_ = false;
    std::optional<std::chrono::steady_clock::time_point> rewritten_;
};

}  // namespace warder::store
