// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "gateway/upstream/upstream_failure.hpp"
#include "net/stream.hpp"

#include <optional>

namespace warder::gateway {

/// Says why the TLS handshake with a route's upstream failed: what is wrong with its certificate, or with how it speaks.
[[nodiscard]] UpstreamFailure handshake_failure(net::Stream::FailedHandshake const& failed, RouteSettings const& route);

/// Why the upstream ended a connection on which the handshake was done, where it said so by an alert. Under TLS 1.3 it judges the client's
/// certificate, or that there is none, only then (RFC 8446 section 4.4.2.4).
/// @param error  OpenSSL's, of the read that failed; 0: none.
[[nodiscard]] std::optional<UpstreamFailure> alert_failure(unsigned long error);

}  // namespace warder::gateway
