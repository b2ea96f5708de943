// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace warder::auth {

/// The one place where a proxy puts the request that is to be decided; everything else is ignored. The setting `decision.source`.
enum class DecisionSource : std::uint8_t {
    kNone,       ///< Nowhere: only tokens without limits pass.
    kForwarded,  ///< `X-Forwarded-Method`, `-Uri`, `-Host` (Caddy, Traefik).
    kOriginal,   ///< `X-Original-Method`, `-URI`, `-Host` (nginx, HAProxy).
    kPath,       ///< `/auth/<path>`, with the request's own method and Host (Envoy).
};

}  // namespace warder::auth
