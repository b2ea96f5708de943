// SPDX-License-Identifier: MIT
#include "server/server.hpp"

#include "core/try.hpp"
#include "log/log.hpp"
#include "net/descriptors.hpp"
#include "server/worker.hpp"
#include "warder/ports.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace warder::server {

namespace asio = boost::asio;
namespace {

/// Returns a worker's descriptor of the socket, which the worker will own.
AcceptingListener accepting(BoundSocket& socket, std::size_t worker) {
    return {
        .role = socket.role, .protocol = socket.is_ipv6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), .socket = socket.descriptors[worker].release()};
}

}  // namespace

struct Server::State {
    State(ServerSettings const& settings, auth::Services const& services) : shared{.settings = settings, .services = services} {}

    ~State() {
        // Pending calls to the store and the hasher still refer to connections. Both always complete them, and the
        // threads end after the last one.
        for (auto const& worker : workers) worker->close_all();
        for (auto& thread : threads) thread.join();
    }

    /// Uses the identity for new connections. An expired certificate only causes a warning: the server stays available.
    void show(std::shared_ptr<net::TlsIdentity const> identity, net::TlsFiles const& files) {
        if (identity->expires_at() <= shared.services.clock.now())
            shared.services.log.warning("certificate_expired",
                                        {{"file", std::string_view{files.certificate.native()}}, {"effect", "clients will reject it"}});
        shared.tls.replace(std::move(identity));
    }

    /// Lowers `max_connections` to what the limit on open files allows. Call it before the first connection is accepted.
    void fit_connections(bool has_gateway) {
        auto& settings = shared.settings;
        auto const limit = net::raise_descriptor_limit();
        auto const budget = net::fit_to_descriptors({.connections = settings.max_connections, .rejected = settings.max_rejected}, limit,
                                                    net::count_open_descriptors() + (settings.metrics_listen ? kMaxMetricsConnections : 0),
                                                    thread_count(settings), has_gateway ? 2 : 1);
        if (budget.connections < settings.max_connections)
            shared.services.log.warning("max_connections_lowered", {{"max_connections", static_cast<std::int64_t>(settings.max_connections)},
                                                                    {"now", static_cast<std::int64_t>(budget.connections)},
                                                                    {"open_files", static_cast<std::int64_t>(limit)},
                                                                    {"reason", "the limit on open files (ulimit -n, LimitNOFILE) allows no more"}});
        settings.max_connections = budget.connections;
        settings.max_rejected = budget.rejected;
    }

    Shared shared;
    std::vector<std::string> authorities;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::thread> threads;
};

std::unique_ptr<Server> Server::start(ServerSettings const& settings, auth::Services const& services, gateway::ProxyFactory* gateway,
                                      BoundSockets bound) {
    auto state = std::make_unique<State>(settings, services);
    if (bound.identity) state->show(std::move(bound.identity), settings.tls);
    for (auto const& socket : bound.sockets) state->authorities.push_back(socket.authority);
    for (unsigned i = 0; i < thread_count(settings); ++i) {
        std::vector<AcceptingListener> own;
        own.reserve(bound.sockets.size());
        for (auto& socket : bound.sockets)
            if (socket.role != net::ListenerRole::kMetrics) own.push_back(accepting(socket, i));
        state->workers.push_back(std::make_unique<Worker>(state->shared, own, gateway));
    }
    state->shared.gateway = gateway;
    state->fit_connections(gateway != nullptr);
    for (auto const& worker : state->workers) state->shared.workers.push_back(worker.get());
    // A scrape reads every token, so it has a thread of its own: no request waits for it.
    for (auto& socket : bound.sockets)
        if (socket.role == net::ListenerRole::kMetrics) {
            AcceptingListener const listener = accepting(socket, 0);
            state->workers.push_back(std::make_unique<Worker>(state->shared, std::span{&listener, 1}, nullptr));
        }
    for (auto const& worker : state->workers) state->threads.emplace_back([serving = worker.get()] { serving->run(); });
    return std::unique_ptr<Server>{new Server{std::move(state)}};
}

Server::Server(std::unique_ptr<State> state) : state_{std::move(state)} {}
Server::~Server() = default;

std::vector<std::string> Server::urls() const {
    std::vector<std::string> urls;
    for (auto const& authority : state_->authorities) urls.push_back((state_->shared.settings.tls.is_wanted() ? "https://" : "http://") + authority);
    return urls;
}

std::chrono::steady_clock::time_point Server::responded_at() const noexcept {
    auto oldest = std::chrono::steady_clock::time_point::max();
    for (auto const& worker : state_->workers) oldest = std::min(oldest, worker->responded_at());
    return oldest;
}

std::expected<void, std::string> Server::replace_identity(net::TlsFiles const& files) {
    WARDER_TRY(auto identity, net::TlsIdentity::read(files));
    state_->show(std::move(identity), files);
    return {};
}

void Server::drain() {
    auto& shared = state_->shared;
    auto const end = std::chrono::steady_clock::now() + shared.settings.drain_timeout;
    shared.is_draining = true;
    // A load balancer learns from a readiness check that it must stop sending requests. Until then, the listeners must
    // stay open.
    std::this_thread::sleep_for(std::min(shared.settings.drain_delay, shared.settings.drain_timeout));
    shared.is_closing_idle = true;
    for (auto const& worker : state_->workers) worker->begin_drain();
    std::unique_lock lock{shared.mutex};
    shared.connection_ended.wait_until(lock, end, [&shared] { return shared.connections == 0; });
}

}  // namespace warder::server
