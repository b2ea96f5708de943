// SPDX-License-Identifier: MIT
#pragma once

#include "auth/request_context.hpp"
#include "gateway/proxy.hpp"
#include "net/listener.hpp"
#include "net/task.hpp"
#include "server/connection.hpp"
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
    std::atomic<std::size_t> room_searches{0};         ///< New connections that wait until an idle one is closed for them.
    std::atomic<std::size_t> gateway_connections{0};   ///< Those of the other connections that use the gateway's own listener.
    std::vector<Worker*> workers{};                    ///< Complete before the first worker runs.
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
/// for `run`, `begin_drain` and `close_all`, use it only on its own thread.
class Worker {
  public:
    /// @param listeners  the worker takes ownership of the sockets. @param factory  null if there is no gateway.
    Worker(Shared& shared, std::span<AcceptingListener const> listeners, gateway::ProxyFactory* factory);

    /// Serves until `close_all` is called or a drain has finished.
    void run();
    void begin_drain();
    void close_all();

    /// Closes the longest-idle connection of any worker, so that a new one of this listener can be accepted.
    /// @return false if none is idle.
    net::Task<bool> make_room(net::ListenerRole role);

    void add(Connection& connection);
    /// The connection no longer counts toward the limits.
    void note_rejected(Connection const& connection) noexcept;
    void remove(Connection& connection);
    [[nodiscard]] ServerSettings const& settings() const noexcept { return shared_->settings; }
    [[nodiscard]] bool is_draining() const noexcept { return shared_->is_draining.load(std::memory_order_relaxed); }
    [[nodiscard]] bool is_closing_idle() const noexcept { return shared_->is_closing_idle.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string_view date() const noexcept { return date_; }
    [[nodiscard]] auth::RequestContext request_context() noexcept {
        return {.services = shared_->services,
                .usage = *usage_,
                .scratch = scratch_,
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

    net::Task<void> accept_connections(AcceptLoop& loop);
    net::Task<void> accept_one(AcceptLoop& loop);
    net::Task<void> sweep_connections();
    net::Task<void> sweep_once();
    void start_connection(net::ListenerRole role, net::Socket socket, boost::asio::ip::tcp::endpoint const& peer);
    void stop_accepting();
    void refresh_date();
    void warn_rate_limited(std::string_view event, std::string_view reason) noexcept;
    void back_off() noexcept;

    Shared* shared_;
    auth::HostRule hosts_;
    auth::HostRule gateway_hosts_;
    // Other threads only post: sockets and timers belong to this thread, so locking them would be wasted.
    boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    std::vector<std::unique_ptr<AcceptLoop>> accept_loops_;
    Timer sweep_timer_;
    std::unique_ptr<gateway::Proxy> proxy_;
    bool is_stopping_ = false;
    std::vector<Connection*> connections_;
    std::array<std::vector<Victim>, 2>
        victims_;  ///< The longest-idle connections at the last scan, the longest-idle one last: of all listeners, and of the gateway's.
    authority::UsageCounter* usage_;  ///< Of this thread.
    authority::VerifierScratch scratch_;
    std::string date_;
    std::chrono::sys_seconds dated_{};
    std::chrono::steady_clock::time_point warned_at_{};
};

}  // namespace warder::server
