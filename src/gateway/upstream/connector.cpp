// SPDX-License-Identifier: MIT
#include "gateway/upstream/connector.hpp"

#include "core/try.hpp"
#include "gateway/upstream/tls_failure.hpp"
#include "http/text.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace warder::gateway {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kHeadStart{250};  // RFC 8305 section 5

std::string text_of(asio::ip::tcp::endpoint const& endpoint) {
    auto const host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

std::string text_of(UpstreamUrl const& url) {
    bool const is_v6 = url.host.find(':') != std::string::npos;
    return http::quote_for_log(is_v6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

UpstreamFailure lookup_failure(std::string const& host, LookupError const& error) {
    auto const name = "\"" + http::quote_for_log(host) + "\"";
    if (error.is_unknown) return {.cause = FailureCause::kNoSuchHost, .reason = "no such host: " + name + " (" + error.message + ")"};
    return {.cause = FailureCause::kLookupFailed, .reason = "the host name " + name + " can't be resolved: " + error.message};
}

UpstreamFailure connect_failure(ErrorCode error, asio::ip::tcp::endpoint const& endpoint) {
    auto const at = " (" + text_of(endpoint) + ")";
    if (error == asio::error::connection_refused) return {.cause = FailureCause::kRefused, .reason = "connection refused" + at};
    if (error == asio::error::host_unreachable) return {.cause = FailureCause::kUnreachable, .reason = "no route to host" + at};
    if (error == asio::error::network_unreachable) return {.cause = FailureCause::kUnreachable, .reason = "network unreachable" + at};
    if (error == asio::error::timed_out) return {.cause = FailureCause::kConnectTimeout, .reason = "the connection timed out" + at};
    return {.cause = FailureCause::kConnectFailed, .reason = "the connection failed: " + error.message() + at};
}

/// Returns whether an error is at least as informative as an earlier one. Errors because this machine lacks the address
/// family (IPv6, say) or a route are less informative than all others.
bool tells_more(ErrorCode error, ErrorCode than) noexcept {
    auto const is_local = [](ErrorCode one) {
        return one == asio::error::network_unreachable || one == asio::error::address_family_not_supported ||
               one == ErrorCode{EADDRNOTAVAIL, boost::system::system_category()};
    };
    return !than || is_local(than) || !is_local(error);
}

}  // namespace

/// The connection attempts of one connector. Shared with their handlers, which may run after the connector has given up.
struct Connector::Race {
    using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

    explicit Race(asio::io_context& its_context) : context{&its_context}, changed{its_context} {}

    static void start(std::shared_ptr<Race> const& race, Endpoint const& endpoint) {
        auto const number = race->sockets.size();
        race->sockets.push_back(std::make_unique<net::Socket>(*race->context));
        race->sockets.back()->async_connect(endpoint, [race, number, endpoint](ErrorCode error) { race->end(number, endpoint, error); });
    }
    void end(std::size_t number, Endpoint const& endpoint, ErrorCode result) {
        if (result) {
            ++failed;
            if (tells_more(result, error)) {
                error = result;
                failed_at = endpoint;
            }
        } else if (!winner) {
            winner = std::move(sockets[number]);
        }
        changed.cancel();
    }
    void cancel() noexcept {
        is_cancelled = true;
        ErrorCode ignored;
        for (auto const& socket : sockets)
            if (socket) socket->close(ignored);
        changed.cancel();
    }

    asio::io_context* context;
    Timer changed;
    std::vector<std::unique_ptr<net::Socket>> sockets;
    std::unique_ptr<net::Socket> winner;
    std::size_t failed = 0;
    ErrorCode error;
    Endpoint failed_at;
    bool is_cancelled = false;
};

net::Task<std::expected<std::vector<Connector::Endpoint>, UpstreamFailure>> Connector::find_endpoints(UpstreamUrl const& url) {
    std::vector<Endpoint> endpoints;
    ErrorCode error;
    auto const address = asio::ip::make_address(url.host, error);
    if (!error) {
        endpoints.emplace_back(address, url.port);
        co_return endpoints;
    }
    auto asking = query_.resolve(url.host);
    auto const answer = co_await std::move(asking);
    if (!answer) co_return std::unexpected{lookup_failure(url.host, {.is_unknown = false, .message = "it was cancelled"})};
    if (!*answer) co_return std::unexpected{lookup_failure(url.host, answer->error())};
    for (auto const& found : **answer) endpoints.emplace_back(found, url.port);
    co_return endpoints;
}

net::Task<std::expected<net::Socket, UpstreamFailure>> Connector::open_socket(std::vector<Endpoint> endpoints) {
    auto const race = std::make_shared<Race>(*context_);
    race_ = race;
    race->sockets.reserve(endpoints.size());
    while (!race->winner && !race->is_cancelled && race->failed < endpoints.size()) {
        auto const started = race->sockets.size();
        if (started < endpoints.size()) Race::start(race, endpoints[started]);
        bool const is_last = race->sockets.size() == endpoints.size();
        if (is_last) race->changed.expires_at(Race::Timer::time_point::max());
        else race->changed.expires_after(kHeadStart);
        co_await race->changed.async_wait(asio::as_tuple(net::kAwait));
    }
    race_.reset();
    auto winner = std::move(race->winner);
    bool const was_cancelled = race->is_cancelled;
    race->cancel();
    if (winner && !was_cancelled) co_return std::move(*winner);
    co_return std::unexpected{connect_failure(race->error, race->failed_at)};
}

net::Task<Connector::Outcome> Connector::connect(RouteSettings const& route, std::shared_ptr<UpstreamTls const> const& tls) {
    stage_ = Stage::kLookup;
    WARDER_CO_TRY(auto endpoints, co_await find_endpoints(route.upstream));
    if (is_cancelled_) co_return std::unexpected{timeout(route)};

    stage_ = Stage::kConnect;
    auto opening = open_socket(std::move(endpoints));
    WARDER_CO_TRY(auto socket, co_await std::move(opening));
    auto connection = std::make_unique<UpstreamConnection>(std::move(socket), tls);
    if (!connection->stream().is_tls()) co_return std::move(connection);

    stage_ = Stage::kHandshake;
    handshaking_ = &connection->stream();
    net::Stream::FailedHandshake failed;
    auto const result = co_await connection->stream().handshake(&failed);
    handshaking_ = nullptr;
    if (result == net::Stream::Handshake::kDone && !is_cancelled_) co_return std::move(connection);
    co_return std::unexpected{handshake_failure(failed, route)};  // another address would have the same certificate
}

void Connector::cancel() noexcept {
    is_cancelled_ = true;
    query_.cancel();
    if (race_) race_->cancel();
    if (handshaking_ != nullptr) handshaking_->cancel();
}

UpstreamFailure Connector::timeout(RouteSettings const& route) const {
    auto const within = " within connect_timeout (" + duration_text(route.connect_timeout) + ")";
    switch (stage_) {
        case Stage::kLookup:
            return {.cause = FailureCause::kLookupTimeout,
                    .reason = "timed out resolving \"" + http::quote_for_log(route.upstream.host) + "\": no name server answered" + within};
        case Stage::kConnect:
            return {.cause = FailureCause::kConnectTimeout, .reason = "timed out connecting to " + text_of(route.upstream) + ": no answer" + within};
        case Stage::kHandshake:
            break;
    }
    return {.cause = FailureCause::kHandshakeTimeout,
            .reason = "timed out in the TLS handshake with " + text_of(route.upstream) + ": not done" + within +
                      "; if the upstream speaks plain HTTP, use an http:// URL"};
}

}  // namespace warder::gateway
