// SPDX-License-Identifier: MIT
#include "store/postgres/schema.hpp"

#include "core/try.hpp"

#include <array>
#include <cstdint>

namespace warder::store::postgres {
namespace {

// Each step upgrades the schema from its index in this list to the next version. A released step never changes.
constexpr auto kSteps = std::to_array<char const*>({
    R"(
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- never used again, so that a later user of the name inherits nothing
    name text COLLATE "C" NOT NULL,
    folded_name text COLLATE "C" NOT NULL UNIQUE,  -- ASCII letters in lower case
    password_hash text NOT NULL,
    is_admin boolean NOT NULL,
    created_at bigint NOT NULL,
    token_count bigint NOT NULL DEFAULT 0,
    ceiling text  -- a JSON array of grants; null: no limit
);
CREATE TABLE tokens (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- the order of minting
    id bytea NOT NULL UNIQUE CHECK (length(id) = 16),
    owner bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    key_id text NOT NULL,
    description text COLLATE "C" NOT NULL,
    life double precision NOT NULL,
    ends_at bigint NOT NULL,  -- expires_at, or the end of an overlap
    successor bytea CHECK (length(successor) = 16),
    is_edited boolean NOT NULL,
    policy text  -- a JSON object of all limits; null: no limits
);
CREATE INDEX tokens_by_owner ON tokens (owner, seq);
CREATE INDEX tokens_by_description ON tokens (owner, description);
CREATE INDEX tokens_by_end ON tokens (ends_at);
CREATE INDEX replaced_by_end ON tokens (ends_at) WHERE successor IS NOT NULL;
CREATE TABLE uses (
    token bigint PRIMARY KEY REFERENCES tokens (seq) ON DELETE CASCADE,
    use_count bigint NOT NULL,
    last_used_at bigint NOT NULL,
    last_used_from bytea NOT NULL CHECK (length(last_used_from) = 16),
    run bigint NOT NULL,  -- the run of a node that was stored last, and the last batch of its uses that the count includes
    batch bigint NOT NULL
);
CREATE TABLE sessions (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- the order of sign-ins
    id_digest bytea NOT NULL UNIQUE CHECK (length(id_digest) = 32),
    owner bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_digest bytea NOT NULL CHECK (length(password_digest) = 32),  -- of the hash in users, at sign-in
    begun_at bigint NOT NULL,  -- in milliseconds, like the next one
    used_at bigint NOT NULL  -- the last use, within about a minute
);
CREATE INDEX sessions_by_owner ON sessions (owner, seq);
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time bigint NOT NULL,
    actor text,  -- names, not references: users go, what they did stays
    address text,
    action text NOT NULL,
    target text NOT NULL
);
CREATE TABLE changes (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    owner bigint NOT NULL,  -- 0: the signing keys have changed
    token bytea,  -- one of that user's
    session bytea  -- the id_digest of one of that user's; without a token or a session the user has changed
);
CREATE INDEX changes_by_xid ON changes (xid);
CREATE TABLE signing_keys (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    origin bigint NOT NULL,  -- 0: first, 1: rotation, 2: imported
    is_everywhere boolean NOT NULL,
    sealed bytea NOT NULL
);
-- The servers that follow this database. One that has not been heard of any more accepts no tokens after live_until.
CREATE TABLE nodes (
    run bigint PRIMARY KEY,
    name text NOT NULL,
    live_until timestamptz NOT NULL,
    lifetime double precision NOT NULL,  -- in seconds, from each heartbeat to live_until
    keys text[] NOT NULL,  -- the ids of the signing keys that it can use
    signing text NOT NULL,  -- the id of the one that it signs with
    signing_since xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- each transaction that signed with another key has a lower number
    waits text[] NOT NULL  -- what it has read of the next table, as run:number
);
-- The servers that wait until the others have applied what they committed. A snapshot with a number has all changes that were acknowledged before it was
-- written. A run never writes a number again.
CREATE TABLE waits (
    run bigint PRIMARY KEY,
    number bigint NOT NULL
);
-- The last commit of each run of a node, by which the outcome of a commit is found out after the connection was lost.
CREATE TABLE commits (
    run bigint PRIMARY KEY,
    number bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
-- How the change log is trimmed: only changes up to a boundary are deleted, and of those none that was still being committed. A reader that has read
-- its number has read the others.
CREATE TABLE trims (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number bigint NOT NULL DEFAULT 0,
    last xid8 NOT NULL DEFAULT '0',
    running xid8[] NOT NULL DEFAULT '{}',
    deleting bigint NOT NULL DEFAULT 0  -- the number of the boundary up to which changes were last deleted
);
INSERT INTO trims DEFAULT VALUES;
)",
    R"(
-- Null: never, as far as is known.
ALTER TABLE users ADD COLUMN last_sign_in_at bigint;
CREATE INDEX tokens_by_key ON tokens (key_id);
)"});

constexpr std::int64_t kVersion = kSteps.size();

std::string message(PgError const& error) { return "can't be prepared: " + error.message; }

/// Returns the version of the schema; 0 if there is none.
Pg<std::int64_t> read_version(Connection& connection) {
    // Names that were looked up before another node created the schema may be cached, so the catalog itself is asked.
    WARDER_TRY(auto const found, connection.query("SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                                                  "n.nspname = $1 AND c.relname = 'schema_version')",
                                                  Parameters{}.add(std::string_view{connection.schema()})));
    if (!found.boolean(0, 0)) return 0;
    WARDER_TRY(auto const version, connection.query("SELECT version FROM schema_version"));
    return version.empty() ? 0 : version.integer(0, 0);
}

