// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace warder::net {

/// What a listener serves.
enum class ListenerRole : std::uint8_t {
    kEverything,  ///< The management API, decisions, and the gateway's routes unless they have their own listener.
    kGateway,     ///< Only the gateway's routes.
    kMetrics,     ///< Only `/metrics`.
};

struct ListenAddress {
    std::string host;        ///< An IPv4 or IPv6 address, without brackets.
    std::uint16_t port = 0;  ///< 0: chosen by the system.

    friend bool operator==(ListenAddress const&, ListenAddress const&) = default;
};

}  // namespace warder::net
