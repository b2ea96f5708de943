// SPDX-License-Identifier: MIT
#pragma once

#include "store/users_json/file_port.hpp"
#include "warder/audit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The lines of an audit file, see `AuditFile`.
namespace warder::store {

struct AuditLine {
    authority::AuditRecord record;  ///< The id alone where `is_event` is false.
    std::string over;               ///< The version of the users' file that the change replaces; empty: none does.
    bool is_event = true;           ///< Else it only says which ids are used up.
};

void append_audit_line(std::string& out, AuditLine const& line);
/// nullopt for what is no such line.
[[nodiscard]] std::optional<AuditLine> read_audit_line(std::string_view text);

/// How a line names a version. The inode is nobody else's as long as the file is there, under this name or as the backup.
[[nodiscard]] std::string name_of(FileVersion const& version);

/// Some of an open file from this offset on; empty at its end.
FileResult<std::string> read_piece(FileVersion const& file, std::int64_t offset);

/// Reads the lines of an open file from its end to its beginning.
class ReverseLineReader {
  public:
    explicit ReverseLineReader(FileVersion const& file) : file_{&file}, begin_{file.size} {}

    struct Line {
        std::string_view text;  ///< Without its end; lives until the next call.
        std::int64_t offset;    ///< Of its first byte.
        bool is_whole;          ///< It has an end: only the last one of the file may have none.
    };
    /// nullopt at the beginning of the file.
    FileResult<std::optional<Line>> next();

  private:
    FileVersion const* file_;
    std::int64_t begin_;    ///< Of what was read so far.
    std::string buffer_{};  ///< From `begin_` to the end of the line to be told next, its end not included.
    std::string told_{};
    bool is_cut_ = false;  ///< The line to be told next has no end.
    bool has_begun_ = false;
    bool is_done_ = false;
};

}  // namespace warder::store
