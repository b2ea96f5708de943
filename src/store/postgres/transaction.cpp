// SPDX-License-Identifier: MIT
#include "store/postgres/transaction.hpp"

#include "core/rules.hpp"
#include "core/token_policy.hpp"
#include "core/try.hpp"
#include "crypto/hmac.hpp"
#include "store/common/columns.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace warder::store::postgres {
namespace {

using authority::Error;

#define SELECT_USERS "SELECT " WARDER_PG_USER_COLUMNS " FROM users "
// Tokens refer to their user; such references may be made while the row is locked in this way.
#define LOCKED " FOR NO KEY UPDATE"
#define LOCKED_TOKENS " FOR NO KEY UPDATE OF tokens"

/// Adds WARDER_PG_TOKEN_STATE.
void add_state(Parameters& to, TokenRecord const& token, OptionalText const& policy) {
    to.add(std::string_view{token.description}).add(token.lifetime.count()).add(seconds_of(token.ends_at()));
    if (token.succession) to.add(std::span{token.succession->successor.bytes()});
    else to.add_null_bytes();
    to.add(token.is_edited).add(policy);
}

void add_key(Parameters& to, TokenKey const& key) { to.add(number_of(key.owner)).add(std::span{key.id.bytes()}); }
void add_key(Parameters&, TokenKey&&) = delete;

}  // namespace

/// What was added must be visible to the next statement.
void Transaction::flush() const {
    if (is_writing()) batch_->flush(*connection_);
}

authority::Result<Rows> Transaction::query(char const* sql, Parameters const& parameters) const {
    flush();
    return query_unflushed(sql, parameters);
}

/// For statements that don't depend on what the batch has yet to insert.
authority::Result<Rows> Transaction::query_unflushed(char const* sql, Parameters const& parameters) const {
    auto rows = connection_->query(sql, parameters);
    if (rows) return std::move(*rows);
    on_failure_(rows.error());
    return std::unexpected{rows.error().for_caller()};
}

authority::Result<void> Transaction::change(char const* sql, Parameters const& parameters) {
    has_changed_ = true;
    flush();
    batch_->forget_reads();
    connection_->defer(sql, parameters);
    return {};
}

authority::Result<std::int64_t> Transaction::count(char const* sql, Parameters const& parameters) const {
    WARDER_TRY(auto const rows, query(sql, parameters));
    return rows.empty() ? 0 : rows.integer(0, 0);
}

authority::Result<std::int64_t> Transaction::change_counted(char const* sql, Parameters const& parameters) {
    has_changed_ = true;
    auto result = count(sql, parameters);
    batch_->forget_reads();
    return result;
}

authority::Result<std::optional<UserRecord>> Transaction::find_user(char const* sql, Parameters const& parameters) const {
    WARDER_TRY(auto const rows, query_unflushed(sql, parameters));
    if (rows.empty()) return std::optional<UserRecord>{};
    auto user = read_user(rows, 0, 0);
    if (user && is_writing()) batch_->remember(*user);
    if (user) return is_writing() ? batch_->find(user->id) : user;
    on_failure_({.sqlstate = "XX001", .message = "a user's row is damaged"});
    return std::unexpected{Error::kStoreUnavailable};
}

authority::Result<std::optional<TokenRecord>> Transaction::find_token(char const* sql, Parameters const& parameters) const {
    WARDER_TRY(auto const rows, query(sql, parameters));
    return rows.empty() ? std::nullopt : read_token(rows, 0);
}

authority::Result<std::optional<UserRecord>> Transaction::find(UserId id) const {
    if (is_writing())
        if (auto known = batch_->find(id)) return known;
    return find_user(is_writing() ? SELECT_USERS "WHERE id = $1" LOCKED : SELECT_USERS "WHERE id = $1", Parameters{}.add(number_of(id)));
}

authority::Result<std::optional<UserRecord>> Transaction::find(std::string_view name) const {
    auto const folded = core::fold_name(name);
    if (is_writing())
        if (auto known = batch_->find(folded)) return known;
    return find_user(is_writing() ? SELECT_USERS "WHERE folded_name = $1" LOCKED : SELECT_USERS "WHERE folded_name = $1",
                     Parameters{}.add(std::string_view{folded}));
}

