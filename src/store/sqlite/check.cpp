// SPDX-License-Identifier: MIT
#include "store/sqlite/check.hpp"

#include "files/posix_file.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/transaction.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace warder::store {
namespace {

constexpr std::string_view kOpenToOthers = "accessible to other users; run chmod 600 on it";

std::string explain(std::string_view what, int error) { return std::string{what}.append(": ").append(std::strerror(error)); }

std::optional<std::string> validate_kind(struct stat const& facts) {
    if (S_ISLNK(facts.st_mode)) return "symbolic links are not allowed; name the file itself";
    if (!S_ISREG(facts.st_mode)) return "not a regular file";
    return std::nullopt;
}

std::string describe_empty(OpenMode mode) {
    if (mode == OpenMode::kRequired) return kStoreIsMissing;
    return "empty; restore it from a backup or, if it never had any content, let 'warder serve' create it again";
}

bool is_open_to_others(struct stat const& facts) { return (facts.st_mode & 0077U) != 0; }

/// Returns 0 if this process has the access that `wanted` names, else the `errno`.
int denial(std::filesystem::path const& path, int wanted) { return ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0 ? 0 : errno; }

/// Checks the store, its write-ahead log or its shared-memory file. SQLite creates the latter two with the owner and
/// permissions of the store, and must be able to write them.
/// @return whether this process can use the file.
bool validate_part(std::filesystem::path const& part, struct stat const& facts, struct stat const& store, std::vector<std::string>& problems) {
    auto const add = [&](std::string_view what) { problems.push_back("store " + part.string() + ": " + std::string{what}); };
    if (is_open_to_others(facts)) add(kOpenToOthers);
    if (facts.st_uid != store.st_uid) add("not owned by the owner of the store; run chown on it");
    auto const error = denial(part, R_OK | W_OK);
    if (error != 0) add(explain("this user can't read and write it", error));
    return error == 0;
}

std::optional<std::string> find_content_problem(std::filesystem::path const& path, OpenMode mode) {
    struct stat before{};
    // SQLite would delete the log of an empty database, from which the database might be repaired.
    if (::lstat(path.c_str(), &before) == 0 && before.st_size == 0) return describe_empty(mode);
    auto const connection = Connection::open(path, Connection::Access::kReadWrite);
    if (!connection) return message(connection.error());
    if (has_log(path)) (*connection)->keep_log();
    auto const marks = validate_content(**connection, mode);
    if (!marks) return marks.error();
    if (auto damage = find_damage(**connection)) return damage;
    // The rows of an older version can only be checked after the upgrade.
    auto const rows = is_present_version(*marks) ? find_damaged_rows(**connection) : DamagedRows{};
    if (!rows) return message(rows.error());
    if (!rows->empty()) return describe(*rows) + "; restore them from a backup or delete them";
    // SQLite reads the missing part of a truncated last page as zeros.
    auto const page = (*connection)->integer("PRAGMA page_size");
    struct stat facts{};
    if (page && ::lstat(path.c_str(), &facts) == 0 && facts.st_size % *page != 0)
        return "damaged: the end of the file is missing; restore it from a backup";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> validate_file(struct stat const& facts) {
    if (auto error = validate_kind(facts)) return error;
    if (is_open_to_others(facts)) return std::string{kOpenToOthers};
    return std::nullopt;
}

std::optional<std::string> validate_file(std::filesystem::path const& path, OpenMode mode) {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) == 0) {
        // SQLite would delete the log of an empty database, from which the database might be repaired.
        if (auto error = validate_file(facts)) return error;
        if (facts.st_size == 0 && mode != OpenMode::kCreate) return describe_empty(mode);
        return std::nullopt;
    }
    auto const error = errno;
    if (error == ENOENT && mode == OpenMode::kRequired) return kStoreIsMissing;
    if (error == ENOENT) return "no store found; 'warder serve' creates one";
    return explain("can't be opened", error);
}

bool has_log(std::filesystem::path const& path) {
    struct stat facts{};
    return ::lstat(files::with_suffix(path, "-wal").c_str(), &facts) == 0 && facts.st_size > 0;
}

std::expected<std::int64_t, std::string> validate_content(Connection& connection, OpenMode mode) {
    auto marks = read_schema_version(connection);
    if (marks && *marks == kNoSchema && mode != OpenMode::kCreate) return std::unexpected{describe_empty(mode)};
    return marks;
}

std::optional<std::string> find_damage(Connection& connection) {
    auto verdict = connection.text("PRAGMA quick_check(1)");
    if (!verdict) return message(verdict.error());
    if (*verdict == "ok") return std::nullopt;
    // SQLite names the damaged database on a line of its own; there is only one.
    return "damaged: " + verdict->substr(verdict->rfind('\n') + 1) + "; restore it from a backup";
}

Sqlite<DamagedRows> find_damaged_rows(Connection& connection) {
    DamagedRows damaged;
    auto users = connection.prepare("SELECT " WARDER_USER_COLUMNS " FROM users ORDER BY id");
    if (!users) return std::unexpected{users.error()};
    for (auto row = users->step();; row = users->step()) {
        if (!row) return std::unexpected{row.error()};
        if (!*row) break;
        if (!read_user(*users, 0)) damaged.add_user(user_location(users->integer(0)));
    }
    auto tokens =
        connection.prepare("SELECT " WARDER_TOKEN_IDENTITY ", " WARDER_TOKEN_STATE ", NULL, NULL, NULL, NULL, NULL, seq FROM tokens ORDER BY seq");
    if (!tokens) return std::unexpected{tokens.error()};
    constexpr int kSeq = 17;
    for (auto row = tokens->step();; row = tokens->step()) {
        if (!row) return std::unexpected{row.error()};
        if (!*row) return damaged;
        if (!read_token(*tokens, 0)) damaged.add_token(token_location(tokens->integer(kSeq)));
    }
}

std::vector<std::string> find_sqlite_problems(std::filesystem::path const& path, OpenMode mode) {
    std::vector<std::string> problems;
    auto const add = [&](std::string const& what) { problems.push_back("store " + path.string() + ": " + what); };
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0) {
        add(*validate_file(path, mode));
        return problems;
    }
    if (auto const error = validate_kind(facts)) {
        add(*error);
        return problems;
    }
    bool may_open = validate_part(path, facts, facts, problems);
    for (auto const* const suffix : {"-wal", "-shm"}) {
        auto part = path;
        part += suffix;
        struct stat part_facts{};
        if (::lstat(part.c_str(), &part_facts) == 0) may_open = validate_part(part, part_facts, facts, problems) && may_open;
    }
    auto const directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    if (auto const error = denial(directory, W_OK | X_OK); error != 0) {
        add(explain("this user can't write to its directory, which must hold the write-ahead log", error));
        may_open = false;
    }
    // If the system denies access, that was reported above; SQLite would only repeat it in other words.
    if (may_open)
        if (auto const error = find_content_problem(path, mode)) add(*error);
    return problems;
}

}  // namespace warder::store
