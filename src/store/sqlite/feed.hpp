// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/damaged_rows.hpp"
#include "store/sqlite/connection.hpp"
#include "warder/store.hpp"

#include <cstdint>

namespace warder::store {

/// Tells a listener what was committed, by this process or another: it reads the `changes` behind the last one it told. On the writer's thread alone.
class SqliteFeed {
  public:
    SqliteFeed(Connection& connection, authority::ChangeListener& listener) : connection_{&connection}, listener_{&listener} {}

    /// Everything there is, as if it had just been added.
    Sqlite<void> tell_everything();
    /// What came since the last call. Falls back to everything if that much history is no longer kept, or if there is less than was told.
    Sqlite<void> catch_up();

    /// The rows that could not be read the last time everything was told, and those among the changes since. They are told as gone.
    [[nodiscard]] DamagedRows const& damaged() const noexcept { return damaged_; }

    /// Forgets all history but the latest 100,000 changes, once 10,000 more have gathered. Inside a transaction.
    static Sqlite<void> trim(Connection& connection);

  private:
    Sqlite<void> tell_everything_seen();

    Connection* connection_;
    authority::ChangeListener* listener_;
    std::int64_t last_told_ = 0;
    DamagedRows damaged_;
};

}  // namespace warder::store