Pg<void> create(Connection& connection) {
    WARDER_TRY(auto const found, connection.query("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)",
                                                  Parameters{}.add(std::string_view{connection.schema()})));
    // A role that may not create schemas can use one that was created for it.
    if (!found.boolean(0, 0)) WARDER_TRY_VOID(connection.execute("CREATE SCHEMA " + quoted_name(connection.schema())));
    WARDER_TRY_VOID(connection.execute("CREATE TABLE schema_version (version bigint NOT NULL)"));
    return connection.execute("INSERT INTO schema_version VALUES (0)");
}

constexpr std::chrono::minutes kLongestStatement{5};  // an index of many million tokens

/// Runs the statements of a step, one at a time: the extended protocol takes no more.
Pg<void> apply(Connection& connection, std::string_view step) {
    while (!step.empty()) {
        auto const end = step.find(";\n");
        auto const statement = step.substr(0, end);
        if (statement.find_first_not_of(" \n") != std::string_view::npos)
            WARDER_TRY_VOID(connection.execute(std::string{statement}, kLongestStatement));
        if (end == std::string_view::npos) break;
        step.remove_prefix(end + 2);
    }
    return {};
}

/// Upgrades in one transaction, which the caller began.
std::expected<void, std::string> upgrade(Connection& connection) {
    auto const run = [](Pg<void> done) -> std::expected<void, std::string> {
        if (!done) return std::unexpected{message(done.error())};
        return {};
    };
    // Nodes that start at once wait here. The number is that of Warder's SQLite files, "Wrdr".
    WARDER_TRY_VOID(run(connection.execute("SET LOCAL lock_timeout = '60s'")));
    WARDER_TRY_VOID(run(connection.execute(
        "SELECT pg_advisory_xact_lock(1467118706, hashtext(" + std::string{"current_setting('search_path')"} + "))", std::chrono::seconds{70})));
    auto const version = read_version(connection);
    if (!version) return std::unexpected{message(version.error())};
    if (*version > kVersion) return std::unexpected{"written by a newer version of Warder; install that version"};
    if (*version == kVersion) return {};
    if (*version == 0) WARDER_TRY_VOID(run(create(connection)));
    for (auto step = static_cast<std::size_t>(*version); step < kSteps.size(); ++step) WARDER_TRY_VOID(run(apply(connection, kSteps.at(step))));
    return run(connection.execute("UPDATE schema_version SET version = " + std::to_string(kVersion)));
}

}  // namespace

Pg<bool> has_schema(Connection& connection) {
    WARDER_TRY(auto const version, read_version(connection));
    return version > 0;
}

std::expected<void, std::string> prepare_schema(Connection& connection, OpenMode mode) {
    auto const version = read_version(connection);
    if (!version) return std::unexpected{message(version.error())};
    if (*version == kVersion) return {};
    bool const must_exist = mode == OpenMode::kExisting || mode == OpenMode::kReadOnly;
    if (*version == 0 && must_exist) return std::unexpected{"empty; start the server to create the schema " + connection.schema()};
    if (*version == 0 && mode == OpenMode::kRequired) return std::unexpected{kStoreIsMissing};
    if (mode == OpenMode::kReadOnly) return std::unexpected{kIsOfAnotherVersion};
    if (auto const begun = connection.execute("BEGIN"); !begun) return std::unexpected{message(begun.error())};
    auto const upgraded = upgrade(connection);
    auto const ended = connection.execute(upgraded ? "COMMIT" : "ROLLBACK");
    if (!upgraded) return upgraded;
    if (!ended) return std::unexpected{message(ended.error())};
    return {};
}

}  // namespace warder::store::postgres
