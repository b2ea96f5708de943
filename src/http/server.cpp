// SPDX-License-Identifier: MIT
#include "http/server.hpp"

#include "http/worker.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <fcntl.h>
#include <thread>
#include <utility>
#include <vector>

namespace warder::http {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Endpoint = asio::ip::tcp::endpoint;

std::string text_of(Endpoint const& endpoint) {
    auto const host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

/// A listening socket without SO_REUSEPORT: a second server on the same address must fail, not share.
ErrorCode listen_on(asio::ip::tcp::acceptor& acceptor, Endpoint const& endpoint) {
    ErrorCode error;
    if (acceptor.open(endpoint.protocol(), error); error) return error;
    if (acceptor.set_option(asio::socket_base::reuse_address{true}, error); error) return error;
    if (acceptor.bind(endpoint, error); error) return error;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
}

std::expected<asio::ip::tcp::acceptor, std::string> open_listener(asio::io_context& context, ListenAddress const& address) {
    ErrorCode error;
    auto const host = asio::ip::make_address(address.host, error);
    if (error) return std::unexpected("can't listen on \"" + address.host + "\": it is no IP address");
    Endpoint const wanted{host, address.port};
    asio::ip::tcp::acceptor acceptor{context};
    if (auto const failure = listen_on(acceptor, wanted)) return std::unexpected("can't listen on " + text_of(wanted) + ": " + failure.message());
    return acceptor;
}

unsigned thread_count(ServerSettings const& settings) {
    return settings.threads > 0 ? settings.threads : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct Server::State {
    State(ServerSettings const& settings, Services const& services) : shared{.settings = settings, .services = services} {}

    ~State() {
        // Calls in flight still refer to connections: the threads end when the last answer has come, which the store and the hasher always give.
        for (auto const& worker : workers) worker->close_all();
        for (auto& thread : threads) thread.join();
    }

    /// Reads the files and shows their identity from now on; one that has expired is no reason to be away, but one to say so.
    std::expected<void, std::string> show(TlsFiles const& files) {
        auto identity = TlsIdentity::read(files);
        if (!identity) return std::unexpected{std::move(identity.error())};
        if ((*identity)->expires_at() <= shared.services.clock.now())
            shared.services.log.warning("the TLS certificate has expired: clients will refuse it",
                                        {{"file", std::string_view{files.certificate.native()}}});
        shared.tls.replace(std::move(*identity));
        return {};
    }

    Shared shared;
    std::vector<Endpoint> endpoints;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::thread> threads;
};

std::expected<std::unique_ptr<Server>, std::string> Server::start(ServerSettings const& settings, Services const& services, ForwarderMaker* gateway) {
    asio::io_context context;
    std::vector<std::pair<ListenerRole, asio::ip::tcp::acceptor>> listeners;
    auto const add = [&](ListenerRole role, ListenAddress const& address) -> std::expected<void, std::string> {
        auto opened = open_listener(context, address);
        if (!opened) return std::unexpected{std::move(opened.error())};
        listeners.emplace_back(role, std::move(*opened));
        return {};
    };
    if (auto added = add(ListenerRole::kEverything, settings.listen); !added) return std::unexpected{std::move(added.error())};
    if (settings.gateway_listen)
        if (auto added = add(ListenerRole::kGateway, *settings.gateway_listen); !added) return std::unexpected{std::move(added.error())};

    auto state = std::make_unique<State>(settings, services);
    ErrorCode error;
    for (auto const& [role, acceptor] : listeners) state->endpoints.push_back(acceptor.local_endpoint(error));
    if (settings.tls.is_wanted())
        if (auto shown = state->show(settings.tls); !shown) return std::unexpected{std::move(shown.error())};
    for (unsigned i = 0; i < thread_count(settings); ++i) {
        std::vector<OwnListener> copies;
        for (auto& [role, acceptor] : listeners) {
            int const copy = ::fcntl(acceptor.native_handle(), F_DUPFD_CLOEXEC, 0);
            if (copy < 0) return std::unexpected("can't listen with " + std::to_string(thread_count(settings)) + " threads: too many open files");
            copies.push_back({.role = role, .protocol = acceptor.local_endpoint(error).protocol(), .socket = copy});
        }
        state->workers.push_back(std::make_unique<Worker>(state->shared, copies, gateway));
    }
    for (auto const& worker : state->workers) state->threads.emplace_back([serving = worker.get()] { serving->run(); });
    return std::unique_ptr<Server>{new Server{std::move(state)}};
}

Server::Server(std::unique_ptr<State> state) : state_{std::move(state)} {}
Server::~Server() = default;

std::vector<std::string> Server::urls() const {
    std::vector<std::string> urls;
    for (auto const& endpoint : state_->endpoints)
        urls.push_back((state_->shared.settings.tls.is_wanted() ? "https://" : "http://") + text_of(endpoint));
    return urls;
}

std::expected<void, std::string> Server::replace_identity(TlsFiles const& files) { return state_->show(files); }

void Server::drain() {
    auto& shared = state_->shared;
    shared.is_draining = true;
    for (auto const& worker : state_->workers) worker->begin_drain();
    std::unique_lock lock{shared.mutex};
    shared.connection_ended.wait_for(lock, shared.settings.drain_timeout, [&shared] { return shared.connections == 0; });
}

}  // namespace warder::http
