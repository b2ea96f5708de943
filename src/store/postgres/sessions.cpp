// SPDX-License-Identifier: MIT
// The sessions of the web UI in SQL.
#include "core/try.hpp"
#include "store/common/columns.hpp"
#include "store/postgres/transaction.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

namespace warder::store::postgres {

using authority::EndedSessions;
using authority::SessionTime;
using authority::StoredSession;

namespace {

std::int64_t milliseconds_of(SessionTime time) { return time.time_since_epoch().count(); }
SessionTime session_time_of(std::int64_t milliseconds) { return SessionTime{std::chrono::milliseconds{milliseconds}}; }

/// Returns the rows as records, without those that are damaged.
std::vector<StoredSession> read_sessions(Rows const& rows) {
    std::vector<StoredSession> sessions;
    sessions.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row)
        if (auto const session = read_session(rows, row, 0)) sessions.push_back(*session);
    return sessions;
}

}  // namespace

std::optional<StoredSession> read_session(Rows const& rows, int row, int first_column) {
    StoredSession session;
    if (!rows.bytes(row, first_column, session.id_digest)) return std::nullopt;
    session.user = UserId{rows.integer(row, first_column + 1)};
    if (!rows.bytes(row, first_column + 2, session.password_digest)) return std::nullopt;
    session.begun_at = session_time_of(rows.integer(row, first_column + 3));
    session.used_at = session_time_of(rows.integer(row, first_column + 4));
    return session;
}

authority::Result<std::vector<StoredSession>> Transaction::Sessions::find(std::span<Digest const> id_digests) const {
    Array digests{Array::Of::kBytes};
    for (auto const& digest : id_digests) digests.add(std::span<std::uint8_t const>{digest});
    WARDER_TRY(auto const rows,
               transaction_->query("SELECT " WARDER_PG_SESSION_COLUMNS " FROM sessions WHERE id_digest = ANY ($1)", Parameters{}.add(digests)));
    return read_sessions(rows);
}

authority::Result<std::vector<StoredSession>> Transaction::Sessions::list(UserId user) const {
    WARDER_TRY(auto const rows, transaction_->query("SELECT " WARDER_PG_SESSION_COLUMNS " FROM sessions WHERE owner = $1 ORDER BY seq",
                                                    Parameters{}.add(number_of(user))));
    return read_sessions(rows);
}

authority::Result<void> Transaction::Sessions::insert(StoredSession const& session) {
    return transaction_->change("WITH added AS (INSERT INTO sessions (" WARDER_PG_SESSION_COLUMNS
                                ") VALUES ($1, $2, $3, $4, $5)) INSERT INTO changes (owner, session) VALUES ($2, $1)",
                                Parameters{}
                                    .add(std::span{session.id_digest})
                                    .add(number_of(session.user))
                                    .add(std::span{session.password_digest})
                                    .add(milliseconds_of(session.begun_at))
                                    .add(milliseconds_of(session.used_at)));
}

authority::Result<void> Transaction::Sessions::note_use(Digest const& id_digest, SessionTime used_at) {
    return transaction_->change("UPDATE sessions SET used_at = $2 WHERE id_digest = $1 AND used_at < $2",
                                Parameters{}.add(std::span{id_digest}).add(milliseconds_of(used_at)));
}

// Those that another transaction is just deleting are skipped, so that two never wait for each other.
#define ERASE_SESSIONS(selection)                                                                                                              \
    "WITH gone AS (DELETE FROM sessions WHERE seq IN (SELECT seq FROM sessions " selection                                                     \
    " FOR UPDATE SKIP LOCKED) RETURNING owner, id_digest), noted AS (INSERT INTO changes (owner, session) SELECT owner, id_digest FROM gone) " \
    "SELECT count(*) FROM gone"

authority::Result<void> Transaction::Sessions::erase(Digest const& id_digest) {
    return transaction_->change(
        "WITH gone AS (DELETE FROM sessions WHERE id_digest = $1 RETURNING owner, id_digest) INSERT INTO changes (owner, session) SELECT owner, "
        "id_digest FROM gone",
        Parameters{}.add(std::span{id_digest}));
}

authority::Result<std::int64_t> Transaction::Sessions::erase_ended(std::optional<UserId> user, EndedSessions const& ended, std::uint32_t limit) {
    Parameters parameters;
    parameters.add(milliseconds_of(ended.begun_by)).add(milliseconds_of(ended.used_by)).add(std::int64_t{limit});
    if (user) parameters.add(number_of(*user));
    return transaction_->change_counted(user ? ERASE_SESSIONS("WHERE owner = $4 AND (begun_at <= $1 OR used_at <= $2) LIMIT $3")
                                             : ERASE_SESSIONS("WHERE begun_at <= $1 OR used_at <= $2 LIMIT $3"),
                                        parameters);
}

authority::Result<void> Transaction::Sessions::erase_oldest(std::optional<UserId> user, std::uint32_t kept) {
    Parameters parameters;
    parameters.add(std::int64_t{kept});
    if (user) parameters.add(number_of(*user));
    // Not `OFFSET` in the selection itself, which would lock those that stay, too.
    return transaction_->change(
        user ? ERASE_SESSIONS("WHERE owner = $2 AND seq <= (SELECT seq FROM sessions WHERE owner = $2 ORDER BY seq DESC OFFSET $1 LIMIT 1)")
             : ERASE_SESSIONS("WHERE seq <= (SELECT seq FROM sessions ORDER BY seq DESC OFFSET $1 LIMIT 1)"),
        parameters);
}

}  // namespace warder::store::postgres
