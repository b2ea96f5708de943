// SPDX-License-Identifier: MIT
#include "store/users_json/audit_file.hpp"

#include "files/posix_file.hpp"
#include "store/users_json/audit_line.hpp"

#include <cerrno>
#include <string>
#include <utility>

namespace warder::store {
namespace {

using authority::AuditEvent;
using authority::AuditQuery;
using authority::AuditRecord;

constexpr std::int64_t kSmall = 1 << 20;
constexpr std::chrono::hours kRewriteEvery{1};

/// The old events at the beginning of the file, up to the first that is not old.
struct Old {
    std::int64_t events = 0;
    std::int64_t end = 0;  ///< The offset after the last of them.
    std::int64_t last_id = 0;
};

FileResult<Old> find_old(FileVersion const& file, Instant before) {
    Old old;
    std::string buffer;
    for (std::int64_t read_to = 0;;) {
        std::size_t start = 0;
        for (auto newline = buffer.find('\n'); newline != std::string::npos; newline = buffer.find('\n', start)) {
            auto const line = read_audit_line(std::string_view{buffer}.substr(start, newline - start));
            if (line && line->is_event && line->record.event.time >= before) return old;
            old.end += static_cast<std::int64_t>(newline + 1 - start);
            start = newline + 1;
            if (!line) continue;
            old.events += line->is_event ? 1 : 0;
            old.last_id = line->record.id;
        }
        buffer.erase(0, start);
        auto const piece = read_piece(file, read_to);
        if (!piece) return std::unexpected{piece.error()};
        if (piece->empty()) return old;
        read_to += static_cast<std::int64_t>(piece->size());
        buffer += *piece;
    }
}

}  // namespace

/// Finds the last id and removes the lines that must not stay.
FileResult<void> AuditFile::examine(FileVersion const& file, FileVersion const& present) {
    auto const doubtful = name_of(present);
    ReverseLineReader lines{file};
    auto end = file.size;
    std::int64_t last_id = 0;
    for (;;) {
        auto const line = lines.next();
        if (!line) return std::unexpected{line.error()};
        if (!*line) break;
        auto const read = (*line)->is_complete ? read_audit_line((*line)->text) : std::nullopt;
        // A complete line that can't be read was not written by this process, so it stays.
        bool const stays = (*line)->is_complete && !(read && read->over == doubtful);
        if (!stays) end = (*line)->offset;
        if (!stays || !read) continue;
        last_id = read->record.id;
        break;
    }
    if (end != file.size)
        if (auto const truncate = files_->truncate(path_, end); !truncate) return truncate;
    auto version = files_->version_at(path_);
    if (!version) return std::unexpected{version.error()};
    known_ = Known{.version = std::move(*version), .last_id = last_id};
    return {};
}

FileResult<void> AuditFile::check_presence() {
    auto const there = files_->version_at(path_);
    if (there) was_there_ = true;
    else if (was_there_) return std::unexpected{there.error()};
    return {};
}

FileResult<void> AuditFile::settle(FileVersion const& present) {
    known_.reset();
    auto const file = files_->open(path_);
    if (!file && file.error().number == ENOENT) return {};
    if (!file) return std::unexpected{file.error()};
    return examine(*file, present);
}

FileResult<void> AuditFile::append(std::span<AuditEvent const> events, FileVersion const& present, bool replaces_it) {
    if (events.empty()) return {};
    if (auto const there = files_->version_at(path_); !there || !is_known(*there))
        if (auto settled = settle(present); !settled) return settled;
    auto id = known_ ? known_->last_id : 0;
    std::string text;
    for (auto const& event : events)
        append_audit_line(text, {.record = {.id = ++id, .event = event}, .over = replaces_it ? name_of(present) : std::string{}});
    auto version = files_->append(path_, text);
    if (!version) {
        // A part of the text may be in the file; it must not count as written.
        auto const before = known_ ? known_->version.size : 0;
        if (!files_->truncate(path_, before)) known_.reset();
        return std::unexpected{version.error()};
    }
    version->file.reset();
    known_ = Known{.version = std::move(*version), .last_id = id};
    return {};
}

FileResult<std::int64_t> AuditFile::purge(Instant before) {
    auto const file = files_->open(path_);
    if (!file && file.error().number == ENOENT) return 0;
    if (!file) return std::unexpected{file.error()};
    auto const now = std::chrono::steady_clock::now();
    if (file->size > kSmall && rewritten_ && now < *rewritten_ + kRewriteEvery) return 0;
    auto const old = find_old(*file, before);
    if (!old) return std::unexpected{old.error()};
    if (old->events == 0) return 0;
    std::string head;
    // If no event stays, nothing else would record the last id that was used.
    if (old->end == file->size) append_audit_line(head, {.record = {.id = old->last_id, .event = {}}, .over = {}, .is_event = false});
    if (auto replaced = replace(head, *file, old->end); !replaced) return std::unexpected{replaced.error()};
    rewritten_ = now;
    return old->events;
}

FileResult<void> AuditFile::replace(std::string_view head, FileVersion const& file, std::int64_t from) {
    known_.reset();
    auto const draft = files::with_suffix(path_, ".new");
    files_->remove(draft);  // left by a process that was killed
    auto const written = files_->write_tail(draft, head, file, from);
    auto done = written ? files_->sync(*written) : std::unexpected{written.error()};
    if (done) done = files_->rename(draft, path_);
    if (!done) files_->remove(draft);
    return done ? files_->sync_directory(path_) : done;
}

FileResult<std::vector<AuditRecord>> AuditFile::read(AuditQuery const& query, FileVersion const& present) const {
    std::vector<AuditRecord> records;
    auto const file = files_->open(path_);
    if (!file && file.error().number == ENOENT) return records;
    if (!file) return std::unexpected{file.error()};
    auto const doubtful = name_of(present);
    ReverseLineReader lines{*file};
    while (records.size() < query.limit) {
        auto const line = lines.next();
        if (!line) return std::unexpected{line.error()};
        if (!*line) break;
        auto read = (*line)->is_complete ? read_audit_line((*line)->text) : std::nullopt;
        if (!read || !read->is_event) continue;
        // This event belongs to a change that is not in the version read here, and so do all events after it.
        if (read->over == doubtful) records.clear();
        else if (!query.before || read->record.id < *query.before) records.push_back(std::move(read->record));
    }
    return records;
}

}  // namespace warder::store
