// SPDX-License-Identifier: MIT
// The signing keys in SQL.
#include "core/try.hpp"
#include "crypto/key_ring.hpp"
#include "store/postgres/transaction.hpp"

#include <utility>

namespace warder::store::postgres {

using authority::StoredKey;

Pg<std::vector<StoredKey>> read_keys(Connection& connection) {
    WARDER_TRY(auto const rows, connection.query("SELECT id, created_at, origin, is_everywhere, sealed FROM signing_keys ORDER BY seq"));
    std::vector<StoredKey> keys;
    keys.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row) {
        auto const sealed = rows.text(row, 4);
        keys.push_back({.id = std::string{rows.text(row, 0)},
                        .created_at = Instant{std::chrono::seconds{rows.integer(row, 1)}},
                        .origin = static_cast<crypto::KeyOrigin>(rows.integer(row, 2)),
                        .is_everywhere = rows.boolean(row, 3),
                        .sealed = {sealed.begin(), sealed.end()}});
    }
    return keys;
}

authority::Result<std::vector<StoredKey>> Transaction::Keys::list() const {
    // Two nodes that start at once on an empty database must not both make the first key.
    if (transaction_->is_writing()) transaction_->connection_->defer("SELECT pg_advisory_xact_lock('signing_keys'::regclass::oid::bigint)");
    auto keys = read_keys(*transaction_->connection_);
    if (keys) return std::move(*keys);
    transaction_->on_failure_(keys.error());
    return std::unexpected{keys.error().for_caller()};
}

authority::Result<void> Transaction::Keys::insert(StoredKey const& key) {
    return transaction_->change(
        "WITH added AS (INSERT INTO signing_keys (id, created_at, origin, is_everywhere, sealed) VALUES ($1, $2, $3, $4, $5)) INSERT INTO changes "
        "(owner) VALUES (0)",
        Parameters{}
            .add(std::string_view{key.id})
            .add(std::int64_t{key.created_at.time_since_epoch().count()})
            .add(std::int64_t{std::to_underlying(key.origin)})
            .add(key.is_everywhere)
            .add(std::span{key.sealed}));
}

authority::Result<void> Transaction::Keys::erase(std::string_view id) {
    return transaction_->change("WITH gone AS (DELETE FROM signing_keys WHERE id = $1 RETURNING id) INSERT INTO changes (owner) SELECT 0 FROM gone",
                                Parameters{}.add(id));
}

authority::Result<bool> Transaction::Keys::is_signing(std::string_view id) const {
    // A node that signs with another key since a moment ago may not have committed the last token of this one: only when
    // all transactions have ended that began before, it is in the snapshot of the next statement. The transaction of a token
    // has its number before the token is signed, because it has locked the user.
    WARDER_TRY(auto const found,
               transaction_->query("SELECT EXISTS (SELECT FROM nodes WHERE live_until > clock_timestamp() AND (signing = $1 OR signing_since >= "
                                   "pg_snapshot_xmin(pg_current_snapshot())))",
                                   Parameters{}.add(id)));
    return found.boolean(0, 0);
}

}  // namespace warder::store::postgres
