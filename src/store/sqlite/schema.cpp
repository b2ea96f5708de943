// SPDX-License-Identifier: MIT
#include "store/sqlite/schema.hpp"

#include <array>

namespace warder::store {
namespace {

constexpr std::int64_t kApplicationId = 0x57726472;  // "Wrdr"

// Each step upgrades the schema from its index in this list to the next version. A released step never changes.
constexpr auto kSteps = std::to_array<char const*>({
    R"(
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so that a later user of the name inherits nothing
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    password_hash TEXT NOT NULL,
    is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    created_at INTEGER NOT NULL,
    token_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE tokens (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of minting; rows are appended, so that a mint touches few pages
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    owner INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    description TEXT NOT NULL,
    life REAL NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,  -- expires_at, or the end of an overlap
    successor BLOB CHECK (length(successor) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    key_id TEXT NOT NULL,
    is_edited INTEGER NOT NULL DEFAULT 0 CHECK (is_edited IN (0, 1))
) STRICT;
CREATE INDEX tokens_by_description ON tokens (owner, description);
CREATE INDEX tokens_by_end ON tokens (ends_at);
CREATE INDEX replaced_by_end ON tokens (ends_at) WHERE successor IS NOT NULL;
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER,  -- exactly one of the two is set
    token BLOB
) STRICT;
)",
    R"(
-- Ids are random, and an index of all of them spread the mints of a batch over as many pages as there are tokens. With the owner first, what one
-- user mints or asks for touches no more pages than their own tokens fill.
CREATE TABLE tokens_with_owner (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL CHECK (length(id) = 16),
    owner INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    description TEXT NOT NULL,
    life REAL NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    successor BLOB CHECK (length(successor) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    key_id TEXT NOT NULL,
    is_edited INTEGER NOT NULL DEFAULT 0 CHECK (is_edited IN (0, 1))
) STRICT;
INSERT INTO tokens_with_owner SELECT * FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_with_owner RENAME TO tokens;
CREATE UNIQUE INDEX tokens_by_id ON tokens (owner, id);
CREATE INDEX tokens_by_description ON tokens (owner, description);
CREATE INDEX tokens_by_end ON tokens (ends_at);
CREATE INDEX replaced_by_end ON tokens (ends_at) WHERE successor IS NOT NULL;

-- Who followed the changes before starts over: the numbers go on, and none that could have been told is left.
ALTER TABLE changes RENAME TO old_changes;
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL,
    token BLOB  -- one of that user's; without one the user has changed
) STRICT;
INSERT INTO changes (seq, user) SELECT max(seq) + 1, 0 FROM old_changes HAVING count(*) > 0;
DROP TABLE old_changes;
)",
    R"(
ALTER TABLE users ADD COLUMN ceiling TEXT;  -- JSON arrays of grants; null: no limit
ALTER TABLE tokens ADD COLUMN endpoints TEXT;
)",
    R"(
-- Of tokens that were used. Apart from them: uses are written in crowds, and these rows are short. A step that makes the table of tokens anew must
-- carry these along, which go with what they refer to.
CREATE TABLE uses (
    token INTEGER PRIMARY KEY REFERENCES tokens (seq) ON DELETE CASCADE,
    use_count INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    last_used_from BLOB NOT NULL CHECK (length(last_used_from) = 16),
    run INTEGER NOT NULL,  -- the life of the process that counted last, and how many of its own uses are in the count: it may tell them again
    counted INTEGER NOT NULL
) STRICT;
)",
    R"(
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, though old events go
    time INTEGER NOT NULL,
    actor TEXT,  -- names, not references: users go, what they did stays
    address TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_events_stay_as_they_are BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END;
)",
    R"(
-- Its entries of one owner are in the order of minting, by which lists are read piece by piece: without it each piece sorts all tokens of its owner.
CREATE INDEX tokens_by_owner ON tokens (owner);
)",
    R"(
-- The last batch of uses of its run that the count includes. A total that an earlier version left here belongs to a run that has ended.
ALTER TABLE uses RENAME COLUMN counted TO batch;
)",
    R"(
-- A JSON object of all limits, so that a new limit needs no column; null: no limits.
ALTER TABLE tokens ADD COLUMN policy TEXT;
UPDATE tokens SET policy = '{"endpoints":' || endpoints || '}' WHERE endpoints IS NOT NULL;
ALTER TABLE tokens DROP COLUMN endpoints;
)",
    R"(
ALTER TABLE users ADD COLUMN last_sign_in_at INTEGER;  -- null: never, as far as is known
)"});

std::expected<void, std::string> apply(Connection& connection, std::int64_t version) {
    auto const run = [&](char const* sql) -> std::expected<void, std::string> {
        if (auto const done = connection.execute(sql); !done) return std::unexpected{message(done.error())};
        return {};
    };
    for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step)
        if (auto done = run(kSteps.at(step)); !done) return done;
    auto const marks = "PRAGMA application_id = " + std::to_string(kApplicationId) + "; PRAGMA user_version = " + std::to_string(kSteps.size()) + ";";
    return run(marks.c_str());
}

}  // namespace

std::string message(SqliteError const& error) { return "can't be read: " + error.message; }

std::expected<std::int64_t, std::string> read_schema_version(Connection& connection) {
    auto const application = connection.integer("PRAGMA application_id");
    auto const version = connection.integer("PRAGMA user_version");
    auto const tables = connection.integer("SELECT count(*) FROM sqlite_schema");
    if (!application) return std::unexpected{message(application.error())};
    if (!version) return std::unexpected{message(version.error())};
    if (!tables) return std::unexpected{message(tables.error())};
    bool const is_new = *tables == 0 && *application == 0 && *version == 0;
    if (!is_new && *application != kApplicationId) return std::unexpected{"this is the database of another program"};
    if (*version > static_cast<std::int64_t>(kSteps.size()) || *version < 0)
        return std::unexpected{"written by a newer version of Warder; install that version"};
    return *version;
}

bool is_present_version(std::int64_t version) noexcept { return version == static_cast<std::int64_t>(kSteps.size()); }

std::expected<void, std::string> migrate(Connection& connection) {
    // Two processes may start at the same time, so the lock comes first.
    if (auto const begun = connection.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected{message(begun.error())};
    auto const undo = [&](std::string why) {
        static_cast<void>(connection.execute("ROLLBACK"));
        return std::unexpected{std::move(why)};
    };
    auto const version = read_schema_version(connection);
    if (!version) return undo(version.error());
    if (*version < static_cast<std::int64_t>(kSteps.size()))
        if (auto const applied = apply(connection, *version); !applied) return undo(applied.error());
    if (auto const committed = connection.execute("COMMIT"); !committed) return undo(message(committed.error()));
    return {};
}

}  // namespace warder::store
