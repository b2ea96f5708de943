// SPDX-License-Identifier: MIT
#include "store/sqlite/transaction.hpp"

#include "core/token_policy.hpp"
#include "store/common/columns.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace warder::store {
namespace {

using authority::Error;
using authority::Result;

/// Binds WARDER_TOKEN_STATE.
void bind_state(Statement& statement, TokenRecord const& token, OptionalText const& policy) {
    statement.bind(std::string_view{token.description}).bind(token.lifetime.count()).bind(seconds_of(token.ends_at()));
    if (token.succession) statement.bind(std::span{token.succession->successor.bytes()});
    else statement.bind_null();
    statement.bind(std::int64_t{token.is_edited});
    statement.bind(policy);
}

/// @param key  must outlive the use of the statement, which refers to it.
void bind_key(Statement& statement, TokenKey const& key) { statement.bind(number_of(key.owner)).bind(std::span{key.id.bytes()}); }
void bind_key(Statement&, TokenKey&&) = delete;

/// Returns all zeros if the row has no usage, nullopt if it is damaged.
std::optional<TokenUsage> read_usage(Statement const& row, int column) {
    TokenUsage usage;
    if (row.is_null(column)) return usage;
    usage.count = row.integer(column++);
    usage.last_at = instant_of(row.integer(column++));
    if (!row.blob(column++, usage.last_from)) return std::nullopt;
    usage.mark = {.run = row.integer(column), .batch = row.integer(column + 1)};
    return usage;
}

}  // namespace

std::optional<TokenPolicy> read_policy(Statement const& row, int column) {
    return row.is_null(column) ? TokenPolicy{} : core::read_policy(row.text(column));
}

std::optional<TokenRecord> read_token(Statement const& row, int first_column) {
    int column = first_column;
    TokenRecord token;
    TokenId::Bytes id{};
    if (!row.blob(column++, id)) return std::nullopt;
    token.id = TokenId{id};
    token.owner = UserId{row.integer(column++)};
    token.issued_at = instant_of(row.integer(column++));
    token.expires_at = instant_of(row.integer(column++));
    if (!row.blob(column++, token.digest)) return std::nullopt;
    token.key_id = row.text(column++);
    token.description = row.text(column++);
    token.lifetime = Seconds{row.real(column++)};
    auto const ends_at = instant_of(row.integer(column++));
    if (!row.is_null(column)) {
        TokenId::Bytes successor{};
        if (!row.blob(column, successor)) return std::nullopt;
        token.succession = {.ends_at = ends_at, .successor = TokenId{successor}};
    }
    ++column;
    token.is_edited = row.integer(column++) != 0;
    auto policy = read_policy(row, column++);
    if (!policy) return std::nullopt;
    token.policy = std::move(*policy);
    // A damaged count is no reason to hide a token that is accepted.
    token.usage = read_usage(row, column).value_or(TokenUsage{});
    return token;
}

std::optional<UserRecord> read_user(Statement const& row, int first_column) {
    int column = first_column;
    UserRecord user;
    user.id = UserId{row.integer(column++)};
    user.name = row.text(column++);
    user.password_hash = row.text(column++);
    user.is_admin = row.integer(column++) != 0;
    user.created_at = instant_of(row.integer(column++));
    user.token_count = row.integer(column++);
    auto ceiling = row.is_null(column) ? Grants{} : core::read_grants(row.text(column));
    if (!ceiling) return std::nullopt;
    user.ceiling = std::move(*ceiling);
    if (++column; !row.is_null(column)) user.last_sign_in_at = instant_of(row.integer(column));
    return user;
}

std::unexpected<Error> SqliteTransaction::failed(SqliteError const& error) const {
    on_failure_(error);
    return std::unexpected{error.for_caller()};
}

Result<void> SqliteTransaction::run(char const* sql, Bind const& bind) {
    auto statement = connection_->prepare(sql);
    if (!statement) return failed(statement.error());
    bind(*statement);
    if (auto const done = statement->run(); !done) return failed(done.error());
    return {};
}

