// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "warder/token.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Whose request it is when a proxy brings it.
namespace warder::auth {

using AddressBytes = IpAddress;

/// Reads an address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
[[nodiscard]] std::optional<AddressBytes> read_address(std::string_view text) noexcept;

/// Addresses that begin alike.
struct Network {
    AddressBytes base{};
    unsigned bits = 128;  ///< How many of the mapped form's bits count.
    [[nodiscard]] bool contains(AddressBytes const& address) const noexcept;
};

/// Reads an address, or `ADDRESS/BITS` (RFC 4632 §3.1) whose other bits are 0.
[[nodiscard]] std::optional<Network> read_network(std::string_view text) noexcept;

/// The peer, or, if that is trusted, the right-most entry of `X-Forwarded-For` that is not: each proxy appends whom it heard, so what stands further
/// left anybody could have written. Where an entry can't be read, it is the trusted proxy that wrote it; where all are trusted, the left-most.
[[nodiscard]] AddressBytes client_of(AddressBytes const& peer, http::Request const& request, std::span<Network const> trusted) noexcept;

/// The host and port in the URL that the client asked for: its `Host`. A trusted proxy that passes on another one names them in `X-Forwarded-Host`;
/// like `X-Forwarded-For` that is a list to which each proxy appends, so that only the last entry is the trusted proxy's own.
/// @return a view of the request; empty: unknown.
[[nodiscard]] std::string_view public_host(http::Request const& request, bool is_from_trusted_proxy) noexcept;

}  // namespace warder::auth
