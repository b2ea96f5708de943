// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace warder::core {

inline constexpr std::size_t kMaxHostName = 253;  ///< RFC 1035 §2.3.4, written with dots.

/// Room for a host in one spelling.
using HostText = std::array<char, kMaxHostName + 1>;

/// A host as requests and grants name it. The name is a view of the room, the port one of the text.
struct Host {
    std::string_view name;  ///< In lower case; an IPv6 address without brackets, in the one spelling of RFC 5952.
    std::string_view port;  ///< Empty: none was written.
    bool is_ipv6 = false;
};

/// Reads `name [":" port]`: labels of letters, digits and inner hyphens, no dot at the end; or an IPv6 address in brackets; a port of 1 to 65535
/// without leading zeros. Anything else is nullopt. Pure, doesn't allocate.
[[nodiscard]] std::optional<Host> read_host(std::string_view text, HostText& room) noexcept;

}  // namespace warder::core
