// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace warder::core {

inline constexpr std::size_t kMaxHostName = 253;  ///< RFC 1035, section 2.3.4, written with dots.

/// Buffer for a normalized host name.
using HostText = std::array<char, kMaxHostName + 1>;

/// A host as requests and grants name it. The name is a view of the buffer, the port a view of the text.
struct Host {
    std::string_view name;  ///< In lower case. An IPv6 address has no brackets and is in the canonical form of RFC 5952.
    std::string_view port;  ///< Empty if there is none.
    bool is_ipv6 = false;
};

/// Parses `name [":" port]`. The name consists of labels of letters, digits and inner hyphens without a dot at the end,
/// or is an IPv6 address in brackets; the port is 1 to 65535 without leading zeros. Pure; doesn't allocate.
/// @return nullopt for any other text.
[[nodiscard]] std::optional<Host> read_host(std::string_view text, HostText& buffer) noexcept;

}  // namespace warder::core
