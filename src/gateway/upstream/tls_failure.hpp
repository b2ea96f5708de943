// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "gateway/upstream/upstream_failure.hpp"
#include "net/stream.hpp"

#include <optional>

namespace warder::gateway {

/// Returns why the TLS handshake with a route's upstream failed: a problem with its certificate or with the protocol.
[[nodiscard]] UpstreamFailure handshake_failure(net::Stream::FailedHandshake const& failed, RouteSettings const& route);

/// Returns why the upstream ended a connection after the handshake, if it sent an alert. With TLS 1.3, a server rejects a
/// bad or missing client certificate only then (RFC 8446 section 4.4.2.4).
/// @param error  OpenSSL's error of the read that failed; 0 if there is none.
/// @return nullopt if the error is not an alert.
[[nodiscard]] std::optional<UpstreamFailure> alert_failure(unsigned long error);

}  // namespace warder::gateway
