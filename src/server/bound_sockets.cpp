// SPDX-License-Identifier: MIT
#include "server/bound_sockets.hpp"

#include "core/try.hpp"
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

std::vector<std::string> BoundSockets::urls() const {
    std::vector<std::string> urls;
    urls.reserve(sockets.size());
    for (auto const& socket : sockets) urls.push_back((identity ? "https://" : "http://") + socket.authority);
    return urls;
}

std::expected<BoundSockets, std::string> BoundSockets::open(ServerSettings const& settings) {
    BoundSockets bound;
    auto const add = [&](net::ListenerRole role, net::ListenAddress const& address) -> std::expected<void, std::string> {
        WARDER_TRY(auto socket, open_listener(role, address, role == net::ListenerRole::kMetrics ? 1 : thread_count(settings)));
        bound.sockets.push_back(std::move(socket));
        return {};
    };
    WARDER_TRY_VOID(add(net::ListenerRole::kEverything, settings.listen));
    if (settings.gateway_listen) WARDER_TRY_VOID(add(net::ListenerRole::kGateway, *settings.gateway_listen));
    if (settings.metrics_listen) WARDER_TRY_VOID(add(net::ListenerRole::kMetrics, *settings.metrics_listen));
    if (!settings.tls.is_wanted()) return bound;
    WARDER_TRY(bound.identity, net::TlsIdentity::read(settings.tls));
    return bound;
}

}  // namespace warder::server
