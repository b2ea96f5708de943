// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace warder::store::postgres {

/// Tells the database that this server is alive and which signing keys it has. A server counts as live for
/// `max_staleness` and a second after it was heard last; by then it accepts no tokens any more. For one thread at a time.
class NodeRegister {
  public:
    /// @param name  for people.
    NodeRegister(std::string name, std::chrono::milliseconds max_staleness);

    /// Registers the server before it reads the content: from then on, a new key waits until it is here, too.
    Pg<void> join(Connection& connection);
    /// @param key_ids  of the keys that are in force here.
    Pg<void> beat(Connection& connection, std::vector<std::string> const& key_ids);
    /// Removes the server, so that no new key waits for it. Also deletes what servers left that ended long ago.
    Pg<void> leave(Connection& connection) const;

    /// Lets keys sign that every live server has.
    static Pg<void> release_keys(Connection& connection);

  private:
    std::int64_t run_;
    std::string name_;
    double lifetime_;  ///< In seconds.
};

}  // namespace warder::store::postgres
