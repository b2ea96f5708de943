// SPDX-License-Identifier: MIT
#pragma once

#include "store/users_json/file_port.hpp"
#include "warder/audit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The lines of an audit file; see `AuditFile`.
namespace warder::store {

struct AuditLine {
    authority::AuditRecord record;  ///< Only the id is set if `is_event` is false.
    std::string over;               ///< The version of the users' file that the change replaces; empty if it replaces none.
    bool is_event = true;           ///< If false, the line only records the last id that was used.
};

void append_audit_line(std::string& out, AuditLine const& line);
/// @return nullopt if the text is not a valid line.
[[nodiscard]] std::optional<AuditLine> read_audit_line(std::string_view text);

/// Returns the name of a version in a line. No other file has the same inode as long as the file exists, under its own
/// name or as the backup.
[[nodiscard]] std::string name_of(FileVersion const& version);

/// Returns the next bytes of an open file from this offset on; empty at its end.
FileResult<std::string> read_piece(FileVersion const& file, std::int64_t offset);

/// Reads the lines of an open file from its end to its beginning.
class ReverseLineReader {
  public:
    explicit ReverseLineReader(FileVersion const& file) : file_{&file}, begin_{file.size} {}

    struct Line {
        std::string_view text;  ///< Without the newline. Valid until the next call.
        std::int64_t offset;    ///< Of its first byte.
        bool is_complete;       ///< Ends with a newline; false only for the last line of the file, if that was cut off.
    };
    /// Returns the previous line; nullopt at the beginning of the file.
    FileResult<std::optional<Line>> next();

  private:
    FileVersion const* file_;
    std::int64_t begin_;    ///< The file was read from this offset to its end.
    std::string buffer_{};  ///< From `begin_` to the end of the next line to be returned, without its newline.
    std::string line_{};
    bool is_cut_ = false;  ///< The next line to be returned has no newline.
    bool has_begun_ = false;
    bool is_done_ = false;
};

}  // namespace warder::store
