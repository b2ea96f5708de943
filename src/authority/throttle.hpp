// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warder::authority {

/// Where a request came from, as the throttle counts it: an IPv4 address, or the /64 of an IPv6 one. A mapped IPv4 address is IPv4.
struct ClientAddress {
    std::array<std::uint8_t, 16> bytes{};  ///< IPv4 in its mapped form ::ffff:a.b.c.d.
    /// @param bytes  an IPv6 address in network order, or IPv4 in its mapped form.
    static ClientAddress of(std::array<std::uint8_t, 16> const& bytes) noexcept;
    friend bool operator==(ClientAddress const&, ClientAddress const&) = default;
};

}  // namespace warder::authority
