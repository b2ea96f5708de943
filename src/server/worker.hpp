// SPDX-License-Identifier: MIT
#pragma once

#include "auth/request_context.hpp"
#include "gateway/proxy.hpp"
#include "net/listener.hpp"
#include "net/task.hpp"
#include "server/connection.hpp"
#include "server/room_searches.hpp"
#include "server/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warder::server {

class Worker;

/// How many connections the listener of metrics serves at a time; they don't count toward `max_connections`.
inline constexpr std::size_t kMaxMetricsConnections = 16;

/// Logs, at most once a minute, that connections were closed or refused because of `max_connections`. Thread-safe.
class FullNotice {
  public:
    void note(log::Logger& log, std::size_t limit, bool was_closed) noexcept;

  private:
    std::mutex mutex_;
    std::chrono::steady_clock::time_point written_{};
    std::int64_t closed_ = 0;
    std::int64_t rejected_ = 0;
};

/// State that a server's threads share.
struct Shared {
    ServerSettings settings;
    auth::Services services;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> rejected_connections{0};  ///< Those of `connections` that only get a 503.
    RoomSearches room_searches{};                      ///< New connections that wait until an idle one is closed for them.
    std::atomic<std::size_t> gateway_connections{0};   ///< Those of the other connections that use the gateway's own listener.
    std::vector<Worker*> workers{};                    ///< Those that serve requests. Complete before the first worker runs.
    gateway::ProxyFactory* gateway = nullptr;          ///< Null if there is none.
    FullNotice full_notice{};
    std::atomic<bool> is_draining{false};      ///< The server is about to stop.
    std::atomic<bool> is_closing_idle{false};  ///< The server no longer accepts connections and closes idle ones.
    net::TlsHolder tls{};                      ///< Empty: plain text.
    std::mutex mutex{};
    std::condition_variable connection_ended{};
};

/// A worker's own descriptor of a listening socket.
struct AcceptingListener {
    net::ListenerRole role = net::ListenerRole::kEverything;
    boost::asio::ip::tcp protocol = boost::asio::ip::tcp::v4();
    int socket = -1;
};

/// One thread of the server: an io_context, copies of the listening sockets, and the connections it accepted. Except
/// for `run`, `begin_drain`, `close_all` and `responded_at`, use it only on its own thread.
class Worker {
  public:
    /// @param listeners  the worker takes ownership of the sockets. @param factory  null if there is no gateway.
    Worker(Shared& shared, std::span<AcceptingListener const> listeners, gateway::ProxyFactory* factory);

    /// Serves until `close_all` is called or a drain has finished.
    void run();
    void begin_drain();
    void close_all();
    /// Returns when the worker's thread last checked its connections, which it does every quarter of a second.
    [[nodiscard]] std::chrono::steady_clock::time_point responded_at() const noexcept { return responded_at_.load(std::memory_order_relaxed); }

    /// Closes the longest-idle connection of any worker, so that a new one of this listener can be accepted.
    /// @return false if none is idle.
    net::Task<bool> make_room(net::ListenerRole role);

    void add(Connection& connection);
    /// The connection no longer counts toward the limits.
    void note_rejected(Connection const& connection) noexcept;
    void remove(Connection& connection);
    /// Returns the counts of this worker's requests. The worker of metrics counts, too, but nobody reads that.
    [[nodiscard]] auth::RequestMetrics& metrics() noexcept { return metrics_; }
    [[nodiscard]] Shared const& shared() const noexcept { return *shared_; }
    [[nodiscard]] ServerSettings const& settings() const noexcept { return shared_->settings; }
    [[nodiscard]] bool is_draining() const noexcept { return shared_->is_draining.load(std::memory_order_relaxed); }
    [[nodiscard]] bool is_closing_idle() const noexcept { return shared_->is_closing_idle.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string_view date() const noexcept { return date_; }
    [[nodiscard]] auth::RequestContext request_context() noexcept {
        return {.services = shared_->services,
                .usage = *usage_,
                .metrics = metrics_,
                .began = shared_->services.clock.steady_now(),
                .date = date_,
                .idle_timeout = shared_->settings.idle_timeout,
                .max_connections = shared_->settings.max_connections,
                .has_ui = shared_->settings.has_ui,
                .writes_access_log = shared_->settings.access_log,
                .is_draining = is_draining()};
    }
    /// Returns which hosts a listener serves.
    [[nodiscard]] auth::HostRule const& host_rule(net::ListenerRole role) const noexcept {
        return role == net::ListenerRole::kGateway ? gateway_hosts_ : hosts_;
    }
    /// Returns the worker's proxy; null if there is no gateway.
    [[nodiscard]] gateway::Proxy* proxy() const noexcept { return proxy_.get(); }

  private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, net::Executor>;
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

    struct AcceptLoop {
        net::ListenerRole role;
        Acceptor acceptor;
        Timer pause;
    };

    using Time = std::chrono::steady_clock::time_point;
    struct RoomSearch;
    enum class SearchOutcome : std::uint8_t {
        kNoneIdle,
        kTaken,  ///< The connection that was found got busy, or another search closed it.
        kClosed,
    };
    /// A connection that was idle at the last scan.
    struct Victim {
        Connection* connection;  ///< Null if it has ended since.
        Time since;
    };

    void start_search(bool is_gateway_only, std::move_only_function<void(SearchOutcome)> done);
    void look_for_room(std::shared_ptr<RoomSearch> const& search);
    [[nodiscard]] std::optional<Time> find_longest_idle(bool is_gateway_only);
    void end_longest_idle(RoomSearch& search);

    void spawn_tasks();
    void report_failure(std::string_view why) noexcept;
    net::Task<void> accept_connections(AcceptLoop& loop);
    net::Task<void> accept_one(AcceptLoop& loop);
    net::Task<void> sweep_connections();
    net::Task<void> sweep_once();
    void start_connection(net::ListenerRole role, net::Socket socket, boost::asio::ip::tcp::endpoint const& peer);
    void start_metrics_connection(net::Socket socket, boost::asio::ip::tcp::endpoint const& peer);
    void spawn_connection(net::ListenerRole role, net::Socket socket, boost::asio::ip::tcp::endpoint const& peer, bool is_beyond_limit);
    void stop_accepting();
    void refresh_date();
    void note_full(bool was_closed) noexcept;
    void warn_rate_limited(std::string_view event, std::string_view reason) noexcept;
    void back_off() noexcept;

    Shared* shared_;
    auth::HostRule hosts_;
    auth::HostRule gateway_hosts_;
    // Other threads only post: sockets and timers belong to this thread, so locking them would be wasted.
    boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    std::vector<std::unique_ptr<AcceptLoop>> accept_loops_;
    Timer sweep_timer_;
    std::atomic<Time> responded_at_{std::chrono::steady_clock::now()};
    std::unique_ptr<gateway::Proxy> proxy_;
    bool is_stopping_ = false;
    std::vector<Connection*> connections_;
    std::array<std::vector<Victim>, 2>
        victims_;  ///< The longest-idle connections at the last scan, the longest-idle one last: of all listeners, and of the gateway's.
    authority::UsageCounter* usage_;  ///< Of this thread.
    auth::RequestMetrics metrics_;
    std::string date_;
    std::chrono::sys_seconds dated_{};
    std::chrono::steady_clock::time_point warned_at_{};
};

}  // namespace warder::server
