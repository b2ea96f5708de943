// SPDX-License-Identifier: MIT
#include "server/worker.hpp"

#include "core/text/times.hpp"
#include "log/log.hpp"
#include "net/await_callback.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <thread>

namespace warder::server {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kSweepEvery{250};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kRetryDelay{10};
constexpr std::chrono::minutes kWarnInterval{1};
/// How many idle connections one scan remembers, so that a flood of new connections does not cost a scan for each.
constexpr std::size_t kVictims = 64;
constexpr std::chrono::minutes kFullNoticeEvery{1};
/// How often a new connection looks for an idle one, while other new connections do the same. Each search that succeeds
/// leaves an idle connection for the next, so a burst of n times `max_connections` needs about n searches.
constexpr int kMaxSearches = 20;

/// If the gateway has its own listener, 5% of the connections (at least one) are reserved for `listen`.
std::size_t gateway_limit(ServerSettings const& settings) noexcept {
    auto const limit = settings.max_connections;
    return limit < 2 ? limit : limit - (limit + 19) / 20;
}

auth::AddressBytes bytes_of(asio::ip::tcp::endpoint const& peer) {
    auto const address = peer.address();
    auto const v6 = address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
    auth::AddressBytes bytes{};
    auto const raw = v6.to_bytes();
    std::copy(raw.begin(), raw.end(), bytes.begin());
    return bytes;
}

net::Task<void> converse(std::unique_ptr<Connection> connection) { co_await connection->run(); }

}  // namespace

Worker::Worker(Shared& shared, std::span<AcceptingListener const> listeners, gateway::ProxyFactory* factory)
    : shared_{&shared},
      hosts_{shared.settings.hosts, "hosts", shared.settings.listen},
      gateway_hosts_{shared.settings.gateway_hosts, "gateway.hosts", shared.settings.gateway_listen.value_or(net::ListenAddress{})},
      sweep_timer_{context_},
      usage_{&shared.services.usage.add_counter()} {
    for (auto const& [role, protocol, socket] : listeners)
        accept_loops_.push_back(std::make_unique<AcceptLoop>(AcceptLoop{role, Acceptor{context_, protocol, socket}, Timer{context_}}));
    if (factory != nullptr) proxy_ = factory->make(context_, shared.services);
    refresh_date();
    spawn_tasks();
}

/// Creates the tasks that run as long as the worker. The thread that starts the server does so: if it has no memory for them, the
/// server doesn't start, whereas an exception in the worker's thread would end the program later.
void Worker::spawn_tasks() {
    auto const on_end = [this](std::exception_ptr const& failure) {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (std::exception const& error) {
            report_failure(error.what());
        }
    };
    for (auto const& loop : accept_loops_) {
        auto accepting = accept_connections(*loop);
        asio::co_spawn(context_.get_executor(), std::move(accepting), on_end);
    }
    auto sweeping = sweep_connections();
    asio::co_spawn(context_.get_executor(), std::move(sweeping), on_end);
}

void Worker::run() {
    // A task that throws because memory ran out ends together with its connection; the thread continues.
    for (;;) {
        try {
            context_.run();
            return;
        } catch (std::exception const& error) {
            report_failure(error.what());
        }
    }
}

void Worker::report_failure(std::string_view why) noexcept { shared_->services.log.error("task_failed", {{"why", why}}); }

void Worker::begin_drain() {
    asio::post(context_, [this] {
        stop_accepting();
        for (auto* const connection : connections_) connection->drain();
    });
}

void Worker::close_all() {
    asio::post(context_, [this] {
        stop_accepting();
        is_stopping_ = true;
        for (auto* const connection : connections_) connection->close();
        if (proxy_) proxy_->close_all();
        sweep_timer_.cancel();
    });
}

void Worker::stop_accepting() {
    for (auto const& loop : accept_loops_) {
        ErrorCode ignored;
        loop->acceptor.close(ignored);
        loop->pause.cancel();
    }
}

void Worker::add(Connection& connection) {
    connection.number = connections_.size();
    connections_.push_back(&connection);
    if (connection.role() == net::ListenerRole::kMetrics) return;  // must work when all other connections are in use
    ++shared_->connections;
    if (connection.role() == net::ListenerRole::kGateway) ++shared_->gateway_connections;
}

void Worker::note_rejected(Connection const& connection) noexcept {
    ++shared_->rejected_connections;
    if (connection.role() == net::ListenerRole::kGateway) --shared_->gateway_connections;
}

void Worker::remove(Connection& connection) {
    auto* const last = connections_.back();
    connections_[connection.number] = last;
    last->number = connection.number;
    connections_.pop_back();
    for (auto& victims : victims_) {
        for (auto& victim : victims)
            if (victim.connection == &connection) victim.connection = nullptr;
    }
    if (connection.role() == net::ListenerRole::kMetrics) return;
    if (connection.is_rejected()) --shared_->rejected_connections;
    else if (connection.role() == net::ListenerRole::kGateway) --shared_->gateway_connections;
    std::scoped_lock const lock{shared_->mutex};
    if (--shared_->connections == 0) shared_->connection_ended.notify_all();
}

