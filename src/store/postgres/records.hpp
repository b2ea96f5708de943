// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/connection.hpp"
#include "warder/store.hpp"

#include <optional>
#include <vector>

/// Rows as records.
namespace warder::store::postgres {

/// The columns of a token, which `read_token` expects in this order, followed by those of its uses. Those of the first
/// list never change.
#define WARDER_PG_TOKEN_IDENTITY "id, owner, issued_at, expires_at, digest, key_id"
#define WARDER_PG_TOKEN_STATE "description, life, ends_at, successor, is_edited, policy"
/// Selects what `read_token` expects; to be followed by conditions.
#define WARDER_PG_SELECT_TOKENS                                   \
    "SELECT " WARDER_PG_TOKEN_IDENTITY ", " WARDER_PG_TOKEN_STATE \
    ", use_count, last_used_at, last_used_from, run, batch FROM " \
    "tokens LEFT JOIN uses ON uses.token = tokens.seq "
/// The columns that `read_user` expects.
#define WARDER_PG_USER_COLUMNS "id, name, password_hash, is_admin, created_at, token_count, ceiling, last_sign_in_at"
/// The columns that `read_session` expects.
#define WARDER_PG_SESSION_COLUMNS "id_digest, owner, password_digest, begun_at, used_at"

/// These return a row as a record, or nullopt if the row is damaged.
std::optional<TokenRecord> read_token(Rows const& rows, int row);
std::optional<UserRecord> read_user(Rows const& rows, int row, int first_column);
std::optional<authority::StoredSession> read_session(Rows const& rows, int row, int first_column);
std::optional<TokenPolicy> read_policy(Rows const& rows, int row, int column);

/// Returns the rows as records, without those that are damaged: their tokens are not accepted, and the feed has counted them.
std::vector<TokenRecord> read_tokens(Rows const& rows);

}  // namespace warder::store::postgres
