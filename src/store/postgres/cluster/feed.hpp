// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/damaged_rows.hpp"
#include "store/postgres/connection/connection.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace warder::store::postgres {

/// Reports to a listener what any node has committed. Thread-safe; the listener is called by one thread at a time.
///
/// Transactions commit in another order than that of their numbers or of a sequence, so "everything after the last
/// number" would skip those that were slower. The position of the feed therefore also has the transactions that were still
/// running: only these, and those with higher numbers, can become visible later. A transaction that stays open delays no
/// other. See docs/decisions/0030-postgresql-change-feed.md.
class Feed {
  public:
    explicit Feed(authority::ChangeListener& listener) : listener_{&listener} {}

    /// Reports the complete content. Removes a change log that came from another server with a dump.
    Pg<void> report_all(Connection& connection);
    /// Reports the complete content as it is, and changes nothing; `catch_up` can't be called after that.
    Pg<void> report_once(Connection& connection);
    /// Reports everything that was committed before the call and was not reported yet: the changes, or the complete
    /// content if the change log no longer has them or the database was replaced by another one.
    /// @param ends_later  leaves the end of its transaction to be sent with the caller's next statement, which saves a round
    /// trip. The caller must send one at once.
    Pg<void> catch_up(Connection& connection, bool ends_later = false);
    /// Deletes changes that every node has read or will notice that it has missed. Call it from time to time.
    static Pg<void> trim(Connection& connection);

    [[nodiscard]] DamagedRows damaged() const;
    /// Returns the keys that the listener can use, as of the last report.
    [[nodiscard]] authority::KeysInForce keys_in_force() const;
    /// Returns the content of `waits` in the last snapshot of which everything was reported: `{run:number,…}`.
    [[nodiscard]] std::string waits() const;
    /// Returns whether a key waits until every node has it.
    [[nodiscard]] bool has_pending_keys() const;

  private:
    struct Database {
        std::int64_t system = 0;  ///< The server.
        std::int64_t table = 0;   ///< The identity of a table, which another schema does not have.

        friend bool operator==(Database const&, Database const&) = default;
    };
    /// What was reported, as of one snapshot of the database.
    struct Position {
        Database database;  ///< It keeps its history, up to a failover.
        std::int64_t timeline = 0;
        std::int64_t seen = 0;     ///< The number of the last boundary of the change log that the snapshot contains.
        std::int64_t deleted = 0;  ///< The number of the last boundary whose changes may have been deleted.
        /// The highest number of a transaction that made a change. Higher numbers may have been assigned, but after a crash
        /// the server assigns those again that left nothing durable.
        std::string last{};
        std::string running{};  ///< The numbers of the transactions that were still running: `{1,2}`.
        std::string waits{};    ///< The table `waits`: `{run:number,…}`.
        /// The change log has numbers that this server has not assigned yet. New changes would seem to be older than those.
        bool is_foreign = false;
    };

    static Pg<Position> begin_view(Connection& connection);
    static Pg<bool> trim_some(Connection& connection);
    static Pg<void> remove_foreign_log(Connection& connection);
    Pg<void> report_all_locked(Connection& connection);
    Pg<void> report_all_seen(Connection& connection, Position position);
    Pg<bool> report_changes(Connection& connection);
    Pg<void> report_keys(Connection& connection, std::vector<authority::Change>& changes);
    void report(std::vector<authority::Change> const& changes);
    void report_change(Rows const& rows, int row, std::vector<authority::Change>& changes);

    mutable std::mutex mutex_;
    authority::ChangeListener* listener_;
    Position position_;
    authority::KeysInForce keys_in_force_;
    bool has_pending_keys_ = false;
    DamagedRows damaged_;
};

}  // namespace warder::store::postgres
