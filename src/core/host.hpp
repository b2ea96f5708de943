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

/// Returns whether the name consists of labels of letters, digits and inner hyphens, without a dot at the end.
/// @param may_have_underscores  also allows these, which names in container networks have.
[[nodiscard]] bool is_host_name(std::string_view name, bool may_have_underscores = false) noexcept;

/// Returns whether browsers and resolvers read a name in lower case as an IPv4 address, such as `127.1` and `0x7f.1` (URL
/// Standard, "ends in a number").
[[nodiscard]] bool ends_in_number(std::string_view name) noexcept;

/// Returns whether the text is an IPv4 address of four decimal numbers.
[[nodiscard]] bool is_ipv4(std::string_view text) noexcept;

/// Parses `name [":" port]`. The name is one as for `is_host_name`, or an IPv6 address in brackets; the port is 1 to 65535 without leading zeros.
/// Pure; doesn't allocate.
/// @return nullopt for any other text.
[[nodiscard]] std::optional<Host> read_host(std::string_view text, HostText& buffer) noexcept;

}  // namespace warder::core
