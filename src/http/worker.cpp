// SPDX-License-Identifier: MIT
#include "http/worker.hpp"

#include "http/times.hpp"
#include "log/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <thread>

namespace warder::http {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kSweepEvery{250};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kBreath{10};
constexpr std::chrono::seconds kComplainEvery{10};

AddressBytes bytes_of(asio::ip::tcp::endpoint const& peer) {
    auto const address = peer.address();
    auto const v6 = address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
    AddressBytes bytes{};
    auto const raw = v6.to_bytes();
    std::copy(raw.begin(), raw.end(), bytes.begin());
    return bytes;
}

Task<void> converse(std::unique_ptr<Connection> connection) { co_await connection->run(); }

}  // namespace

Worker::Worker(Shared& shared, std::span<OwnListener const> listeners, ForwarderMaker* maker)
    : shared_{&shared},
      hosts_{shared.settings.hosts, "hosts", shared.settings.listen},
      gateway_hosts_{shared.settings.gateway_hosts, "gateway.hosts", shared.settings.gateway_listen.value_or(ListenAddress{})},
      sweep_timer_{context_} {
    for (auto const& [role, protocol, socket] : listeners)
        doors_.push_back(std::make_unique<Door>(Door{role, Acceptor{context_, protocol, socket}, Timer{context_}}));
    if (maker != nullptr) forwarder_ = maker->make(context_, shared.services);
    tell_time();
}

void Worker::run() {
    // A task that throws (memory ran out) ends with its connection; the thread goes on.
    auto const on_end = [this](std::exception_ptr const& failure) {
        if (failure) shared_->services.log.error("a task of the server failed");
    };
    for (auto const& door : doors_) {
        auto accepting = accept_connections(*door);
        asio::co_spawn(context_.get_executor(), std::move(accepting), on_end);
    }
    auto sweeping = sweep_connections();
    asio::co_spawn(context_.get_executor(), std::move(sweeping), on_end);
    for (;;) {
        try {
            context_.run();
            return;
        } catch (std::exception const&) {
            shared_->services.log.error("a task of the server failed");
        }
    }
}

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
        if (forwarder_) forwarder_->close_all();
        sweep_timer_.cancel();
    });
}

void Worker::stop_accepting() {
    for (auto const& door : doors_) {
        ErrorCode ignored;
        door->acceptor.close(ignored);
        door->pause.cancel();
    }
}

void Worker::add(Connection& connection) {
    connection.number = connections_.size();
    connections_.push_back(&connection);
    ++shared_->connections;
}

void Worker::remove(Connection& connection) {
    auto* const last = connections_.back();
    connections_[connection.number] = last;
    last->number = connection.number;
    connections_.pop_back();
    std::scoped_lock const lock{shared_->mutex};
    if (--shared_->connections == 0) shared_->connection_ended.notify_all();
}

/// Whatever a round throws, memory that ran out, ends that round alone: a server that no longer accepts would be as good as gone. So below.
Task<void> Worker::accept_connections(Door& door) {
    while (door.acceptor.is_open()) {
        try {
            co_await accept_one(door);
        } catch (std::exception const&) {
            take_breath();
        }
    }
}

Task<void> Worker::accept_one(Door& door) {
    Socket socket{context_};
    asio::ip::tcp::endpoint peer;
    auto const [error] = co_await door.acceptor.async_accept(socket, peer, asio::as_tuple(kAwait));
    if (!error) {
        welcome(door.role, std::move(socket), peer);
    } else if (door.acceptor.is_open() && error != asio::error::connection_aborted) {
        // Out of descriptors or memory: the client waits in the backlog until others have gone.
        complain("a connection can't be accepted", error.message());
        door.pause.expires_after(kAcceptPause);
        co_await door.pause.async_wait(asio::as_tuple(kAwait));
    }
}

void Worker::welcome(ListenerRole role, Socket socket, asio::ip::tcp::endpoint const& peer) {
    auto const count = shared_->connections.load();
    auto const limit = shared_->settings.max_connections;
    if (count >= limit + shared_->settings.max_refused) return;
    auto task = converse(std::make_unique<Connection>(*this, role, Stream{std::move(socket), shared_->tls.read()}, bytes_of(peer), count >= limit));
    asio::co_spawn(context_.get_executor(), std::move(task), [this](std::exception_ptr const& failure) {
        if (failure) complain("a connection failed", "it needed more memory than there is");
    });
}

Task<void> Worker::sweep_connections() {
    while (!is_stopping_) {
        try {
            co_await sweep_once();
        } catch (std::exception const&) {
            take_breath();
        }
    }
}

/// Deadlines are coarse: one timer a thread looks at all of its connections, so that a request costs no timer of its own.
Task<void> Worker::sweep_once() {
    sweep_timer_.expires_after(kSweepEvery);
    co_await sweep_timer_.async_wait(asio::as_tuple(kAwait));
    auto const now = std::chrono::steady_clock::now();
    for (auto* const connection : connections_) connection->sweep(now);
    if (forwarder_) forwarder_->sweep(now);
    tell_time();
}

/// At most one line in a while: what an outsider can cause again and again must not fill the disk.
void Worker::complain(std::string_view event, std::string_view reason) noexcept {
    auto const now = std::chrono::steady_clock::now();
    if (now < complained_ + kComplainEvery) return;
    complained_ = now;
    shared_->services.log.warning(event, {{"reason", reason}});
}

/// Without memory there is not even a timer to wait for: the thread itself waits, until connections have ended.
void Worker::take_breath() noexcept {
    complain("the server lacks memory", "new connections are dropped until others have gone");
    std::this_thread::sleep_for(kBreath);
}

void Worker::tell_time() {
    auto const now = std::chrono::floor<std::chrono::seconds>(shared_->services.clock.now());
    if (now == dated_) return;
    dated_ = now;
    auto const date = http_date(now);
    date_.assign(date);  // into the same memory, as all dates are of one length: views of it outlive it and show the new one
}

}  // namespace warder::http
