// SPDX-License-Identifier: MIT
#include "store/users_json/audit_line.hpp"

#include "core/json.hpp"
#include "core/text/json_string.hpp"
#include "core/text/utf8.hpp"
#include "files/posix_file.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace warder::store {
namespace {

constexpr std::int64_t kChunk = 65'536;
constexpr std::string_view kReading = "reading the audit log";

void append_text(std::string& out, std::string_view key, std::optional<std::string> const& text) {
    out.append(",\"").append(key).append("\":");
    // The name of a system account may not be valid UTF-8.
    if (!text) out += "null";
    else if (core::is_utf8(*text)) core::append_ascii_json_string(out, *text);
    else out += R"("?")";
}

/// Returns the text of a member, with an inner nullopt for null. Returns nullopt if it is missing or has another type.
std::optional<std::optional<std::string>> text_or_null(boost::json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains({key.data(), key.size()});
    if (value == nullptr) return std::nullopt;
    if (value->is_null()) return std::optional<std::string>{};
    if (!value->is_string()) return std::nullopt;
    return std::optional{std::string{value->get_string().data(), value->get_string().size()}};
}

std::optional<std::int64_t> integer_of(boost::json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains({key.data(), key.size()});
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

}  // namespace

void append_audit_line(std::string& out, AuditLine const& line) {
    auto const& [id, event] = line.record;
    if (!line.is_event) {
        out.append("{\"last_id\":").append(std::to_string(id)).append("}\n");
        return;
    }
    out.append("{\"id\":").append(std::to_string(id)).append(",\"time\":").append(std::to_string(event.time.time_since_epoch().count()));
    append_text(out, "actor", event.actor);
    append_text(out, "address", event.address);
    append_text(out, "action", event.action);
    append_text(out, "target", event.target);
    if (!line.over.empty()) append_text(out, "over", line.over);
    out += "}\n";
}

std::optional<AuditLine> read_audit_line(std::string_view text) {
    auto const value = core::read_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    auto const& object = value->get_object();
    AuditLine line;
    if (auto const last_id = integer_of(object, "last_id")) {
        line.record.id = *last_id;
        line.is_event = false;
        return line;
    }
    auto const id = integer_of(object, "id");
    auto const time = integer_of(object, "time");
    auto actor = text_or_null(object, "actor");
    auto address = text_or_null(object, "address");
    auto action = text_or_null(object, "action");
    auto target = text_or_null(object, "target");
    if (!id || !time || !actor || !address || !action || !*action || !target || !*target) return std::nullopt;
    line.record = {.id = *id,
                   .event = {.time = Instant{std::chrono::seconds{*time}},
                             .actor = std::move(*actor),
                             .address = std::move(*address),
                             .action = std::move(**action),
                             .target = std::move(**target)}};
    if (auto over = text_or_null(object, "over"); over && *over) line.over = std::move(**over);
    return line;
}

std::string name_of(FileVersion const& version) {
    return std::to_string(version.inode) + ':' + std::to_string(version.seconds) + '.' + std::to_string(version.nanoseconds) + ':' +
           std::to_string(version.size);
}

FileResult<std::string> read_piece(FileVersion const& file, std::int64_t offset) {
    std::string piece(kChunk, '\0');
    std::size_t size = 0;
    while (size < piece.size()) {
        auto const count = files::uninterrupted(
            [&] { return ::pread(file.file->get(), piece.data() + size, piece.size() - size, offset + static_cast<std::int64_t>(size)); });
        if (count < 0) return std::unexpected{FileError{.doing = kReading, .number = errno}};
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    piece.resize(size);
    return piece;
}

FileResult<std::optional<ReverseLineReader::Line>> ReverseLineReader::next() {
    if (is_done_) return std::optional<Line>{};
    for (;;) {
        auto const newline = buffer_.rfind('\n');
        if (newline != std::string::npos || (begin_ == 0 && has_begun_)) break;
        auto const size = std::min(begin_, kChunk);
        auto chunk = read_piece(*file_, begin_ - size);
        if (!chunk) return std::unexpected{chunk.error()};
        // Another process may truncate the file at any time.
        if (static_cast<std::int64_t>(chunk->size()) < size && has_begun_) return std::unexpected{FileError{.doing = kReading, .number = EIO}};
        chunk->resize(std::min(chunk->size(), static_cast<std::size_t>(size)));
        begin_ -= size;
        buffer_.insert(0, *chunk);
        if (!std::exchange(has_begun_, true)) {
            if (buffer_.empty()) {
                is_done_ = true;
                return std::optional<Line>{};
            }
            // A newline at the end of the file ends the last line; it doesn't begin another one.
            if (buffer_.ends_with('\n')) buffer_.pop_back();
            else is_cut_ = true;
        }
    }
    // The returned view refers to `line_`, so the line stays valid while the caller reads it.
    auto const newline = buffer_.rfind('\n');
    auto const start = newline == std::string::npos ? 0 : newline + 1;
    line_.assign(buffer_, start);
    Line const line{.text = line_, .offset = begin_ + static_cast<std::int64_t>(start), .is_complete = !std::exchange(is_cut_, false)};
    if (newline == std::string::npos) is_done_ = true;
    else buffer_.resize(newline);
    return std::optional{line};
}

}  // namespace warder::store
