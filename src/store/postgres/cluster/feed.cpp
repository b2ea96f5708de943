// SPDX-License-Identifier: MIT
#include "store/postgres/cluster/feed.hpp"

#include "core/try.hpp"
#include "store/postgres/transaction.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace warder::store::postgres {
namespace {

using authority::Change;

constexpr std::int64_t kAtOnce = 20'000;        // rows of the complete content per statement
constexpr std::int64_t kMostChanges = 200'000;  // more are read as the complete content
constexpr std::int64_t kMostKept = 100'000;
constexpr std::int64_t kTrimmedAtOnce = 20'000;  // rows per statement, so that none takes long
constexpr char const* kNoChange = "0";           // less than any transaction number
constexpr Connection::Timeout kLoading{60'000};  // for a part of the complete content
constexpr std::string_view kNobody = "{}";
constexpr char const* kEnd = "ROLLBACK";

#define LIVE_COLUMNS "t.id, t.owner, t.ends_at, t.digest, t.is_edited, t.policy, t.seq"
constexpr int kLiveSeq = 6;  // its index among the columns above
#define SESSION_COLUMNS "s.id_digest, s.owner, s.password_digest, s.begun_at, s.used_at"

std::optional<authority::LiveToken> read_live(Rows const& rows, int row, int first) {
    authority::LiveToken token;
    TokenId::Bytes id{};
    if (!rows.bytes(row, first, id)) return std::nullopt;
    token.id = TokenId{id};
    token.owner = UserId{rows.integer(row, first + 1)};
    token.ends_at = Instant{std::chrono::seconds{rows.integer(row, first + 2)}};
    if (!rows.bytes(row, first + 3, token.digest)) return std::nullopt;
    token.is_edited = rows.boolean(row, first + 4);
    auto policy = read_policy(rows, row, first + 5);
    if (!policy) return std::nullopt;
    token.policy = std::move(*policy);
    return token;
}

template <class Kind>
void add(std::vector<Change>& changes, Kind change) {
    changes.emplace_back(std::in_place_type<Kind>, std::move(change));
}

/// Returns whether the change is one of the signing keys.
bool is_of_keys(Rows const& rows, int row) { return rows.integer(row, 0) == 0 && rows.is_null(row, 1); }

/// Ends a transaction that only reads. If it fails, the connection is lost, and the transaction with it.
void end(Connection& connection) { static_cast<void>(connection.execute(kEnd)); }

}  // namespace

DamagedRows Feed::damaged() const {
    std::scoped_lock const lock{mutex_};
    return damaged_;
}

authority::KeysInForce Feed::keys_in_force() const {
    std::scoped_lock const lock{mutex_};
    return keys_in_force_;
}

std::string Feed::waits() const {
    std::scoped_lock const lock{mutex_};
    return position_.waits;
}

bool Feed::has_pending_keys() const {
    std::scoped_lock const lock{mutex_};
    return has_pending_keys_;
}

void Feed::report(std::vector<Change> const& changes) {
    listener_->on_changes(changes);
    if (std::holds_alternative<authority::KeysReplaced>(changes.front())) keys_in_force_ = listener_->keys_in_force();
}

Pg<void> Feed::report_all(Connection& connection) {
    std::scoped_lock const lock{mutex_};
    return report_all_locked(connection);
}

Pg<void> Feed::report_once(Connection& connection) {
    std::scoped_lock const lock{mutex_};
    auto position = begin_view(connection);
    auto reported = position ? report_all_seen(connection, std::move(*position)) : std::unexpected{std::move(position.error())};
    end(connection);
    return reported;
}

Pg<void> Feed::report_all_locked(Connection& connection) {
    auto position = begin_view(connection);
    if (position && position->is_foreign) {
        end(connection);
        WARDER_TRY_VOID(remove_foreign_log(connection));
        position = begin_view(connection);
        if (position && position->is_foreign)
            position = std::unexpected{PgError{.sqlstate = "XX001", .message = "the change log is that of another server, and can't be removed"}};
    }
    auto reported = position ? report_all_seen(connection, std::move(*position)) : std::unexpected{std::move(position.error())};
    end(connection);
    return reported;
}

/// Begins a transaction that sees one snapshot, and returns the position that this is.
Pg<Feed::Position> Feed::begin_view(Connection& connection) {
    connection.defer("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // The segment of the write-ahead log names the timeline, which changes with each failover and each recovery: from
    // then on, transaction numbers mean something else.
    WARDER_TRY(auto const row,
               connection.query(
                   "SELECT 'trims'::regclass::oid::bigint, ('x' || "
                   "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint, number, deleting, (SELECT xid FROM changes ORDER BY "
                   "xid DESC LIMIT 1)::text, array(SELECT pg_snapshot_xip(pg_current_snapshot()))::text, array(SELECT run || ':' || number FROM "
                   "waits)::text, greatest(last, (SELECT xid FROM changes ORDER BY xid DESC LIMIT 1)) >= "
                   "pg_snapshot_xmax(pg_current_snapshot()), " WARDER_PG_SERVER_PROCESS_COLUMNS " FROM trims"));
    if (row.empty()) return std::unexpected{PgError{.sqlstate = "XX001", .message = "the table trims is empty"}};
    // Asking for the identity of the server each time would take it longer than everything else.
    if (read_server_process(row, 0, 8) != connection.server_process()) {
        connection.give_up();
        return std::unexpected{
            PgError{.sqlstate = "08006", .message = "another process of the server serves the connection; a pooler must be in session mode"}};
    }
    return Position{.database = {.system = connection.system(), .table = row.integer(0, 0)},
                    .timeline = row.integer(0, 1),
                    .seen = row.integer(0, 2),
                    .deleted = row.integer(0, 3),
                    .last = std::string{row.text(0, 4)},
                    .running = std::string{row.text(0, 5)},
                    .waits = std::string{row.text(0, 6)},
                    .is_foreign = row.boolean(0, 7)};
}

/// Removes what a dump of another server, which had assigned higher transaction numbers, has left of its change log. The
/// complete content must be reported afterward. Of a log that this server has written, this removes nothing.
Pg<void> Feed::remove_foreign_log(Connection& connection) {
    connection.defer("BEGIN");
    connection.defer("DELETE FROM changes WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())");
    connection.defer("DELETE FROM nodes WHERE signing_since >= pg_snapshot_xmax(pg_current_snapshot())");
    connection.defer(
        "UPDATE trims SET number = number + 1, deleting = number, last = '0', running = '{}' WHERE last >= pg_snapshot_xmax(pg_current_snapshot())");
    WARDER_TRY_VOID(connection.query("COMMIT"));
    return {};
}

Pg<void> Feed::report_all_seen(Connection& connection, Position position) {
    damaged_.clear();
    std::vector<Change> changes;
    WARDER_TRY_VOID(report_keys(connection, changes));
    add(changes, authority::Reset{});
    WARDER_TRY(auto const users, connection.query("SELECT " WARDER_PG_USER_COLUMNS " FROM users ORDER BY id", {}, kLoading));
    for (int row = 0; row < users.count(); ++row) {
        // The tokens of a user whose row is damaged are not accepted.
        if (auto user = read_user(users, row, 0)) add(changes, authority::UserUpserted{std::move(*user)});
        else damaged_.add_user(user_location(users.integer(row, 0)));
    }
    WARDER_TRY(auto const sessions, connection.query("SELECT " WARDER_PG_SESSION_COLUMNS " FROM sessions ORDER BY seq", {}, kLoading));
    for (int row = 0; row < sessions.count(); ++row)
        if (auto const session = read_session(sessions, row, 0)) add(changes, authority::SessionUpserted{*session});
    report(changes);
    for (std::int64_t last = 0;;) {
        WARDER_TRY(auto const tokens, connection.query("SELECT " LIVE_COLUMNS " FROM tokens t WHERE seq > $1 ORDER BY seq LIMIT $2",
                                                       Parameters{}.add(last).add(kAtOnce), kLoading));
        changes.clear();
        for (int row = 0; row < tokens.count(); ++row) {
            // A token whose row is damaged is not accepted.
            if (auto token = read_live(tokens, row, 0)) add(changes, authority::TokenUpserted{std::move(*token)});
            else damaged_.add_token(token_location(tokens.integer(row, kLiveSeq)));
        }
        if (tokens.count() < kAtOnce) break;
        last = tokens.integer(tokens.count() - 1, kLiveSeq);
        listener_->on_changes(changes);
    }
    add(changes, authority::ResetComplete{});
    listener_->on_changes(changes);
    if (position.last.empty()) position.last = kNoChange;
    position_ = std::move(position);
    return {};
}

Pg<void> Feed::catch_up(Connection& connection, bool ends_later) {
    std::scoped_lock const lock{mutex_};
    auto const reported = report_changes(connection);
    if (reported && *reported && ends_later) {
        connection.defer(kEnd);
        return {};
    }
    end(connection);
    if (!reported) return std::unexpected{reported.error()};
    return *reported ? Pg<void>{} : report_all_locked(connection);
}

/// @return false if the complete content must be reported instead.
Pg<bool> Feed::report_changes(Connection& connection) {
    WARDER_TRY(auto position, begin_view(connection));
    if (position.database != position_.database || position.timeline > position_.timeline) return false;
    // A server that was replaced by its standby must not be followed any further.
    if (position.timeline < position_.timeline)
        return std::unexpected{PgError{.sqlstate = "08006", .message = "the server is behind another one that this node has already followed"}};
    if (position.is_foreign) return false;
    // Changes that a later boundary contains may have been deleted before they were reported.
    if (position.deleted > position_.seen) return false;
    // Without any change in the log, the last one that was deleted still counts.
    if (position.last.empty()) position.last = position_.last;
    // What was not visible before has a higher number, or that of a transaction that was running.
    if (position.last == position_.last && position_.running == kNobody) {
        position_ = std::move(position);
        return true;
    }
    WARDER_TRY(auto const rows,
               connection.query("SELECT c.owner, c.token, u.id IS NOT NULL, u.id, u.name, u.password_hash, u.is_admin, u.created_at, u.token_count, "
                                "u.ceiling, u.last_sign_in_at, " LIVE_COLUMNS ", c.session, " SESSION_COLUMNS
                                " FROM ((SELECT seq, owner, token, session FROM changes WHERE xid > $1::text::xid8 ORDER BY xid LIMIT $3) UNION ALL "
                                "SELECT seq, owner, token, session FROM changes WHERE xid = ANY ($2::text::xid8[]) AND xid <= $1::text::xid8) c "
                                "LEFT JOIN users u ON c.token IS NULL AND c.session IS NULL AND u.id = c.owner "
                                "LEFT JOIN tokens t ON t.owner = c.owner AND t.id = c.token "
                                "LEFT JOIN sessions s ON s.id_digest = c.session ORDER BY c.seq LIMIT $3",
                                Parameters{}.add(std::string_view{position_.last}).add(std::string_view{position_.running}).add(kMostChanges + 1),
                                Connection::kStatementTimeout));
    if (rows.count() > kMostChanges) return false;
    std::vector<Change> changes;
    changes.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row) {
        if (!is_of_keys(rows, row)) {
            report_change(rows, row, changes);
        } else if (changes.empty() || !std::holds_alternative<authority::KeysReplaced>(changes.front())) {
            WARDER_TRY_VOID(report_keys(connection, changes));
        }
    }
    if (!changes.empty()) report(changes);
    position_ = std::move(position);
    return true;
}

/// Puts the keys in front of the other changes, since these may be of tokens that a new one signed.
Pg<void> Feed::report_keys(Connection& connection, std::vector<Change>& changes) {
    WARDER_TRY(auto keys, read_keys(connection));
    has_pending_keys_ = !std::ranges::all_of(keys, &authority::StoredKey::is_everywhere);
    if (!keys.empty()) changes.emplace(changes.begin(), authority::KeysReplaced{std::move(keys)});
    return {};
}

/// Reports what the row's user, token or session is now.
void Feed::report_change(Rows const& rows, int row, std::vector<Change>& changes) {
    constexpr int kIsUser = 2;
    constexpr int kUser = 3;
    constexpr int kLive = 11;
    constexpr int kSession = 18;
    if (!rows.is_null(row, kSession)) {
        Digest digest{};
        if (!rows.bytes(row, kSession, digest)) return;
        if (auto const session = read_session(rows, row, kSession + 1)) add(changes, authority::SessionUpserted{*session});
        else add(changes, authority::SessionRemoved{digest});
        return;
    }
    if (rows.is_null(row, 1)) {
        auto user = rows.boolean(row, kIsUser) ? read_user(rows, row, kUser) : std::nullopt;
        if (rows.boolean(row, kIsUser) && !user) damaged_.add_user(user_location(rows.integer(row, kUser)));
        if (user) add(changes, authority::UserUpserted{std::move(*user)});
        else add(changes, authority::UserRemoved{UserId{rows.integer(row, 0)}});
        return;
    }
    TokenId::Bytes id{};
    if (!rows.bytes(row, 1, id)) return;
    if (auto token = read_live(rows, row, kLive)) {
        add(changes, authority::TokenUpserted{std::move(*token)});
        return;
    }
    if (!rows.is_null(row, kLive + kLiveSeq)) damaged_.add_token(token_location(rows.integer(row, kLive + kLiveSeq)));
    add(changes, authority::TokenRemoved{TokenId{id}});
}

Pg<void> Feed::trim(Connection& connection) {
    WARDER_TRY(auto const size, connection.query("SELECT coalesce(max(seq) - min(seq), 0) FROM changes"));
    if (size.integer(0, 0) < kMostKept) return {};
    for (bool is_done = false; !is_done;) {
        connection.defer("BEGIN");
        auto const trimmed = trim_some(connection);
        WARDER_TRY_VOID(connection.query(trimmed ? "COMMIT" : "ROLLBACK"));
        WARDER_TRY(is_done, trimmed);
    }
    return {};
}

/// Deletes some changes that the boundary contains; once there are none, sets the next boundary. Its number says which
/// boundary a reader has seen: one that has read the number has read, in the same snapshot, all that the boundary contains.
/// @return whether this is enough for now.
Pg<bool> Feed::trim_some(Connection& connection) {
    WARDER_TRY(auto const locked, connection.query("SELECT FROM trims FOR UPDATE SKIP LOCKED"));
    if (locked.empty()) return true;  // another node is trimming
    connection.defer("UPDATE trims SET deleting = number");
    WARDER_TRY(auto const deleted, connection.query("DELETE FROM changes WHERE seq IN (SELECT seq FROM changes, trims WHERE "
                                                    "xid <= last AND xid <> ALL (running) ORDER BY seq LIMIT $1)",
                                                    Parameters{}.add(kTrimmedAtOnce)));
    if (deleted.changed() == kTrimmedAtOnce) return false;
    connection.defer(
        "UPDATE trims SET number = number + 1, last = coalesce((SELECT xid FROM changes ORDER BY xid DESC LIMIT 1), last), running = "
        "array(SELECT pg_snapshot_xip(pg_current_snapshot()))");
    return true;
}

}  // namespace warder::store::postgres