/// Lets one transaction at a time read the list to change a user: two nodes could each take away the rights of another
/// one of the last two administrators.
void Transaction::lock_user_list() const { connection_->defer("SELECT pg_advisory_xact_lock('users'::regclass::oid::bigint)"); }

authority::Result<std::vector<UserRecord>> Transaction::list() const {
    if (is_writing()) lock_user_list();
    WARDER_TRY(auto const rows, query(SELECT_USERS "ORDER BY id", {}));
    std::vector<UserRecord> users;
    users.reserve(static_cast<std::size_t>(rows.count()));
    // A user in a damaged row can do nothing; the feed has counted the row.
    for (int row = 0; row < rows.count(); ++row)
        if (auto user = read_user(rows, row, 0)) users.push_back(std::move(*user));
    return users;
}

authority::Result<std::vector<UserRecord>> Transaction::list(std::optional<UserId> after, std::uint32_t limit) const {
    std::vector<UserRecord> users;
    // Again if there are damaged rows: a page that is short because of them would look like the last one.
    for (auto last = after ? number_of(*after) : std::int64_t{0}; users.size() < limit;) {
        auto const wanted = static_cast<std::int64_t>(limit - users.size());
        WARDER_TRY(auto const rows, query(SELECT_USERS "WHERE id > $1 ORDER BY id LIMIT $2", Parameters{}.add(last).add(wanted)));
        for (int row = 0; row < rows.count(); ++row)
            if (auto user = read_user(rows, row, 0)) users.push_back(std::move(*user));
        if (rows.count() < wanted) break;
        last = rows.integer(rows.count() - 1, 0);
    }
    return users;
}

authority::Result<std::optional<TokenRecord>> Transaction::find(TokenKey const& key) const {
    Parameters parameters;
    add_key(parameters, key);
    return find_token(
        is_writing() ? WARDER_PG_SELECT_TOKENS "WHERE owner = $1 AND id = $2" LOCKED_TOKENS : WARDER_PG_SELECT_TOKENS "WHERE owner = $1 AND id = $2",
        parameters);
}

authority::Result<std::optional<TokenRecord>> Transaction::find(TokenId const& id) const {
    return find_token(is_writing() ? WARDER_PG_SELECT_TOKENS "WHERE id = $1" LOCKED_TOKENS : WARDER_PG_SELECT_TOKENS "WHERE id = $1",
                      Parameters{}.add(std::span{id.bytes()}));
}

authority::Result<std::vector<TokenRecord>> Transaction::list(authority::TokenQuery const& query) const {
    auto const owner = query.owner ? number_of(*query.owner) : std::int64_t{-1};  // ids start at 1
    auto const now = seconds_of(query.now);
    std::int64_t after = 0;
    if (query.after) {
        WARDER_TRY(after, count("SELECT seq FROM tokens WHERE id = $1 AND ($2 < 0 OR owner = $2) AND (successor IS NULL OR ends_at > $3)",
                                Parameters{}.add(std::span{query.after->bytes()}).add(owner).add(now)));
        if (after == 0) return std::unexpected{Error::kUnknownCursor};
    }
    auto const limit = query.limit ? std::int64_t{*query.limit} : std::numeric_limits<std::int64_t>::max();
    // A page that is short because of damaged rows would look like the last one, so more rows are fetched in their
    // place.
    for (std::int64_t spare = 0;;) {
        Parameters parameters;
        parameters.add(after).add(now).add(query.limit ? limit + spare : limit);
        if (query.owner) parameters.add(owner);
        WARDER_TRY(auto const rows,
                   this->query(query.owner ? WARDER_PG_SELECT_TOKENS
                                   "WHERE owner = $4 AND seq > $1 AND (successor IS NULL OR ends_at > $2) ORDER BY seq LIMIT $3"
                                           : WARDER_PG_SELECT_TOKENS "WHERE seq > $1 AND (successor IS NULL OR ends_at > $2) ORDER BY seq LIMIT $3",
                               parameters));
        auto tokens = read_tokens(rows);
        auto const damaged = rows.count() - static_cast<std::int64_t>(tokens.size());
        if (damaged > spare && query.limit) {
            spare = damaged;
            continue;
        }
        if (query.limit && tokens.size() > *query.limit) tokens.resize(*query.limit);
        return tokens;
    }
}