Result<std::int64_t> SqliteTransaction::count(char const* sql, Bind const& bind) const {
    auto statement = connection_->prepare(sql);
    if (!statement) return failed(statement.error());
    bind(*statement);
    auto const row = statement->step();
    if (!row) return failed(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<std::optional<UserRecord>> SqliteTransaction::find_user(char const* sql, Bind const& bind) const {
    auto statement = connection_->prepare(sql);
    if (!statement) return failed(statement.error());
    bind(*statement);
    auto const row = statement->step();
    if (!row) return failed(row.error());
    if (!*row) return std::optional<UserRecord>{};
    auto user = read_user(*statement, 0);
    if (!user) return failed({.code = SQLITE_CORRUPT, .message = "a user's row is damaged"});
    return user;
}

Result<std::vector<TokenRecord>> SqliteTransaction::collect_tokens(char const* sql, Bind const& bind, std::int64_t* damaged) const {
    auto statement = connection_->prepare(sql);
    if (!statement) return failed(statement.error());
    bind(*statement);
    std::vector<TokenRecord> tokens;
    for (;;) {
        auto const row = statement->step();
        if (!row) return failed(row.error());
        if (!*row) return tokens;
        // A token in a damaged row is not accepted; the feed has counted the row.
        if (auto token = read_token(*statement, 0)) tokens.push_back(std::move(*token));
        else if (damaged != nullptr) ++*damaged;
    }
}

Result<std::optional<UserRecord>> SqliteTransaction::find(UserId id) const {
    return find_user("SELECT " WARDER_USER_COLUMNS " FROM users WHERE id = ?", [id](Statement& s) { s.bind(number_of(id)); });
}

Result<std::optional<UserRecord>> SqliteTransaction::find(std::string_view name) const {
    return find_user("SELECT " WARDER_USER_COLUMNS " FROM users WHERE name = ?", [name](Statement& s) { s.bind(name); });
}

Result<std::vector<UserRecord>> SqliteTransaction::list() const { return list(std::nullopt, std::numeric_limits<std::uint32_t>::max()); }

Result<std::vector<UserRecord>> SqliteTransaction::list(std::optional<UserId> after, std::uint32_t limit) const {
    auto statement = connection_->prepare("SELECT " WARDER_USER_COLUMNS " FROM users WHERE id > ? ORDER BY id");
    if (!statement) return failed(statement.error());
    statement->bind(after ? number_of(*after) : std::int64_t{0});  // ids start at 1
    std::vector<UserRecord> users;
    while (users.size() < limit) {
        auto const row = statement->step();
        if (!row) return failed(row.error());
        if (!*row) break;
        // A user in a damaged row can do nothing; the feed has counted the row.
        if (auto user = read_user(*statement, 0)) users.push_back(std::move(*user));
    }
    return users;
}

Result<std::optional<TokenRecord>> SqliteTransaction::find_token(char const* sql, Bind const& bind) const {
    auto tokens = collect_tokens(sql, bind);
    if (!tokens) return std::unexpected{tokens.error()};
    if (tokens->empty()) return std::optional<TokenRecord>{};
    return std::optional{std::move(tokens->front())};
}

Result<std::optional<TokenRecord>> SqliteTransaction::find(TokenKey const& key) const {
    return find_token(WARDER_TOKEN_SELECT "WHERE owner = ? AND id = ?", [&key](Statement& s) { bind_key(s, key); });
}

Result<std::optional<TokenRecord>> SqliteTransaction::find(TokenId const& id) const {
    return find_token(WARDER_TOKEN_SELECT "WHERE owner IN (SELECT users.id FROM users) AND id = ?",
                      [&id](Statement& s) { s.bind(std::span{id.bytes()}); });
}

Result<std::vector<TokenRecord>> SqliteTransaction::list(authority::TokenQuery const& query) const {
    auto const owner = query.owner ? number_of(*query.owner) : std::int64_t{-1};  // ids start at 1
    auto const now = seconds_of(query.now);
    std::int64_t after = 0;
    if (query.after) {
        auto const position = count(
            "SELECT seq FROM tokens WHERE id = ?1 AND owner IN (SELECT users.id FROM users WHERE ?2 < 0 OR users.id = ?2) AND (successor IS NULL OR "
            "ends_at > ?3)",
            [&](Statement& s) { s.bind(std::span{query.after->bytes()}).bind(owner).bind(now); });
        if (!position) return std::unexpected{position.error()};
        if (*position == 0) return std::unexpected{Error::kUnknownCursor};
        after = *position;
    }
    // A page that is short because of damaged rows would look like the last one, so more rows are fetched in their
    // place.
    for (std::int64_t spare = 0;;) {
        std::int64_t damaged = 0;
        auto const bind = [&](Statement& s) {
            if (query.owner) s.bind(owner);
            s.bind(after).bind(now).bind(query.limit ? std::int64_t{*query.limit} + spare : std::int64_t{-1});
        };
        auto tokens =
            collect_tokens(query.owner ? WARDER_TOKEN_SELECT "WHERE owner = ? AND seq > ? AND (successor IS NULL OR ends_at > ?) ORDER BY seq LIMIT ?"
                                       : WARDER_TOKEN_SELECT "WHERE seq > ? AND (successor IS NULL OR ends_at > ?) ORDER BY seq LIMIT ?",
                           bind, &damaged);
        if (!tokens || !query.limit || damaged <= spare) {
            if (tokens && query.limit && tokens->size() > *query.limit) tokens->resize(*query.limit);
            return tokens;
        }
        spare = damaged;
    }
}

Result<std::vector<TokenRecord>> SqliteTransaction::list_live(UserId owner, std::string_view description, Instant now) const {
    return collect_tokens(WARDER_TOKEN_SELECT "WHERE owner = ? AND description = ? AND ends_at > ?",
                          [&](Statement& s) { s.bind(number_of(owner)).bind(description).bind(seconds_of(now)); });
}

Result<std::int64_t> SqliteTransaction::count_live(std::string_view key_id, Instant now) const {
    return count("SELECT count(*) FROM tokens WHERE key_id = ? AND ends_at > ?", [&](Statement& s) { s.bind(key_id).bind(seconds_of(now)); });
}

Result<void> SqliteTransaction::note_token(TokenKey const& key) {
    return run("INSERT INTO changes (user, token) VALUES (?, ?)", [&key](Statement& s) { bind_key(s, key); });
}

Result<void> SqliteTransaction::note_user(UserId id) {
    return run("INSERT INTO changes (user) VALUES (?)", [id](Statement& s) { s.bind(number_of(id)); });
}

Result<Instant> SqliteTransaction::latest_time() const {
    // Tokens are written nearly in the order of their times, so the last one is enough. The table of uses is small.
    auto const latest =
        count("SELECT max(ifnull((SELECT issued_at FROM tokens ORDER BY seq DESC LIMIT 1), 0), ifnull((SELECT max(last_used_at) FROM uses), 0))",
              [](Statement&) {});
    if (!latest) return std::unexpected{latest.error()};
    return instant_of(*latest);
}

Result<UserId> SqliteTransaction::insert(UserRecord const& user) {
    auto const taken = find(user.name);
    if (!taken) return std::unexpected{taken.error()};
    if (*taken) return std::unexpected{Error::kUserExists};
    auto const ceiling = text_of(user.ceiling);
    auto const inserted =
        run("INSERT INTO users (name, password_hash, is_admin, created_at, ceiling, last_sign_in_at) VALUES (?, ?, ?, ?, ?, ?)", [&](Statement& s) {
            s.bind(std::string_view{user.name}).bind(std::string_view{user.password_hash}).bind(std::int64_t{user.is_admin});
            s.bind(seconds_of(user.created_at));
            s.bind(ceiling);
            if (user.last_sign_in_at) s.bind(seconds_of(*user.last_sign_in_at));
            else s.bind_null();
        });
    if (!inserted) return std::unexpected{inserted.error()};
    UserId const id{connection_->last_row_id()};
    if (auto noted = note_user(id); !noted) return std::unexpected{noted.error()};
    return id;
}

Result<void> SqliteTransaction::update(UserRecord const& user) {
    auto const ceiling = text_of(user.ceiling);
    auto updated = run("UPDATE users SET (password_hash, is_admin, ceiling) = (?, ?, ?) WHERE id = ?", [&](Statement& s) {
        s.bind(std::string_view{user.password_hash}).bind(std::int64_t{user.is_admin});
        s.bind(ceiling);
        s.bind(number_of(user.id));
    });
    return updated && connection_->changed_rows() > 0 ? note_user(user.id) : updated;
}

Result<void> SqliteTransaction::note_sign_in(UserId id, Instant at) {
    return run("UPDATE users SET last_sign_in_at = ?1 WHERE id = ?2 AND ifnull(last_sign_in_at <= ?1 - ?3, 1)",
               [&](Statement& s) { s.bind(seconds_of(at)).bind(number_of(id)).bind(std::int64_t{kSignInPrecision.count()}); });
}

Result<void> SqliteTransaction::erase(UserId id) {
    auto deleted = run("DELETE FROM users WHERE id = ?", [&](Statement& s) { s.bind(number_of(id)); });
    return deleted ? note_user(id) : deleted;
}

Result<void> SqliteTransaction::insert(TokenRecord const& token, std::string_view) {
    auto const policy = text_of(token.policy);
    auto inserted =
        run("INSERT INTO tokens (" WARDER_TOKEN_IDENTITY ", " WARDER_TOKEN_STATE ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [&](Statement& s) {
            s.bind(std::span{token.id.bytes()}).bind(number_of(token.owner)).bind(seconds_of(token.issued_at)).bind(seconds_of(token.expires_at));
            s.bind(std::span{std::as_const(token.digest)}).bind(std::string_view{token.key_id});
            bind_state(s, token, policy);
        });
    if (!inserted) return inserted;
    auto counted = run("UPDATE users SET token_count = token_count + 1 WHERE id = ?", [&](Statement& s) { s.bind(number_of(token.owner)); });
    return counted ? note_token(token.key()) : counted;
}

Result<void> SqliteTransaction::update(TokenRecord const& token) {
    auto const policy = text_of(token.policy);
    auto const key = token.key();
    auto updated = run("UPDATE tokens SET (" WARDER_TOKEN_STATE ") = (?, ?, ?, ?, ?, ?) WHERE owner = ? AND id = ?", [&](Statement& s) {
        bind_state(s, token, policy);
        bind_key(s, key);
    });
    return updated && connection_->changed_rows() > 0 ? note_token(key) : updated;
}

Result<void> SqliteTransaction::add_uses(authority::CountedUses const& uses) {
    return run(
        "INSERT INTO uses (token, use_count, last_used_at, last_used_from, run, batch) SELECT seq, ?, ?, ?, ?, ? FROM tokens WHERE owner = ? AND "
        "id = ? ON CONFLICT (token) DO UPDATE SET use_count = use_count + excluded.use_count, "
        "last_used_from = iif(last_used_at <= excluded.last_used_at, excluded.last_used_from, last_used_from), "
        "last_used_at = max(last_used_at, excluded.last_used_at), run = excluded.run, batch = excluded.batch "
        "WHERE run <> excluded.run OR batch < excluded.batch",
        [&](Statement& s) {
            s.bind(uses.count).bind(seconds_of(uses.last_at)).bind(std::span{uses.last_from}).bind(uses.run).bind(uses.batch);
            bind_key(s, uses.key);
        });
}

Result<void> SqliteTransaction::erase(TokenKey const& key) {
    auto deleted = run("DELETE FROM tokens WHERE owner = ? AND id = ?", [&](Statement& s) { bind_key(s, key); });
    if (!deleted || connection_->changed_rows() == 0) return deleted;
    auto counted = run("UPDATE users SET token_count = token_count - 1 WHERE id = ?", [&](Statement& s) { s.bind(number_of(key.owner)); });
    return counted ? note_token(key) : counted;
}

/// Deletes the selected tokens by key alone, because rows that can't be read must be deletable too.
Result<std::int64_t> SqliteTransaction::erase_selected(char const* sql, Bind const& bind) {
    std::vector<TokenKey> keys;
    {
        auto statement = connection_->prepare(sql);
        if (!statement) return failed(statement.error());
        bind(*statement);
        for (;;) {
            auto const row = statement->step();
            if (!row) return failed(row.error());
            if (!*row) break;
            TokenId::Bytes id{};
            if (statement->blob(1, id)) keys.push_back({.owner = UserId{statement->integer(0)}, .id = TokenId{id}});
        }
    }
    for (auto const& key : keys)
        if (auto deleted = erase(key); !deleted) return std::unexpected{deleted.error()};
    return static_cast<std::int64_t>(keys.size());
}

Result<std::int64_t> SqliteTransaction::erase_signed_by(std::string_view key_id) {
    return erase_selected("SELECT owner, id FROM tokens WHERE key_id = ?", [&](Statement& s) { s.bind(key_id); });
}

Result<std::int64_t> SqliteTransaction::erase_all(UserId owner) {
    return erase_selected("SELECT owner, id FROM tokens WHERE owner = ?", [owner](Statement& s) { s.bind(number_of(owner)); });
}

Result<std::int64_t> SqliteTransaction::count_replaced(Instant now) const {
    auto statement = connection_->prepare("SELECT count(*) FROM tokens WHERE successor IS NOT NULL AND ends_at <= ?");
    if (!statement) return failed(statement.error());
    statement->bind(seconds_of(now));
    auto const row = statement->step();
    if (!row) return failed(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<std::int64_t> SqliteTransaction::purge(Instant expired_before, Instant now, std::uint32_t limit) {
    // Two queries, each with an index that contains only matching rows: there may be very many expired tokens that are
    // still retained.
    auto const expired = erase_selected("SELECT owner, id FROM tokens WHERE ends_at < ? ORDER BY ends_at LIMIT ?",
                                        [&](Statement& s) { s.bind(seconds_of(std::min(expired_before, now))).bind(std::int64_t{limit}); });
    if (!expired) return expired;
    auto const replaced = erase_selected("SELECT owner, id FROM tokens WHERE successor IS NOT NULL AND ends_at <= ? ORDER BY ends_at LIMIT ?",
                                         [&](Statement& s) { s.bind(seconds_of(now)).bind(std::int64_t{limit} - *expired); });
    if (!replaced) return replaced;
    return *expired + *replaced;
}

}  // namespace warder::store
