// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "gateway/upstream/name_resolver.hpp"
#include "gateway/upstream/upstream_connection.hpp"
#include "gateway/upstream/upstream_failure.hpp"
#include "gateway/upstream/upstream_tls.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

namespace warder::gateway {

/// Opens one connection to a route's upstream: name lookup, connect, TLS handshake. Has no timeout of its own; can be
/// canceled at any time.
///
/// Tries all addresses: the next attempt starts once the earlier ones have failed, or 250 ms later in parallel. The
/// first connection wins (RFC 8305).
class Connector {
  public:
    using Outcome = std::expected<std::unique_ptr<UpstreamConnection>, UpstreamFailure>;

    /// @param context, resolver  must outlive this object.
    Connector(boost::asio::io_context& context, NameResolver& resolver) : context_{&context}, query_{resolver, context} {}

    /// Connects; may be called once.
    /// @param tls  null if the upstream uses plain HTTP.
    net::Task<Outcome> connect(RouteSettings const& route, std::shared_ptr<UpstreamTls const> const& tls);
    /// Makes `connect` end soon, without a connection.
    void cancel() noexcept;
    /// Returns the failure to report if the time limit is reached now.
    [[nodiscard]] UpstreamFailure timeout(RouteSettings const& route) const;

  private:
    using Endpoint = boost::asio::ip::tcp::endpoint;
    enum class Stage : std::uint8_t { kLookup, kConnect, kHandshake };
    struct Race;

    net::Task<std::expected<std::vector<Endpoint>, UpstreamFailure>> find_endpoints(UpstreamUrl const& url);
    net::Task<std::expected<net::Socket, UpstreamFailure>> open_socket(std::vector<Endpoint> endpoints);

    boost::asio::io_context* context_;
    NameResolver::Query query_;
    Stage stage_ = Stage::kLookup;
    std::shared_ptr<Race> race_;
    net::Stream* handshaking_ = nullptr;
    bool is_cancelled_ = false;
};

}  // namespace warder::gateway