authority::Result<std::vector<TokenRecord>> Transaction::list_live(UserId owner, std::string_view description, Instant now) const {
    auto known = is_writing() ? batch_->known_live(owner, description, now) : std::nullopt;
    // The tokens that another node is just adding can't be locked, but their owner can. A statement that begins after the
    // lock was taken sees what the others committed before.
    if (!known && is_writing() && !batch_->is_locked(owner))
        connection_->defer("SELECT FROM users WHERE id = $1" LOCKED, Parameters{}.add(number_of(owner)));
    if (!known) {
        WARDER_TRY(auto const rows, query_unflushed(WARDER_PG_SELECT_TOKENS "WHERE owner = $1 AND description = $2 AND ends_at > $3",
                                                    Parameters{}.add(number_of(owner)).add(description).add(seconds_of(now))));
        known = read_tokens(rows);
    }
    if (is_writing()) batch_->list_live(owner, description, now, *known);
    return std::move(*known);
}

authority::Result<std::int64_t> Transaction::count_live(std::string_view key_id, Instant now) const {
    return count("SELECT count(*) FROM tokens WHERE key_id = $1 AND ends_at > $2", Parameters{}.add(key_id).add(seconds_of(now)));
}

authority::Result<std::int64_t> Transaction::count_replaced(Instant now) const {
    return count("SELECT count(*) FROM tokens WHERE successor IS NOT NULL AND ends_at <= $1", Parameters{}.add(seconds_of(now)));
}

authority::Result<Instant> Transaction::latest_time() const {
    // Tokens are written nearly in the order of their times, so the last one is enough.
    WARDER_TRY(auto const latest, count("SELECT greatest((SELECT issued_at FROM tokens ORDER BY seq DESC LIMIT 1), (SELECT max(last_used_at) FROM "
                                        "uses), 0::bigint)",
                                        {}));
    return instant_of(latest);
}

authority::Result<UserId> Transaction::insert(UserRecord const& user) {
    auto const ceiling = text_of(user.ceiling);
    auto const folded = core::fold_name(user.name);
    // Waits for another node that is just adding the name.
    WARDER_TRY(
        auto const id,
        change_counted("WITH added AS (INSERT INTO users (name, folded_name, password_hash, is_admin, created_at, ceiling, last_sign_in_at) VALUES "
                       "($1, $2, $3, $4, $5, $6, nullif($7, 0)) ON CONFLICT (folded_name) DO NOTHING RETURNING id), noted AS (INSERT INTO changes "
                       "(owner) SELECT id FROM added) "
                       "SELECT id FROM added",
                       Parameters{}
                           .add(std::string_view{user.name})
                           .add(std::string_view{folded})
                           .add(std::string_view{user.password_hash})
                           .add(user.is_admin)
                           .add(seconds_of(user.created_at))
                           .add(ceiling)
                           .add(user.last_sign_in_at ? seconds_of(*user.last_sign_in_at) : std::int64_t{0})));
    if (id == 0) return std::unexpected{Error::kUserExists};
    return UserId{id};
}

authority::Result<void> Transaction::update(UserRecord const& user) {
    auto const ceiling = text_of(user.ceiling);
    auto const password_digest = crypto::sha256(user.password_hash);
    return change(
        "WITH changed AS (UPDATE users SET (password_hash, is_admin, ceiling) = ($2, $3, $4) WHERE id = $1 RETURNING id), ended AS (DELETE FROM "
        "sessions WHERE owner = $1 AND password_digest <> $5 RETURNING id_digest) INSERT INTO changes (owner, session) SELECT id, NULL::bytea FROM "
        "changed UNION ALL SELECT $1, id_digest FROM ended",
        Parameters{}
            .add(number_of(user.id))
            .add(std::string_view{user.password_hash})
            .add(user.is_admin)
            .add(ceiling)
            .add(std::span{password_digest}));
}

authority::Result<void> Transaction::note_sign_in(UserId id, Instant at) {
    // Not `change`: what the batch has read stays right, since nobody writes this back.
    has_changed_ = true;
    connection_->defer("UPDATE users SET last_sign_in_at = $2 WHERE id = $1 AND coalesce(last_sign_in_at <= $2 - $3, true)",
                       Parameters{}.add(number_of(id)).add(seconds_of(at)).add(std::int64_t{kSignInPrecision.count()}));
    return {};
}

