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

/// The audit log beside a store that has no place for one: a file to which JSON lines are appended.
///
/// An event and the change that it tells of are in two files, and a process may end between the two writes. So the event is written first, with the
/// version of the other file that the change is going to replace: as long as that very version is still there, the change has not happened, and the
/// event counts for nothing. Whoever writes next cuts it off.
///
/// All but `read` is for whoever holds the store's lock, one thread at a time; any thread may read.
class AuditFile {
  public:
    AuditFile(std::filesystem::path path, FilePort& files) : path_{std::move(path)}, files_{&files} {}

    /// Whether the file, if there was one, is still there.
    FileResult<void> look();
    /// Durable when it returns. What fails adds nothing.
    /// @param present  the version of the users' file that is there. @param replaces_it  whether the events tell of a change that comes next.
    FileResult<void> append(std::span<authority::AuditEvent const> events, FileVersion const& present, bool replaces_it);
    /// Whoever writes next settles first: memory ended a call, and nobody knows what it had written.
    void forget() noexcept { known_.reset(); }
    /// Cuts off what tells of changes that didn't happen, and what a process left half-written.
    FileResult<void> settle(FileVersion const& present);
    /// Writes the file anew without the events from before `before` at its beginning, up to the first that is not, if there are any; a large one not
    /// more than once an hour.
    /// @return how many are gone.
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
    std::optional<Known> known_;  ///< As this process left the file.
    bool was_there_ = false;
    std::optional<std::chrono::steady_clock::time_point> rewritten_;
};

}  // namespace warder::store
