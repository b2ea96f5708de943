// SPDX-License-Identifier: MIT
#include "store/sqlite/transaction.hpp"

#include "store/common/grant_text.hpp"

#include <algorithm>
#include <utility>

namespace warder::store {
namespace {

using authority::Error;
using authority::Result;

std::int64_t seconds_of(Instant instant) { return instant.time_since_epoch().count(); }
Instant instant_of(std::int64_t seconds) { return Instant{std::chrono::seconds{seconds}}; }
std::int64_t number_of(UserId id) { return static_cast<std::int64_t>(id); }

/// A list of grants as a parameter of a statement. Must outlive the statement's use, because the statement refers to
/// its text.
class GrantsColumn {
  public:
    explicit GrantsColumn(Grants const& grants) {
        if (grants != nullptr) text_ = write_grants(*grants);
    }
    void bind_to(Statement& statement) const {
        if (text_) statement.bind(std::string_view{*text_});
        else statement.bind_null();
    }

  private:
    std::optional<std::string> text_;
};

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

std::optional<Grants> read_grants(Statement const& row, int column) {
    if (row.is_null(column)) return Grants{};
    return read_grants(row.text(column));
}

std::optional<TokenRecord> read_token(Statement const& row, int first_column) {
    int column = first_column;
    TokenRecord token;
    TokenId::Bytes id{};
    if (!row.blob(column++, id)) return std::nullopt;
    token.id = TokenId{id};
    token.owner = UserId{row.integer(column++)};
    token.description = row.text(column++);
    token.lifetime = Seconds{row.real(column++)};
    token.issued_at = instant_of(row.integer(column++));
    token.expires_at = instant_of(row.integer(column++));
    auto const ends_at = instant_of(row.integer(column++));
    if (!row.is_null(column)) {
        TokenId::Bytes successor{};
        if (!row.blob(column, successor)) return std::nullopt;
        token.succession = {.ends_at = ends_at, .successor = TokenId{successor}};
    }
    ++column;
    if (!row.blob(column++, token.digest)) return std::nullopt;
    token.key_id = row.text(column++);
    token.is_edited = row.integer(column++) != 0;
    auto endpoints = read_grants(row, column++);
    if (!endpoints) return std::nullopt;
    token.endpoints = std::move(*endpoints);
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
    auto ceiling = read_grants(row, column);
    if (!ceiling) return std::nullopt;
    user.ceiling = std::move(*ceiling);
    return user;
}

std::unexpected<Error> SqliteTransaction::failed(SqliteError const& error) {
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

Result<std::int64_t> SqliteTransaction::count(char const* sql, Bind const& bind) {
    auto statement = connection_->prepare(sql);
    if (!statement) return failed(statement.error());
    bind(*statement);
    auto const row = statement->step();
    if (!row) return failed(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<std::optional<UserRecord>> SqliteTransaction::find_user(char const* sql, Bind const& bind) {
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

Result<std::vector<TokenRecord>> SqliteTransaction::collect_tokens(char const* sql, Bind const& bind, std::int64_t* damaged) {
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

Result<std::optional<UserRecord>> SqliteTransaction::user(UserId id) {
    return find_user("SELECT " WARDER_USER_COLUMNS " FROM users WHERE id = ?", [id](Statement& s) { s.bind(number_of(id)); });
}

Result<std::optional<UserRecord>> SqliteTransaction::user_named(std::string_view name) {
    return find_user("SELECT " WARDER_USER_COLUMNS " FROM users WHERE name = ?", [name](Statement& s) { s.bind(name); });
}

Result<std::vector<UserRecord>> SqliteTransaction::users() {
    auto statement = connection_->prepare("SELECT " WARDER_USER_COLUMNS " FROM users ORDER BY id");
    if (!statement) return failed(statement.error());
    std::vector<UserRecord> users;
    for (;;) {
        auto const row = statement->step();
        if (!row) return failed(row.error());
        if (!*row) return users;
        // A user in a damaged row can do nothing; the feed has counted the row.
        if (auto user = read_user(*statement, 0)) users.push_back(std::move(*user));
    }
}

Result<std::int64_t> SqliteTransaction::count_admins() {
    return count("SELECT count(*) FROM users WHERE is_admin = 1", [](Statement&) {});
}

Result<std::optional<TokenRecord>> SqliteTransaction::find_token(char const* sql, Bind const& bind) {
    auto tokens = collect_tokens(sql, bind);
    if (!tokens) return std::unexpected{tokens.error()};
    if (tokens->empty()) return std::optional<TokenRecord>{};
    return std::optional{std::move(tokens->front())};
}

Result<std::optional<TokenRecord>> SqliteTransaction::token(TokenKey const& key) {
    return find_token(WARDER_TOKEN_SELECT "WHERE owner = ? AND id = ?",
                      [&key](Statement& s) { s.bind(number_of(key.owner)).bind(std::span{key.id.bytes()}); });
}

Result<std::optional<TokenRecord>> SqliteTransaction::find_token(TokenId const& id) {
    return find_token(WARDER_TOKEN_SELECT "WHERE owner IN (SELECT users.id FROM users) AND id = ?",
                      [&id](Statement& s) { s.bind(std::span{id.bytes()}); });
}

Result<std::vector<TokenRecord>> SqliteTransaction::tokens(authority::TokenQuery const& query) {
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

Result<std::vector<TokenRecord>> SqliteTransaction::live_tokens_described(UserId owner, std::string_view description, Instant now) {
    return collect_tokens(WARDER_TOKEN_SELECT "WHERE owner = ? AND description = ? AND ends_at > ?",
                          [&](Statement& s) { s.bind(number_of(owner)).bind(description).bind(seconds_of(now)); });
}

Result<std::int64_t> SqliteTransaction::count_live_signed_by(std::string_view key_id, Instant now) {
    return count("SELECT count(*) FROM tokens WHERE key_id = ? AND ends_at > ?", [&](Statement& s) { s.bind(key_id).bind(seconds_of(now)); });
}

Result<void> SqliteTransaction::note_token(TokenKey const& key) {
    return run("INSERT INTO changes (user, token) VALUES (?, ?)",
               [&key](Statement& s) { s.bind(number_of(key.owner)).bind(std::span{key.id.bytes()}); });
}

Result<void> SqliteTransaction::note_user(UserId id) {
    return run("INSERT INTO changes (user) VALUES (?)", [id](Statement& s) { s.bind(number_of(id)); });
}

Result<Instant> SqliteTransaction::latest_time() {
    // Events and tokens are written nearly in the order of their times, so the last one is enough. The other two tables
    // are small.
    auto const latest = count(
        "SELECT max(ifnull((SELECT time FROM audit ORDER BY id DESC LIMIT 1), 0), ifnull((SELECT issued_at FROM tokens ORDER BY seq DESC LIMIT 1), "
        "0), "
        "ifnull((SELECT max(last_used_at) FROM uses), 0), ifnull((SELECT max(created_at) FROM users), 0))",
        [](Statement&) {});
    if (!latest) return std::unexpected{latest.error()};
    return instant_of(*latest);
}

Result<UserId> SqliteTransaction::insert_user(UserRecord const& user) {
    auto const taken = user_named(user.name);
    if (!taken) return std::unexpected{taken.error()};
    if (*taken) return std::unexpected{Error::kUserExists};
    GrantsColumn const ceiling{user.ceiling};
    auto const inserted = run("INSERT INTO users (name, password_hash, is_admin, created_at, ceiling) VALUES (?, ?, ?, ?, ?)", [&](Statement& s) {
        s.bind(std::string_view{user.name}).bind(std::string_view{user.password_hash}).bind(std::int64_t{user.is_admin});
        s.bind(seconds_of(user.created_at));
        ceiling.bind_to(s);
    });
    if (!inserted) return std::unexpected{inserted.error()};
    UserId const id{connection_->last_row_id()};
    if (auto noted = note_user(id); !noted) return std::unexpected{noted.error()};
    return id;
}

Result<void> SqliteTransaction::set_admin(UserId id, bool is_admin) {
    auto set = run("UPDATE users SET is_admin = ? WHERE id = ?", [&](Statement& s) { s.bind(std::int64_t{is_admin}).bind(number_of(id)); });
    return set ? note_user(id) : set;
}

Result<void> SqliteTransaction::set_ceiling(UserId id, Grants const& ceiling) {
    GrantsColumn const column{ceiling};
    auto set = run("UPDATE users SET ceiling = ? WHERE id = ?", [&](Statement& s) {
        column.bind_to(s);
        s.bind(number_of(id));
    });
    return set ? note_user(id) : set;
}

Result<void> SqliteTransaction::set_password_hash(UserId id, std::string_view password_hash) {
    auto set = run("UPDATE users SET password_hash = ? WHERE id = ?", [&](Statement& s) { s.bind(password_hash).bind(number_of(id)); });
    return set ? note_user(id) : set;
}

Result<void> SqliteTransaction::delete_user(UserId id) {
    auto deleted = run("DELETE FROM users WHERE id = ?", [&](Statement& s) { s.bind(number_of(id)); });
    return deleted ? note_user(id) : deleted;
}

Result<void> SqliteTransaction::insert_token(TokenRecord const& token, std::string_view) {
    GrantsColumn const endpoints{token.endpoints};
    auto inserted = run("INSERT INTO tokens (" WARDER_TOKEN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [&](Statement& s) {
        s.bind(std::span{token.id.bytes()}).bind(number_of(token.owner)).bind(std::string_view{token.description}).bind(token.lifetime.count());
        s.bind(seconds_of(token.issued_at)).bind(seconds_of(token.expires_at)).bind(seconds_of(token.ends_at()));
        if (token.succession) s.bind(std::span{token.succession->successor.bytes()});
        else s.bind_null();
        s.bind(std::span{std::as_const(token.digest)}).bind(std::string_view{token.key_id}).bind(std::int64_t{token.is_edited});
        endpoints.bind_to(s);
    });
    if (!inserted) return inserted;
    auto counted = run("UPDATE users SET token_count = token_count + 1 WHERE id = ?", [&](Statement& s) { s.bind(number_of(token.owner)); });
    return counted ? note_token(token.key()) : counted;
}

Result<void> SqliteTransaction::set_description(TokenKey const& key, std::string_view description) {
    auto set = run("UPDATE tokens SET description = ?, is_edited = 1 WHERE owner = ? AND id = ?",
                   [&](Statement& s) { s.bind(description).bind(number_of(key.owner)).bind(std::span{key.id.bytes()}); });
    return set && connection_->changed_rows() > 0 ? note_token(key) : set;
}

Result<void> SqliteTransaction::set_endpoints(TokenKey const& key, Grants const& endpoints) {
    GrantsColumn const column{endpoints};
    auto set = run("UPDATE tokens SET endpoints = ? WHERE owner = ? AND id = ?", [&](Statement& s) {
        column.bind_to(s);
        s.bind(number_of(key.owner)).bind(std::span{key.id.bytes()});
    });
    return set && connection_->changed_rows() > 0 ? note_token(key) : set;
}

Result<void> SqliteTransaction::set_succession(TokenKey const& key, TokenRecord::Succession const& succession) {
    auto set = run("UPDATE tokens SET ends_at = ?, successor = ? WHERE owner = ? AND id = ?", [&](Statement& s) {
        s.bind(seconds_of(succession.ends_at))
            .bind(std::span{succession.successor.bytes()})
            .bind(number_of(key.owner))
            .bind(std::span{key.id.bytes()});
    });
    return set && connection_->changed_rows() > 0 ? note_token(key) : set;
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
            s.bind(number_of(uses.key.owner)).bind(std::span{uses.key.id.bytes()});
        });
}

Result<void> SqliteTransaction::delete_token(TokenKey const& key) {
    auto deleted =
        run("DELETE FROM tokens WHERE owner = ? AND id = ?", [&](Statement& s) { s.bind(number_of(key.owner)).bind(std::span{key.id.bytes()}); });
    if (!deleted || connection_->changed_rows() == 0) return deleted;
    auto counted = run("UPDATE users SET token_count = token_count - 1 WHERE id = ?", [&](Statement& s) { s.bind(number_of(key.owner)); });
    return counted ? note_token(key) : counted;
}

/// Deletes the selected tokens by key alone, because rows that can't be read must be deletable too.
Result<std::int64_t> SqliteTransaction::delete_selected(char const* sql, Bind const& bind) {
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
        if (auto deleted = delete_token(key); !deleted) return std::unexpected{deleted.error()};
    return static_cast<std::int64_t>(keys.size());
}

Result<std::int64_t> SqliteTransaction::delete_signed_by(std::string_view key_id) {
    return delete_selected("SELECT owner, id FROM tokens WHERE key_id = ?", [&](Statement& s) { s.bind(key_id); });
}

Result<std::int64_t> SqliteTransaction::purge(Instant expired_before, Instant now, std::uint32_t limit) {
    // Two queries, each with an index that contains only matching rows: there may be very many expired tokens that are
    // still retained.
    auto const expired = delete_selected("SELECT owner, id FROM tokens WHERE ends_at < ? ORDER BY ends_at LIMIT ?",
                                         [&](Statement& s) { s.bind(seconds_of(std::min(expired_before, now))).bind(std::int64_t{limit}); });
    if (!expired) return expired;
    auto const replaced = delete_selected("SELECT owner, id FROM tokens WHERE successor IS NOT NULL AND ends_at <= ? ORDER BY ends_at LIMIT ?",
                                          [&](Statement& s) { s.bind(seconds_of(now)).bind(std::int64_t{limit} - *expired); });
    if (!replaced) return replaced;
    return *expired + *replaced;
}

}  // namespace warder::store
