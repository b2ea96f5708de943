// SPDX-License-Identifier: MIT
#pragma once

#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/server.hpp"
#include "http/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace warder::http {

/// What a server's threads have in common.
struct Shared {
    ServerSettings settings;
    Services services;
    std::atomic<std::size_t> connections{0};
    std::atomic<bool> is_draining{false};
    TlsHolder tls{};  ///< Empty: plain text.
    std::mutex mutex{};
    std::condition_variable connection_ended{};
};

/// One thread's share of the server: an io_context, a copy of the listening socket, and the connections that it accepted.
/// Everything but `run`, `begin_drain` and `close_all` belongs to its own thread.
class Worker {
  public:
    /// @param listener  a listening socket of its own; taken over.
    Worker(Shared& shared, boost::asio::ip::tcp const& protocol, int listener);

    /// Serves until `close_all` or a drain has ended everything.
    void run();
    void begin_drain();
    void close_all();

    void add(Connection& connection);
    void remove(Connection& connection);
    [[nodiscard]] ServerSettings const& settings() const noexcept { return shared_->settings; }
    [[nodiscard]] bool is_draining() const noexcept { return shared_->is_draining.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string_view date() const noexcept { return date_; }
    [[nodiscard]] Desk desk() noexcept { return {shared_->services, scratch_, shared_->settings.access_log, is_draining()}; }

  private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

    Task<void> accept_connections();
    Task<void> accept_one();
    Task<void> sweep_connections();
    Task<void> sweep_once();
    Task<void> pause(std::chrono::milliseconds time);
    void welcome(Socket socket, boost::asio::ip::tcp::endpoint const& peer);
    void stop_accepting();
    void tell_time();
    void complain(std::string_view event, std::string_view reason) noexcept;
    void take_breath() noexcept;

    Shared* shared_;
    boost::asio::io_context context_{1};
    Acceptor acceptor_;
    Timer sweep_timer_;
    Timer accept_timer_;
    bool is_stopping_ = false;
    std::vector<Connection*> connections_;
    authority::VerifierScratch scratch_;
    std::string date_;
    std::chrono::sys_seconds dated_{};
    std::chrono::steady_clock::time_point complained_{};
};

}  // namespace warder::http