/// An exception (out of memory) ends only one iteration, here and in `sweep_connections`: a server that no longer accepts
/// connections is useless.
net::Task<void> Worker::accept_connections(AcceptLoop& loop) {
    while (loop.acceptor.is_open()) {
        try {
            co_await accept_one(loop);
        } catch (std::exception const&) {
            back_off();
        }
    }
}

net::Task<void> Worker::accept_one(AcceptLoop& loop) {
    net::Socket socket{context_};
    asio::ip::tcp::endpoint peer;
    auto const [error] = co_await loop.acceptor.async_accept(socket, peer, asio::as_tuple(net::kAwait));
    if (!error) {
        start_connection(loop.role, std::move(socket), peer);
    } else if (loop.acceptor.is_open() && error != asio::error::connection_aborted) {
        // Out of descriptors or memory: the client waits in the backlog until other connections end.
        warn_rate_limited("accept_failed", error.message());
        loop.pause.expires_after(kAcceptPause);
        co_await loop.pause.async_wait(asio::as_tuple(net::kAwait));
    }
}

void Worker::start_connection(net::ListenerRole role, net::Socket socket, asio::ip::tcp::endpoint const& peer) {
    if (role == net::ListenerRole::kMetrics) return start_metrics_connection(std::move(socket), peer);
    bool const is_gateway = role == net::ListenerRole::kGateway;
    auto const limit = shared_->settings.max_connections;
    auto const extra = shared_->settings.max_rejected;  // for connections that wait for another one to be closed or get a 503
    auto const count = shared_->connections.load();
    auto const of_gateway = shared_->gateway_connections.load();
    auto const gateways = gateway_limit(shared_->settings);
    if (count >= limit + extra || (is_gateway && of_gateway >= gateways + extra / 2)) {
        return note_full(false);
    }
    bool const is_beyond_limit = count >= limit + shared_->rejected_connections.load() || (is_gateway && of_gateway >= gateways);
    spawn_connection(role, std::move(socket), peer, is_beyond_limit);
}

/// Connections to the listener of metrics have a small limit of their own.
void Worker::start_metrics_connection(net::Socket socket, asio::ip::tcp::endpoint const& peer) {
    if (connections_.size() < kMaxMetricsConnections) spawn_connection(net::ListenerRole::kMetrics, std::move(socket), peer, false);
}

void Worker::spawn_connection(net::ListenerRole role, net::Socket socket, asio::ip::tcp::endpoint const& peer, bool is_beyond_limit) {
    auto task =
        converse(std::make_unique<Connection>(*this, role, net::Stream{std::move(socket), shared_->tls.read()}, bytes_of(peer), is_beyond_limit));
    asio::co_spawn(context_.get_executor(), std::move(task), [this](std::exception_ptr const& failure) {
        if (failure) shared_->services.log.note_memory_shortage("serving a connection");
    });
}

/// A search for the longest-idle connection of all workers. The worker that owns the connection closes it.
struct Worker::RoomSearch {
    bool is_gateway_only = false;  ///< Only connections of the gateway's listener count, since its own limit is reached.
    std::move_only_function<void(SearchOutcome)> done;
    std::mutex mutex;
    std::size_t pending = 0;
    Worker* best = nullptr;
    Time since = Time::max();
};

net::Task<bool> Worker::make_room(net::ListenerRole role) {
    // If the gateway's own limit is reached, one of its connections must be closed. The new one is already counted.
    bool const is_gateway_only = role == net::ListenerRole::kGateway && shared_->gateway_connections.load() > gateway_limit(shared_->settings);
    bool is_made = false;
    RoomSearches::Search search{shared_->room_searches};
    for (int tries = 0; tries < kMaxSearches; ++tries) {
        if (is_closing_idle()) break;  // the other workers' threads may have ended already
        search.begin_attempt();
        auto start = [this, is_gateway_only](std::move_only_function<void(SearchOutcome)> done) { start_search(is_gateway_only, std::move(done)); };
        auto const outcome = co_await net::await_callback<SearchOutcome>(start);
        is_made = outcome == SearchOutcome::kClosed;
        if (is_made || (outcome == SearchOutcome::kNoneIdle && !search.is_overlapped())) break;
    }
    note_full(is_made);
    co_return is_made;
}

void Worker::start_search(bool is_gateway_only, std::move_only_function<void(SearchOutcome)> done) {
    auto const search = std::make_shared<RoomSearch>();
    search->is_gateway_only = is_gateway_only;
    search->done = std::move(done);
    search->pending = shared_->workers.size();
    for (auto* const worker : shared_->workers) {
        if (worker == this) continue;
        asio::post(worker->context_, [worker, search] { worker->look_for_room(search); });
    }
    look_for_room(search);
}

