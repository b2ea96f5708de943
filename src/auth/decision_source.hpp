// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace warder::auth {

/// The setting `decision.source`: where a proxy puts the request that is to be authorized. All other headers are
/// ignored.
enum class DecisionSource : std::uint8_t {
    kNone,       ///< Nowhere: only unscoped tokens are allowed.
    kForwarded,  ///< `X-Forwarded-Method`, `-Uri`, `-Host` (Caddy, Traefik).
    kOriginal,   ///< `X-Original-Method`, `-URI`, `-Host` (nginx, HAProxy).
    kPath,       ///< `/auth/<path>`, with the request's own method and Host (Envoy).
};

}  // namespace warder::auth
