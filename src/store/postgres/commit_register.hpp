// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/connection.hpp"

#include <cstdint>

namespace warder::store::postgres {

/// Numbers the commits of this process in the database, so that the outcome of one can be found out after the connection
/// was lost in the middle of it. For one thread at a time.
class CommitRegister {
  public:
    CommitRegister();

    /// Runs the deferred statements, and adds the number of this commit to the transaction if it has written or locked
    /// something. From then on the transaction holds the lock of its row.
    /// @return whether it has; otherwise, there is nothing that others could notice.
    Pg<bool> add_next(Connection& connection);
    /// Returns whether the last commit was made, for which `add_next` must have returned true. Waits for the lock first, for up to a second: as long
    /// as the server still works on that transaction, both are possible.
    Pg<bool> was_made(Connection& connection) const;

  private:
    std::int64_t run_;
    std::int64_t last_ = 0;  ///< Never used again, whatever became of it.
};

}  // namespace warder::store::postgres
