// SPDX-License-Identifier: MIT
#include "store/sqlite/backup.hpp"

#include "files/posix_file.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/schema.hpp"

#include <cstring>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace warder::store {
namespace {

using Outcome = std::expected<void, std::string>;

std::unexpected<std::string> write_failure(int error) { return std::unexpected{std::string{"the copy can't be written: "} + std::strerror(error)}; }

/// Creates an empty file that only its owner can read. SQLite would create it with the permissions that the process's
/// umask allows.
Outcome make_file(std::filesystem::path const& path) {
    files::File const file{path, O_RDWR | O_CREAT | O_EXCL};
    if (file.error() != 0) return write_failure(file.error());
    return {};
}

/// Makes the file durable. SQLite doesn't call fsync for `VACUUM INTO`.
Outcome sync(std::filesystem::path const& path) {
    files::File const file{path, O_RDONLY};
    auto const error = file.error() != 0 ? file.error() : files::sync(file.get());
    if (error != 0) return write_failure(error);
    return {};
}

Outcome write_copy(std::filesystem::path const& from, std::filesystem::path const& to) {
    auto const connection = Connection::open(from, Connection::Access::kReadWrite);
    if (!connection) return std::unexpected{message(connection.error())};
    if (auto const marks = read_schema_version(**connection); !marks) return std::unexpected{marks.error()};
    std::error_code unknown;
    auto const file = std::filesystem::absolute(to, unknown);
    if (unknown) return std::unexpected{unknown.message()};
    // VACUUM INTO reads one snapshot. Unlike the backup API, it doesn't restart when others commit, and it copies no
    // free pages.
    auto statement = (*connection)->prepare("VACUUM INTO ?");
    if (!statement) return std::unexpected{message(statement.error())};
    if (auto const copied = statement->bind(std::string_view{file.native()}).run(); !copied)
        return std::unexpected{"can't be copied: " + copied.error().message};
    return {};
}

std::expected<Contents, std::string> read_copy(std::filesystem::path const& path) {
    auto const connection = Connection::open(path, Connection::Access::kReadOnly);
    if (!connection) return std::unexpected{"the copy: " + message(connection.error())};
    if (auto damage = find_damage(**connection)) return std::unexpected{"the copy: " + *damage};
    auto const users = (*connection)->integer("SELECT count(*) FROM users");
    auto const tokens = (*connection)->integer("SELECT count(*) FROM tokens");
    if (!users || !tokens) return std::unexpected{"the copy: " + message(users ? tokens.error() : users.error())};
    return Contents{.users = *users, .tokens = *tokens};
}

std::expected<Contents, std::string> copy_and_read(std::filesystem::path const& from, std::filesystem::path const& to) {
    if (auto written = write_copy(from, to); !written) return std::unexpected{std::move(written.error())};
    if (auto synced = sync(to); !synced) return std::unexpected{std::move(synced.error())};
    return read_copy(to);
}

}  // namespace

std::expected<Contents, OpenError> copy_sqlite(std::filesystem::path const& from, std::filesystem::path const& to) {
    auto const failure = [&](std::string const& why) { return std::unexpected{OpenError{"store " + from.string() + ": " + why}}; };
    if (auto const error = validate_file(from)) return failure(*error);
    if (auto const made = make_file(to); !made) return failure(made.error());
    auto const contents = copy_and_read(from, to);
    if (contents) return *contents;
    ::unlink(to.c_str());
    return failure(contents.error());
}

}  // namespace warder::store