void Worker::look_for_room(std::shared_ptr<RoomSearch> const& search) {
    auto const since = find_longest_idle(search->is_gateway_only);
    Worker* best = nullptr;
    {
        std::scoped_lock const lock{search->mutex};
        if (since && (search->best == nullptr || *since < search->since)) {
            search->since = *since;
            search->best = this;
        }
        if (--search->pending > 0) return;
        best = search->best;
    }
    if (best == nullptr) return search->done(SearchOutcome::kNoneIdle);
    if (best == this) return end_longest_idle(*search);
    asio::post(best->context_, [best, search] { best->end_longest_idle(*search); });
}

/// Returns since when the longest-idle connection of this worker has been idle; nullopt if none is idle. Connections that
/// were idle at the last scan and still are come first: the others have not been idle for as long.
std::optional<Worker::Time> Worker::find_longest_idle(bool is_gateway_only) {
    auto& victims = victims_[is_gateway_only ? 1 : 0];
    auto const drop_stale = [&victims] {
        while (!victims.empty() && (victims.back().connection == nullptr || victims.back().connection->idle_since() != victims.back().since))
            victims.pop_back();
    };
    drop_stale();
    if (victims.empty()) {
        for (auto* const connection : connections_) {
            if (is_gateway_only && connection->role() != net::ListenerRole::kGateway) continue;
            if (auto const since = connection->idle_since()) victims.push_back({connection, *since});
        }
        auto const kept = std::min(victims.size(), kVictims);
        std::ranges::partial_sort(victims, victims.begin() + static_cast<std::ptrdiff_t>(kept), {}, &Victim::since);
        victims.resize(kept);
        std::ranges::reverse(victims);
    }
    return victims.empty() ? std::nullopt : std::optional{victims.back().since};
}

void Worker::end_longest_idle(RoomSearch& search) {
    auto& victims = victims_[search.is_gateway_only ? 1 : 0];
    for (std::size_t tries = 0; tries < kVictims && find_longest_idle(search.is_gateway_only); ++tries) {
        auto* const connection = victims.back().connection;
        victims.pop_back();
        if (connection->has_input()) continue;
        connection->evict();
        return search.done(SearchOutcome::kClosed);
    }
    search.done(SearchOutcome::kTaken);
}

void FullNotice::note(log::Logger& log, std::size_t limit, bool was_closed) noexcept {
    std::scoped_lock const lock{mutex_};
    ++(was_closed ? closed_ : rejected_);
    auto const now = std::chrono::steady_clock::now();
    if (written_ != std::chrono::steady_clock::time_point{} && now < written_ + kFullNoticeEvery) return;
    written_ = now;
    log.warning("connections_full", {{"why", "max_connections was reached"},
                                     {"closed", closed_},
                                     {"rejected", rejected_},
                                     {"max_connections", static_cast<std::int64_t>(limit)}});
    closed_ = rejected_ = 0;
}

net::Task<void> Worker::sweep_connections() {
    while (!is_stopping_) {
        try {
            co_await sweep_once();
        } catch (std::exception const&) {
            back_off();
        }
    }
}

/// Enforces deadlines, which are coarse: one timer per thread checks all connections, so that a request needs no timer of
/// its own.
net::Task<void> Worker::sweep_once() {
    sweep_timer_.expires_after(kSweepEvery);
    co_await sweep_timer_.async_wait(asio::as_tuple(net::kAwait));
    auto const now = std::chrono::steady_clock::now();
    for (auto* const connection : connections_) connection->sweep(now);
    if (proxy_) proxy_->sweep(now);
    refresh_date();
    responded_at_.store(now, std::memory_order_relaxed);
}

/// Counts and logs that `max_connections` was reached.
void Worker::note_full(bool was_closed) noexcept {
    metrics_.count_limit(auth::Limit::kConnections);
    shared_->full_notice.note(shared_->services.log, shared_->settings.max_connections, was_closed);
}

/// Logs at most once a minute, so that clients can't fill the disk with log lines.
void Worker::warn_rate_limited(std::string_view event, std::string_view reason) noexcept {
    auto const now = std::chrono::steady_clock::now();
    if (now < warned_at_ + kWarnInterval) return;
    warned_at_ = now;
    shared_->services.log.warning(event, {{"why", reason}});
}

/// Blocks the thread for a moment, so that connections can end: without memory, not even a timer can be awaited.
void Worker::back_off() noexcept {
    shared_->services.log.note_memory_shortage("accepting connections");
    std::this_thread::sleep_for(kRetryDelay);
}

void Worker::refresh_date() {
    auto const now = std::chrono::floor<std::chrono::seconds>(shared_->services.clock.now());
    if (now == dated_) return;
    dated_ = now;
    auto const date = core::http_date(now);
    // All dates have the same length, so this reuses the memory: existing views stay valid and show the new date.
    date_.assign(date);
}

}  // namespace warder::server
