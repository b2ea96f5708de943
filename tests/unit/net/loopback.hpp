// SPDX-License-Identifier: MIT
#pragma once

#include "net/stream.hpp"
#include "net/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace warder::net::tests {

/// Real sockets on the loopback address, and one thread that runs the tasks that a test starts on them.
class Loopback : public testing::Test {
  protected:
    Loopback() { std::signal(SIGPIPE, SIG_IGN); }  // as the server does

    /// Returns the two ends of a new connection.
    std::pair<Socket, Socket> connect() {
        boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor{
            context_, boost::asio::ip::tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
        Socket one{context_};
        one.connect(acceptor.local_endpoint());
        Socket other{context_};
        acceptor.accept(other);
        return {std::move(one), std::move(other)};
    }

    /// Starts a task; the optional holds its result once it has completed.
    template <class T>
    std::shared_ptr<std::optional<T>> begin(Task<T> task) {
        auto outcome = std::make_shared<std::optional<T>>();
        boost::asio::co_spawn(context_.get_executor(), std::move(task), [outcome](std::exception_ptr const& failed, T value) {
            EXPECT_FALSE(failed);
            *outcome = std::move(value);
        });
        return outcome;
    }
    std::shared_ptr<std::optional<bool>> begin(Task<void> task) {
        auto outcome = std::make_shared<std::optional<bool>>();
        boost::asio::co_spawn(context_.get_executor(), std::move(task), [outcome](std::exception_ptr const& failed) {
            EXPECT_FALSE(failed);
            *outcome = true;
        });
        return outcome;
    }
    /// Runs until the task has completed.
    template <class T>
    T finish(std::shared_ptr<std::optional<T>> const& outcome) {
        auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        context_.restart();
        while (!*outcome && std::chrono::steady_clock::now() < give_up) context_.run_one_for(std::chrono::seconds{1});
        EXPECT_TRUE(outcome->has_value()) << "it never ends";
        return outcome->has_value() ? std::move(**outcome) : T{};
    }
    template <class T>
    T run(Task<T> task) {
        return finish(begin(std::move(task)));
    }
    void run(Task<void> task) { finish(begin(std::move(task))); }
    /// Runs everything that is ready, without waiting.
    void settle() {
        context_.restart();
        while (context_.poll() > 0) {}
    }

    static std::string receive(Socket& socket, std::size_t count) {
        std::string bytes(count, '\0');
        boost::system::error_code error;
        bytes.resize(boost::asio::read(socket, boost::asio::buffer(bytes), error));
        return bytes;
    }
    static void send(Socket& socket, std::string_view bytes) { boost::asio::write(socket, boost::asio::buffer(bytes)); }
    /// Ends a connection like a process that is killed while bytes are unread.
    static void reset(Socket& socket) {
        socket.set_option(boost::asio::socket_base::linger{true, 0});
        socket.close();
    }

    boost::asio::io_context context_{1};
};

}  // namespace warder::net::tests
