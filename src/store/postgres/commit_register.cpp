// SPDX-License-Identifier: MIT
#include "store/postgres/commit_register.hpp"

#include "core/try.hpp"

#include <sodium.h>

#include <limits>

namespace warder::store::postgres {

CommitRegister::CommitRegister() {
    randombytes_buf(&run_, sizeof run_);
    run_ &= std::numeric_limits<std::int64_t>::max();
}

Pg<bool> CommitRegister::add_next(Connection& connection) {
    ++last_;
    WARDER_TRY(auto const added,
               connection.query("INSERT INTO commits (run, number) SELECT $1, $2 WHERE pg_current_xact_id_if_assigned() IS NOT NULL "
                                "ON CONFLICT (run) DO UPDATE SET number = excluded.number, at = now()",
                                Parameters{}.add(run_).add(last_)));
    return added.changed() > 0;
}

Pg<bool> CommitRegister::was_made(Connection& connection) const {
    // A number that was never used, so that a row that does not exist yet is waited for like one that does.
    connection.defer("BEGIN");
    connection.defer("SET LOCAL lock_timeout = '1s'");
    connection.defer("INSERT INTO commits (run, number) VALUES ($1, 0) ON CONFLICT (run) DO NOTHING", Parameters{}.add(run_));
    auto const number = connection.query("SELECT number FROM commits WHERE run = $1 FOR UPDATE", Parameters{}.add(run_));
    auto ended = connection.query("ROLLBACK");
    if (!number) return std::unexpected{number.error()};
    if (!ended) return std::unexpected{ended.error()};
    return !number->empty() && number->integer(0, 0) == last_;
}

}  // namespace warder::store::postgres
