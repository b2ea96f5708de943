// SPDX-License-Identifier: MIT
#include "store/postgres/cluster/waits.hpp"

#include "core/try.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <string_view>
#include <utility>

namespace warder::store::postgres {
namespace {

using authority::Done;
using authority::Propagation;

constexpr char const* kDoing = "waiting for other nodes";
constexpr std::size_t kMostWaiters = 1000;
constexpr std::chrono::milliseconds kShortestPause{5};  // between two questions
constexpr std::chrono::milliseconds kLongestPause{40};
constexpr std::chrono::milliseconds kShortestTimeout{200};
constexpr std::chrono::milliseconds kLongestTimeout{2'000};
constexpr std::chrono::seconds kIdle{5};  // until the connection is closed

}  // namespace

Waits::Waits(std::string url, LiveNode self, log::Logger& log)
    : url_{std::move(url)}, self_{std::move(self)}, self_text_{std::to_string(self_.run)}, log_{&log}, thread_{[this] { serve(); }} {}

void Waits::add(std::chrono::milliseconds limit, Done<Propagation> done) {
    auto const now = Clock::now();
    std::vector<Waiter> excess;
    {
        std::scoped_lock const lock{mutex_};
        bool const has_room = !is_ended_ && waiters_.size() < kMostWaiters;
        auto& list = has_room ? waiters_ : excess;
        list.push_back({.done = std::move(done), .began = now, .deadline = now + limit, .began_at = std::chrono::system_clock::now()});
        has_new_ = has_new_ || has_room;
    }
    changed_.notify_one();
    answer(std::move(excess));
}

void Waits::note(std::vector<LiveNode> nodes) {
    std::scoped_lock const lock{mutex_};
    known_ = std::move(nodes);
}

void Waits::end() noexcept {
    std::vector<Waiter> waiters;
    {
        std::scoped_lock const lock{mutex_};
        is_ended_ = true;
        waiters.swap(waiters_);
    }
    answer(std::move(waiters));
}

void Waits::stop() noexcept {
    end();
    {
        std::scoped_lock const lock{mutex_};
        is_stopped_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Waits::serve() noexcept {
    for (;;) {
        try {
            if (!await_round()) return retreat();
            ask();
            answer_due(Clock::now());
        } catch (std::exception const&) {
            log_->note_memory_shortage(kDoing);
            connection_.reset();
        }
    }
}

/// Waits until the database is to be asked.
/// @return false at the end.
bool Waits::await_round() {
    std::unique_lock lock{mutex_};
    // Those who come within the pause share a barrier.
    changed_.wait_until(lock, asked_at_ + kShortestPause, [this] { return is_stopped_; });
    auto const has_work = [this] { return is_stopped_ || !waiters_.empty(); };
    if (!has_work() && !changed_.wait_for(lock, kIdle, has_work)) {
        lock.unlock();
        retreat();
        lock.lock();
        changed_.wait(lock, has_work);
    }
    if (is_stopped_) return false;
    auto due = asked_at_ + pause_;
    for (auto const& waiter : waiters_) due = std::min(due, waiter.deadline);
    changed_.wait_until(lock, due, [this] { return is_stopped_ || has_new_; });
    return !is_stopped_;
}

/// Asks the database how far the nodes are, after it has written a barrier for those who have none. If it can't be asked,
/// this is tried again in the next round.
void Waits::ask() {
    asked_at_ = Clock::now();
    auto due = asked_at_ + kLongestTimeout;
    std::int64_t barrier = 0;
    {
        std::scoped_lock const lock{mutex_};
        if (waiters_.empty()) return;
        pause_ = has_new_ ? kShortestPause : std::min<Clock::duration>(pause_ * 2, kLongestPause);
        if (std::exchange(has_new_, false)) ++barrier_;
        for (auto& waiter : waiters_) {
            if (waiter.barrier == 0) waiter.barrier = barrier_;
            due = std::min(due, waiter.deadline);
        }
        barrier = barrier_;
    }
    auto const timeout = std::max(kShortestTimeout, std::chrono::ceil<std::chrono::milliseconds>(due - asked_at_));
    if (!connection_ || !connection_->is_usable()) {
        auto opened = Connection::open(url_, timeout);
        if (!opened) return log_failure(opened.error());
        connection_ = std::move(*opened);
        written_ = 0;
    }
    auto const progress = write_and_read(barrier, timeout);
    if (!progress) return log_failure(progress.error());
    written_ = barrier;
    auto const now = Clock::now();
    std::scoped_lock const lock{mutex_};
    for (auto& waiter : waiters_)
        if (waiter.barrier != 0) update(waiter, *progress, now);
}

void Waits::log_failure(PgError const& error) {
    if (auto const held_back = reports_.admit(kDoing))
        log_->error("store_failed", {{"doing", std::string_view{kDoing}},
                                     {"sqlstate", std::string_view{error.sqlstate}},
                                     {"postgres", std::string_view{error.message}},
                                     {"held_back", *held_back}});
}

Pg<std::vector<Waits::Progress>> Waits::write_and_read(std::int64_t barrier, Connection::Timeout timeout) {
    if (written_ != barrier) {
        // A crash of the server may undo it: then nobody says that it was applied.
        connection_->defer("BEGIN");
        connection_->defer("SET LOCAL synchronous_commit = off");
        connection_->defer("INSERT INTO waits (run, number) VALUES ($1, $2) ON CONFLICT (run) DO UPDATE SET number = excluded.number",
                           Parameters{}.add(self_.run).add(barrier));
        connection_->defer("COMMIT");
        connection_->defer("NOTIFY warder_changes");
    }
    // A node that is not among these has registered later, and reads everything after that.
    WARDER_TRY(auto const rows,
               connection_->query("SELECT " WARDER_PG_LIVE_NODE_COLUMNS
                                  ", coalesce((SELECT max(split_part(w, ':', 2)::bigint) FROM unnest(waits) w WHERE split_part(w, ':', 1) = $1), 0) "
                                  "FROM nodes WHERE live_until > clock_timestamp() ORDER BY name, run",
                                  Parameters{}.add(std::string_view{self_text_}), timeout));
    std::vector<Progress> progress;
    progress.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row) progress.push_back({.node = read_live_node(rows, row), .applied = rows.integer(row, 3)});
    return progress;
}

/// Nodes that are not live any more accept no tokens, so nobody waits for them.
void Waits::update(Waiter& waiter, std::vector<Progress> const& progress, Clock::time_point now) const {
    if (!std::exchange(waiter.is_listed, true))
        for (auto const& live : progress) waiter.nodes.push_back({.node = live.node});
    auto const find = [&progress](Expected const& expected) {
        return std::ranges::find(progress, expected.node.run, [](Progress const& live) { return live.node.run; });
    };
    for (auto& expected : waiter.nodes) {
        if (expected.applied_at) continue;
        if (expected.node.run == self_.run) expected.applied_at = waiter.began;
        else if (auto const live = find(expected); live != progress.end() && live->applied >= waiter.barrier) expected.applied_at = now;
    }
    std::erase_if(waiter.nodes, [&](Expected const& expected) { return !expected.applied_at && find(expected) == progress.end(); });
}

/// Closes the connection, and takes the barrier away, so that the nodes stop repeating it.
void Waits::retreat() {
    if (connection_) static_cast<void>(connection_->query("DELETE FROM waits WHERE run = $1", Parameters{}.add(self_.run), kShortestTimeout));
    connection_.reset();
}

bool Waits::is_complete(Waiter const& waiter) {
    return waiter.is_listed && std::ranges::all_of(waiter.nodes, [](Expected const& expected) { return expected.applied_at.has_value(); });
}

void Waits::answer_due(Clock::time_point now) {
    std::vector<Waiter> due;
    {
        std::scoped_lock const lock{mutex_};
        auto const waits_on = [now](Waiter const& waiter) { return !is_complete(waiter) && waiter.deadline > now; };
        auto const first = std::ranges::partition(waiters_, waits_on).begin();
        due.assign(std::make_move_iterator(first), std::make_move_iterator(waiters_.end()));
        waiters_.erase(first, waiters_.end());
    }
    answer(std::move(due));
}

Propagation Waits::report(Waiter const& waiter, std::vector<LiveNode> const& known) const {
    Propagation propagation{.is_complete = is_complete(waiter)};
    auto const add = [&](LiveNode const& node, std::optional<Clock::time_point> applied_at) {
        if (applied_at)
            propagation.applied.push_back({.node = node.name, .after = std::chrono::ceil<std::chrono::milliseconds>(*applied_at - waiter.began)});
        // Its last proof was before the change, and its lifetime is longer than the proof counts.
        else
            propagation.pending.push_back(
                {.node = node.name, .refuses_after = std::chrono::ceil<std::chrono::seconds>(waiter.began_at + node.lifetime)});
    };
    for (auto const& expected : waiter.nodes) add(expected.node, expected.applied_at);
    if (waiter.is_listed) return propagation;
    add(self_, waiter.began);
    for (auto const& node : known)
        if (node.run != self_.run) add(node, std::nullopt);
    return propagation;
}

void Waits::answer(std::vector<Waiter> waiters) noexcept {
    if (waiters.empty()) return;
    try {
        std::vector<LiveNode> known;
        {
            std::scoped_lock const lock{mutex_};
            known = known_;
        }
        for (auto& waiter : waiters) waiter.done(report(waiter, known));
    } catch (std::exception const&) {
        // Those who were not answered learn it from the end of their callbacks.
        log_->note_memory_shortage(kDoing);
    }
}

}  // namespace warder::store::postgres
