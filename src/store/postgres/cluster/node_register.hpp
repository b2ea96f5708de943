// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/connection.hpp"
#include "warder/store.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warder::store::postgres {

/// A server that follows the database.
struct LiveNode {
    std::int64_t run = 0;
    std::string name;
    std::chrono::milliseconds lifetime{};  ///< For how long after its last proof it may accept tokens.
};

/// Tells the database that this server is alive, which signing keys it uses and what it has applied. A server counts as live
/// for `max_staleness` and a second after it was heard last; by then it accepts no tokens any more. For one thread at a time.
class NodeRegister {
  public:
    /// @param name  for people.
    NodeRegister(std::string name, std::chrono::milliseconds max_staleness);

    /// Returns what identifies this run of the server.
    [[nodiscard]] std::int64_t run() const noexcept { return run_; }

    /// Registers the server before it reads the content: from then on, a new key waits until it is here, too.
    Pg<void> join(Connection& connection);
    /// @param keys  in force here. @param waits  what `Feed::waits` returns.
    /// @return all live servers.
    Pg<std::vector<LiveNode>> beat(Connection& connection, authority::KeysInForce const& keys, std::string_view waits);
    /// Removes the server, so that no new key waits for it. Also deletes what servers left that ended long ago.
    Pg<void> leave(Connection& connection) const;

    /// Lets keys sign that every live server has.
    static Pg<void> release_keys(Connection& connection);

  private:
    std::int64_t run_;
    std::string name_;
    double lifetime_;  ///< In seconds.
};

/// The columns of a `LiveNode`, which `read_live_node` expects first.
#define WARDER_PG_LIVE_NODE_COLUMNS "run, name, lifetime"

[[nodiscard]] LiveNode read_live_node(Rows const& rows, int row);

}  // namespace warder::store::postgres
