// SPDX-License-Identifier: MIT
#include "store/postgres/cluster/node_register.hpp"

#include "core/try.hpp"

#include <sodium.h>

#include <limits>
#include <utility>

namespace warder::store::postgres {
namespace {

constexpr Connection::Timeout kLeaving{500};
constexpr std::string_view kNone{"{}"};

std::int64_t make_run() {
    std::int64_t run = 0;
    randombytes_buf(&run, sizeof run);
    return run & std::numeric_limits<std::int64_t>::max();
}

}  // namespace

NodeRegister::NodeRegister(std::string name, std::chrono::milliseconds max_staleness)
    : run_{make_run()}, name_{std::move(name)}, lifetime_{std::chrono::duration<double>{max_staleness + std::chrono::seconds{1}}.count()} {}

LiveNode read_live_node(Rows const& rows, int row) {
    return {.run = rows.integer(row, 0),
            .name = std::string{rows.text(row, 1)},
            .lifetime = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{rows.real(row, 2)})};
}

Pg<void> NodeRegister::join(Connection& connection) {
    WARDER_TRY_VOID(beat(connection, {}, kNone));
    return {};
}

Pg<std::vector<LiveNode>> NodeRegister::beat(Connection& connection, authority::KeysInForce const& keys, std::string_view waits) {
    // Ids are hexadecimal, so that an array of them needs no quotes.
    std::string ids{"{"};
    for (auto const& id : keys.ids) ids.append(ids.size() > 1 ? "," : "").append(id);
    ids += '}';
    // Losing one in a crash of the server does no harm, so it need not wait for the disk.
    connection.defer("BEGIN");
    connection.defer("SET LOCAL synchronous_commit = off");
    connection.defer(
        "INSERT INTO nodes (run, name, live_until, lifetime, keys, signing, waits) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), "
        "$3, $4::text::text[], $5, $6::text::text[]) ON CONFLICT (run) DO UPDATE SET live_until = excluded.live_until, keys = excluded.keys, "
        "signing_since = CASE WHEN nodes.signing = excluded.signing THEN nodes.signing_since ELSE excluded.signing_since END, signing = "
        "excluded.signing, waits = excluded.waits",
        Parameters{}.add(run_).add(std::string_view{name_}).add(lifetime_).add(std::string_view{ids}).add(std::string_view{keys.signing}).add(waits));
    connection.defer("COMMIT");
    WARDER_TRY(auto const rows, connection.query("SELECT " WARDER_PG_LIVE_NODE_COLUMNS " FROM nodes WHERE live_until > clock_timestamp()"));
    std::vector<LiveNode> nodes;
    nodes.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row) nodes.push_back(read_live_node(rows, row));
    return nodes;
}

Pg<void> NodeRegister::leave(Connection& connection) const {
    connection.defer("DELETE FROM commits WHERE at < now() - interval '1 day'");
    connection.defer("DELETE FROM waits WHERE run = $1 OR run NOT IN (SELECT run FROM nodes)", Parameters{}.add(run_));
    WARDER_TRY_VOID(connection.query("DELETE FROM nodes WHERE run = $1 OR live_until < now() - interval '1 day'", Parameters{}.add(run_), kLeaving));
    return {};
}

Pg<void> NodeRegister::release_keys(Connection& connection) {
    WARDER_TRY_VOID(
        connection.query("WITH released AS (UPDATE signing_keys SET is_everywhere = true WHERE NOT is_everywhere AND NOT EXISTS (SELECT FROM "
                         "nodes WHERE live_until > clock_timestamp() AND signing_keys.id <> ALL (keys)) RETURNING id) "
                         "INSERT INTO changes (owner) SELECT 0 FROM released"));
    return {};
}

}  // namespace warder::store::postgres
