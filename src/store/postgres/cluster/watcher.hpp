// SPDX-License-Identifier: MIT
#pragma once

#include "index/freshness.hpp"
#include "log/log.hpp"
#include "metrics/store_metrics.hpp"
#include "store/common/cluster.hpp"
#include "store/postgres/cluster/feed.hpp"
#include "store/postgres/cluster/node_register.hpp"
#include "store/postgres/cluster/waits.hpp"
#include "store/postgres/connection/reconnecting.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace warder::store::postgres {

/// Lets the feed catch up whenever another node has committed: at its notification, and every half second in case that
/// one was lost. Has a thread and a connection of its own, so that a slow commit of this node delays nothing. The feed
/// and what else it is given must outlive it.
class Watcher {
  public:
    /// @param node  has joined.
    Watcher(std::string const& url, ClusterSettings const& settings, NodeRegister& node, Feed& feed, Waits& waits, index::Freshness& freshness,
            log::Logger& log, metrics::StoreMetrics& metrics);
    /// Ends the thread. The node can leave after that.
    void stop() noexcept;

    /// Notifies the other nodes of a commit. Not a part of the transaction: PostgreSQL lets only one transaction with
    /// notifications commit at a time, and a slow commit would hold up those of all nodes.
    static void notify_others(Connection& connection) { static_cast<void>(connection.query("NOTIFY warder_changes")); }

  private:
    void watch(std::stop_token const& stop);
    Pg<void> step(Connection& connection);
    Pg<bool> await_changes(Connection& connection);
    Pg<void> keep_house(Connection& connection);

    static constexpr char const* kNoWaits = "{}";

    bool is_notified_;
    std::chrono::milliseconds period_;
    Reconnecting connection_;
    NodeRegister* node_;
    Feed* feed_;
    Waits* waits_;
    std::string answered_{kNoWaits};  ///< The waits that the last heartbeat answered.
    index::Freshness* freshness_;
    log::Logger* log_;
    metrics::StoreMetrics* metrics_;
    std::int64_t listening_ = 0;  ///< The generation of the connection that was prepared; a new one is not yet.
    std::chrono::steady_clock::time_point next_question_{};
    /// When the last heartbeat was due; it was written later.
    std::optional<index::BootClock::time_point> beat_at_{};
    authority::KeysInForce told_{};  ///< The keys that it told.
    std::chrono::steady_clock::time_point next_trim_;
    std::jthread thread_;  // last, because it uses everything above
};

}  // namespace warder::store::postgres
