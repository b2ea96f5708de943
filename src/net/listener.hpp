// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace warder::net {

/// What a listener serves.
enum class ListenerRole : std::uint8_t {
    kEverything,  ///< Own calls, decisions, and the gateway's routes unless those have a listener of their own.
    kGateway,     ///< The gateway's routes and nothing else.
};

struct ListenAddress {
    std::string host;        ///< An IPv4 or IPv6 address, without brackets.
    std::uint16_t port = 0;  ///< 0: the system chooses.

    friend bool operator==(ListenAddress const&, ListenAddress const&) = default;
};

}  // namespace warder::net
