// SPDX-License-Identifier: MIT
#include "store/postgres/cluster/watcher.hpp"

#include "core/try.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace warder::store::postgres {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPeriod{500};
constexpr std::chrono::milliseconds kBeatPeriod{900};  // so that the second question of an idle node is due
constexpr std::chrono::milliseconds kUrgentBeatPeriod{100};
// Others count this node as live for the longest time that it accepts tokens after a proof, and a second. Part of that is
// used for proofs after the last heartbeat.
constexpr std::chrono::milliseconds kLatestProof{500};
constexpr std::chrono::minutes kTrimPeriod{1};

}  // namespace

Watcher::Watcher(std::string const& url, ClusterSettings const& settings, NodeRegister& node, Feed& feed, Waits& waits, index::Freshness& freshness,
                 log::Logger& log, metrics::StoreMetrics& metrics)
    : is_notified_{settings.poll.count() == 0},
      period_{is_notified_ ? kPeriod : settings.poll},
      connection_{url, nullptr},
      node_{&node},
      feed_{&feed},
      waits_{&waits},
      freshness_{&freshness},
      log_{&log},
      metrics_{&metrics},
      next_trim_{Clock::now() + kTrimPeriod},
      thread_{[this](std::stop_token const& stop) { watch(stop); }} {}

void Watcher::stop() noexcept {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void Watcher::watch(std::stop_token const& stop) {
    bool is_away = false;
    while (!stop.stop_requested()) {
        try {
            auto* const connection = connection_.await(Clock::now() + period_);
            auto const done = connection != nullptr ? step(*connection) : Pg<void>{std::unexpected{connection_.error()}};
            if (done.has_value() == !is_away) continue;
            is_away = !done;
            if (is_away)
                log_->error("changes_not_followed",
                            {{"why", std::string_view{done.error().message}},
                             {"effect", "changes by other nodes are not in force here; tokens are refused before that lasts too long"}});
            else log_->info("changes_followed_again", {});
        } catch (std::exception const&) {
            log_->note_memory_shortage("reading changes");
        }
    }
}

/// Waits for a notification, but not for long: one may be lost, and the watcher may be stopped.
/// @return whether it is time to ask for changes.
Pg<bool> Watcher::await_changes(Connection& connection) {
    if (listening_ == connection_.generation()) {
        WARDER_TRY_VOID(connection.await_notification(std::min(period_, kPeriod)));
        return is_notified_ || Clock::now() >= next_question_;
    }
    if (is_notified_) WARDER_TRY_VOID(connection.execute("LISTEN warder_changes"));
    listening_ = connection_.generation();
    return true;
}

Pg<void> Watcher::step(Connection& connection) {
    WARDER_TRY(bool const is_due, await_changes(connection));
    if (!is_due) return {};
    next_question_ = Clock::now() + period_;
    auto const asked_at = freshness_->now();
    // As long as a key waits for the nodes, each tells soon that it has it.
    bool const beats = !beat_at_ || asked_at - *beat_at_ >= (feed_->has_pending_keys() ? kUrgentBeatPeriod : kBeatPeriod);
    WARDER_TRY_VOID(feed_->catch_up(connection, beats));
    metrics_->mark_current();
    auto waits = feed_->waits();
    auto keys = feed_->keys_in_force();
    bool const is_awaited = waits != kNoWaits && waits != answered_;
    bool const tells = beats || is_awaited || keys != told_;
    if (tells) {
        WARDER_TRY(auto nodes, node_->beat(connection, keys, waits));
        beat_at_ = asked_at;
        answered_ = std::move(waits);
        told_ = std::move(keys);
        waits_->note(std::move(nodes));
    }
    // Only a node that the others know to be live accepts tokens: they wait until it has a new key.
    freshness_->prove(std::min(asked_at, *beat_at_ + kLatestProof));
    return tells ? keep_house(connection) : Pg<void>{};
}

Pg<void> Watcher::keep_house(Connection& connection) {
    if (feed_->has_pending_keys()) WARDER_TRY_VOID(NodeRegister::release_keys(connection));
    if (Clock::now() < next_trim_) return {};
    next_trim_ = Clock::now() + kTrimPeriod;
    return Feed::trim(connection);
}

}  // namespace warder::store::postgres
