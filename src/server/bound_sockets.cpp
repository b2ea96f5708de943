// SPDX-License-Identifier: MIT
#include "server/bound_sockets.hpp"

#include "server/server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace warder::server {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Endpoint = asio::ip::tcp::endpoint;

std::string text_of(Endpoint const& endpoint) {
    auto const host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

/// Listens without SO_REUSEPORT, so that a second server on the same address fails instead of sharing it.
ErrorCode listen_on(asio::ip::tcp::acceptor& acceptor, Endpoint const& endpoint) {
    ErrorCode error;
    if (acceptor.open(endpoint.protocol(), error); error) return error;
    if (acceptor.set_option(asio::socket_base::reuse_address{true}, error); error) return error;
    if (acceptor.bind(endpoint, error); error) return error;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
}

std::expected<BoundSocket, std::string> open_listener(net::ListenerRole role, net::ListenAddress const& address, unsigned threads) {
    ErrorCode error;
    auto const host = asio::ip::make_address(address.host, error);
    if (error) return std::unexpected("can't listen on \"" + address.host + "\": it is not an IP address");
    Endpoint const wanted{host, address.port};
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor{context};
    if (auto const failure = listen_on(acceptor, wanted)) return std::unexpected("can't listen on " + text_of(wanted) + ": " + failure.message());

    BoundSocket bound{.role = role, .is_ipv6 = host.is_v6(), .authority = text_of(acceptor.local_endpoint(error)), .descriptors = {}};
    for (unsigned i = 0; i < threads; ++i) {
        int const copy = ::fcntl(acceptor.native_handle(), F_DUPFD_CLOEXEC, 0);
        if (copy < 0) return std::unexpected("can't listen with " + std::to_string(threads) + " threads: too many open files");
        bound.descriptors.emplace_back(copy);
    }
    return bound;
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

unsigned thread_count(ServerSettings const& settings) {
    return settings.threads > 0 ? settings.threads : std::max(1U, std::thread::hardware_concurrency());
}

std::expected<BoundSockets, std::string> BoundSockets::open(ServerSettings const& settings) {
    BoundSockets bound;
    auto const add = [&](net::ListenerRole role, net::ListenAddress const& address) -> std::expected<void, std::string> {
        auto socket = open_listener(role, address, thread_count(settings));
        if (!socket) return std::unexpected{std::move(socket.error())};
        bound.sockets.push_back(std::move(*socket));
        return {};
    };
    if (auto added = add(net::ListenerRole::kEverything, settings.listen); !added) return std::unexpected{std::move(added.error())};
    if (settings.gateway_listen)
        if (auto added = add(net::ListenerRole::kGateway, *settings.gateway_listen); !added) return std::unexpected{std::move(added.error())};
    if (!settings.tls.is_wanted()) return bound;
    auto identity = net::TlsIdentity::read(settings.tls);
    if (!identity) return std::unexpected{std::move(identity.error())};
    bound.identity = std::move(*identity);
    return bound;
}

}  // namespace warder::server