authority::Result<void> Transaction::erase(UserId id) {
    return change("WITH gone AS (DELETE FROM users WHERE id = $1 RETURNING id) INSERT INTO changes (owner) SELECT id FROM gone",
                  Parameters{}.add(number_of(id)));
}

authority::Result<void> Transaction::insert(TokenRecord const& token, std::string_view) {
    has_changed_ = true;
    batch_->add(token);
    return {};
}

authority::Result<void> Transaction::update(TokenRecord const& token) {
    auto const policy = text_of(token.policy);
    auto const key = token.key();
    Parameters parameters;
    add_key(parameters, key);
    add_state(parameters, token, policy);
    return change("WITH changed AS (UPDATE tokens SET (" WARDER_PG_TOKEN_STATE
                  ") = ($3, $4, $5, $6, $7, $8) WHERE owner = $1 AND id = $2 RETURNING id) "
                  "INSERT INTO changes (owner, token) SELECT $1, id FROM changed",
                  parameters);
}

authority::Result<void> Transaction::add_uses(authority::CountedUses const& uses) {
    Parameters parameters;
    add_key(parameters, uses.key);
    parameters.add(uses.count).add(seconds_of(uses.last_at)).add(std::span{uses.last_from}).add(uses.run).add(uses.batch);
    return change(
        "INSERT INTO uses AS u (token, use_count, last_used_at, last_used_from, run, batch) SELECT seq, $3, $4, $5, $6, $7 FROM tokens WHERE owner = "
        "$1 AND id = $2 ON CONFLICT (token) DO UPDATE SET use_count = u.use_count + excluded.use_count, last_used_from = CASE WHEN u.last_used_at "
        "<= excluded.last_used_at THEN excluded.last_used_from ELSE u.last_used_from END, last_used_at = greatest(u.last_used_at, "
        "excluded.last_used_at), run = excluded.run, batch = excluded.batch WHERE u.run <> excluded.run OR u.batch < excluded.batch",
        parameters);
}

#define ERASE_TOKENS(selection)                                                                                                                   \
    "WITH gone AS (DELETE FROM tokens WHERE " selection                                                                                           \
    " RETURNING owner, id), counted AS (UPDATE users SET token_count = token_count - g.count FROM (SELECT owner, count(*) AS count FROM gone "    \
    "GROUP BY owner) g WHERE users.id = g.owner), noted AS (INSERT INTO changes (owner, token) SELECT owner, id FROM gone) SELECT count(*) FROM " \
    "gone"

authority::Result<void> Transaction::erase(TokenKey const& key) {
    Parameters parameters;
    add_key(parameters, key);
    return change(ERASE_TOKENS("owner = $1 AND id = $2"), parameters);
}

authority::Result<std::int64_t> Transaction::erase_signed_by(std::string_view key_id) {
    return change_counted(ERASE_TOKENS("key_id = $1"), Parameters{}.add(key_id));
}

authority::Result<std::int64_t> Transaction::erase_all(UserId owner) {
    return change_counted(ERASE_TOKENS("owner = $1"), Parameters{}.add(number_of(owner)));
}

authority::Result<std::int64_t> Transaction::purge(Instant expired_before, Instant now, std::uint32_t limit) {
    // Two statements, each with an index that contains only matching rows: there may be very many expired tokens that
    // are still retained. What another node is purging is skipped.
    WARDER_TRY(auto const expired,
               change_counted(ERASE_TOKENS("seq IN (SELECT seq FROM tokens WHERE ends_at < $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED)"),
                              Parameters{}.add(seconds_of(std::min(expired_before, now))).add(std::int64_t{limit})));
    WARDER_TRY(
        auto const replaced,
        change_counted(ERASE_TOKENS("seq IN (SELECT seq FROM tokens WHERE successor IS NOT NULL AND ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR "
                                    "UPDATE SKIP LOCKED)"),
                       Parameters{}.add(seconds_of(now)).add(std::int64_t{limit} - expired)));
    return expired + replaced;
}

}  // namespace warder::store::postgres
