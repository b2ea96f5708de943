// SPDX-License-Identifier: MIT
#include "store/postgres/node_register.hpp"

#include "core/try.hpp"

#include <sodium.h>

#include <limits>
#include <utility>

namespace warder::store::postgres {
namespace {

constexpr Connection::Timeout kLeaving{500};

std::int64_t make_run() {
    std::int64_t run = 0;
    randombytes_buf(&run, sizeof run);
    return run & std::numeric_limits<std::int64_t>::max();
}

}  // namespace

NodeRegister::NodeRegister(std::string name, std::chrono::milliseconds max_staleness)
    : run_{make_run()}, name_{std::move(name)}, lifetime_{std::chrono::duration<double>{max_staleness + std::chrono::seconds{1}}.count()} {}

Pg<void> NodeRegister::join(Connection& connection) { return beat(connection, {}); }

Pg<void> NodeRegister::beat(Connection& connection, std::vector<std::string> const& key_ids) {
    // Ids are hexadecimal, so that an array of them needs no quotes.
    std::string ids{"{"};
    for (auto const& id : key_ids) ids.append(ids.size() > 1 ? "," : "").append(id);
    ids += '}';
    // Losing one in a crash of the server does no harm, so it need not wait for the disk.
    connection.defer("BEGIN");
    connection.defer("SET LOCAL synchronous_commit = off");
    connection.defer(
        "INSERT INTO nodes (run, name, live_until, keys) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), $4::text::text[]) ON "
        "CONFLICT (run) DO UPDATE SET live_until = excluded.live_until, keys = excluded.keys",
        Parameters{}.add(run_).add(std::string_view{name_}).add(lifetime_).add(std::string_view{ids}));
    WARDER_TRY_VOID(connection.query("COMMIT"));
    return {};
}

Pg<void> NodeRegister::leave(Connection& connection) const {
    connection.defer("DELETE FROM commits WHERE at < now() - interval '1 day'");
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
