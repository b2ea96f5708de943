// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/route.hpp"
#include "gateway/upstream_failure.hpp"
#include "http/stream.hpp"

namespace warder::gateway {

/// Says why the TLS handshake with a route's upstream failed: what is wrong with its certificate, or with how it speaks.
[[nodiscard]] UpstreamFailure handshake_failure(http::Stream::FailedHandshake const& failed, RouteSettings const& route);

}  // namespace warder::gateway
