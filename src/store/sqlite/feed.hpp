// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/damaged_rows.hpp"
#include "store/sqlite/connection.hpp"
#include "warder/store.hpp"

#include <cstdint>

namespace warder::store {

/// Tells a listener what this process and others committed, by reading the rows of `changes` after the last one it has
/// reported. Only for the writer thread.
class SqliteFeed {
  public:
    SqliteFeed(Connection& connection, authority::ChangeListener& listener) : connection_{&connection}, listener_{&listener} {}

    /// Reports the whole content, between `Reset` and `ResetComplete`.
    Sqlite<void> report_all();
    /// Reports what was committed since the last call. Reports the whole content if the history doesn't reach back that
    /// far, or ends before what was already reported.
    Sqlite<void> catch_up();

    /// Returns the rows that could not be read when the whole content was last reported or among the changes since
    /// then. They are reported as removed.
    [[nodiscard]] DamagedRows const& damaged() const noexcept { return damaged_; }

    /// Deletes all history but the latest 100,000 changes, once at least 10,000 more have accumulated. Call it inside a
    /// transaction.
    static Sqlite<void> trim(Connection& connection);

  private:
    Sqlite<void> report_all_seen();

    Connection* connection_;
    authority::ChangeListener* listener_;
    std::int64_t last_reported_ = 0;
    DamagedRows damaged_;
};

}  // namespace warder::store
