// SPDX-License-Identifier: MIT
#pragma once

#include "auth/test_context.hpp"
#include "server/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace warder::server::tests {

/// One end of a plain connection for blocking use in a test. Waiting longer than any machine needs fails the test.
class Peer {
  public:
    explicit Peer(std::uint16_t port) : socket_{*context_} { socket_.connect({boost::asio::ip::address_v4::loopback(), port}); }
    Peer(std::unique_ptr<boost::asio::io_context> context, boost::asio::ip::tcp::socket socket)
        : context_{std::move(context)}, socket_{std::move(socket)} {}

    /// Sends everything, or as much as the other side accepts before it closes.
    void send(std::string_view bytes) {
        boost::system::error_code ignored;
        boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
    }
    /// Reads up to and including `end`. @return what arrived instead if the connection ends first.
    std::string read_through(std::string_view end) {
        while (unread_.find(end) == std::string::npos && receive()) {}
        auto const found = unread_.find(end);
        return take(found == std::string::npos ? unread_.size() : found + end.size());
    }
    std::string read(std::size_t count) {
        while (unread_.size() < count && receive()) {}
        return take(std::min(count, unread_.size()));
    }
    std::string read_to_end() {
        while (receive()) {}
        return take(unread_.size());
    }
    /// Returns whether reading ended with a reset, so that the data read may be incomplete.
    [[nodiscard]] bool was_reset() const { return error_ == boost::asio::error::connection_reset; }
    void end_writing() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }
    void close() { socket_.close(); }
    void reset() {
        socket_.set_option(boost::asio::socket_base::linger{true, 0});
        socket_.close();
    }

  private:
    bool receive() {
        ::pollfd ready{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, 30'000) != 1) {
            ADD_FAILURE() << "no more data arrived; so far: " << unread_;
            return false;
        }
        std::array<char, 16'384> bytes;
        auto const count = socket_.read_some(boost::asio::buffer(bytes), error_);
        unread_.append(bytes.data(), count);
        return !error_;
    }
    std::string take(std::size_t count) {
        auto taken = unread_.substr(0, count);
        unread_.erase(0, count);
        return taken;
    }

    std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>();
    boost::asio::ip::tcp::socket socket_;
    std::string unread_;
    boost::system::error_code error_;
};

/// A listening socket of the test.
class PeerAcceptor {
  public:
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// Waits for the next connection.
    Peer accept() {
        if (!has_connection(30'000)) throw std::runtime_error{"no client connects"};
        auto context = std::make_unique<boost::asio::io_context>();
        boost::asio::ip::tcp::socket socket{*context};
        acceptor_.accept(socket);
        return {std::move(context), std::move(socket)};
    }
    /// Returns whether a connection is waiting to be accepted.
    bool has_connection(int wait_ms = 0) {
        ::pollfd ready{.fd = acceptor_.native_handle(), .events = POLLIN, .revents = 0};
        return ::poll(&ready, 1, wait_ms) == 1;
    }

  private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
};

/// The whole server in this process, with one thread and a store of its own. Captures its log from start() on.
class LiveServer : public auth::tests::TestContext {
  public:
    LiveServer() {
        std::signal(SIGPIPE, SIG_IGN);  // as the server does
        settings().listen = {.host = "127.0.0.1", .port = 0};
        settings().threads = 1;
        settings().drain_delay = std::chrono::milliseconds{0};
    }
    LiveServer(LiveServer const&) = delete;
    LiveServer& operator=(LiveServer const&) = delete;
    ~LiveServer() {
        if (server_) static_cast<void>(stop());
    }

    /// Changes take effect until start() is called.
    [[nodiscard]] ServerSettings& settings() noexcept { return settings_; }

    /// @param gateway  must outlive the server; null: there is no gateway.
    void start(gateway::ProxyFactory* gateway = nullptr) {
        testing::internal::CaptureStderr();
        auto bound = BoundSockets::open(settings()).value();
        server_ = Server::start(settings(), services(), gateway, std::move(bound));
        auto const url = server_->urls().front();
        port_ = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
    }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] Peer connect() const { return Peer{port_}; }
    /// Completes the requests in flight, and stops. @return the log.
    std::string stop() {
        server_->drain();
        server_.reset();
        return testing::internal::GetCapturedStderr();
    }

  private:
    ServerSettings settings_;
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
};

}  // namespace warder::server::tests
