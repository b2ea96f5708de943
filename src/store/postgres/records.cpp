// SPDX-License-Identifier: MIT
#include "store/postgres/records.hpp"

#include "core/token_policy.hpp"
#include "store/common/columns.hpp"

#include <utility>

namespace warder::store::postgres {
namespace {

/// Returns all zeros if the row has no usage, nullopt if it is damaged.
std::optional<TokenUsage> read_usage(Rows const& rows, int row, int column) {
    TokenUsage usage;
    if (rows.is_null(row, column)) return usage;
    usage.count = rows.integer(row, column);
    usage.last_at = instant_of(rows.integer(row, column + 1));
    if (!rows.bytes(row, column + 2, usage.last_from)) return std::nullopt;
    usage.mark = {.run = rows.integer(row, column + 3), .batch = rows.integer(row, column + 4)};
    return usage;
}

}  // namespace

std::optional<TokenPolicy> read_policy(Rows const& rows, int row, int column) {
    return rows.is_null(row, column) ? TokenPolicy{} : core::read_policy(rows.text(row, column));
}

std::optional<TokenRecord> read_token(Rows const& rows, int row) {
    TokenRecord token;
    TokenId::Bytes id{};
    if (!rows.bytes(row, 0, id)) return std::nullopt;
    token.id = TokenId{id};
    token.owner = UserId{rows.integer(row, 1)};
    token.issued_at = instant_of(rows.integer(row, 2));
    token.expires_at = instant_of(rows.integer(row, 3));
    if (!rows.bytes(row, 4, token.digest)) return std::nullopt;
    token.key_id = rows.text(row, 5);
    token.description = rows.text(row, 6);
    token.lifetime = Seconds{rows.real(row, 7)};
    if (!rows.is_null(row, 9)) {
        TokenId::Bytes successor{};
        if (!rows.bytes(row, 9, successor)) return std::nullopt;
        token.succession = {.ends_at = instant_of(rows.integer(row, 8)), .successor = TokenId{successor}};
    }
    token.is_edited = rows.boolean(row, 10);
    auto policy = read_policy(rows, row, 11);
    if (!policy) return std::nullopt;
    token.policy = std::move(*policy);
    // A damaged count is no reason to hide a token that is accepted.
    token.usage = read_usage(rows, row, 12).value_or(TokenUsage{});
    return token;
}

std::optional<UserRecord> read_user(Rows const& rows, int row, int first_column) {
    int column = first_column;
    UserRecord user;
    user.id = UserId{rows.integer(row, column++)};
    user.name = rows.text(row, column++);
    user.password_hash = rows.text(row, column++);
    user.is_admin = rows.boolean(row, column++);
    user.created_at = instant_of(rows.integer(row, column++));
    user.token_count = rows.integer(row, column++);
    auto ceiling = rows.is_null(row, column) ? Grants{} : core::read_grants(rows.text(row, column));
    if (!ceiling) return std::nullopt;
    user.ceiling = std::move(*ceiling);
    if (++column; !rows.is_null(row, column)) user.last_sign_in_at = instant_of(rows.integer(row, column));
    return user;
}

std::vector<TokenRecord> read_tokens(Rows const& rows) {
    std::vector<TokenRecord> tokens;
    tokens.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row)
        if (auto token = read_token(rows, row)) tokens.push_back(std::move(*token));
    return tokens;
}

}  // namespace warder::store::postgres
