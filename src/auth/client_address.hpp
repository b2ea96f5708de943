// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "warder/network.hpp"

#include <optional>
#include <span>
#include <string_view>

/// Finds the client's address behind trusted proxies.
namespace warder::auth {

using AddressBytes = IpAddress;

/// A client and its connection, to Warder or to the first trusted proxy.
struct Client {
    AddressBytes address{};
    bool is_secure = false;  ///< The connection uses TLS.
};

/// Parses an address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`,
/// `[2001:db8::1]:4711`.
[[nodiscard]] std::optional<AddressBytes> read_address(std::string_view text) noexcept;

/// Returns the client's address: the peer, or, if the peer is trusted, the rightmost entry of `X-Forwarded-For` that is
/// not trusted. Each proxy appends the address it saw, so entries further left could be forged. If an entry can't be
/// parsed, the trusted proxy that added it counts as the client; if all entries are trusted, the leftmost one does.
[[nodiscard]] AddressBytes client_of(AddressBytes const& peer, http::Request const& request, std::span<Network const> trusted) noexcept;

/// Returns the host and port in the URL that the client requested: its `Host`. A trusted proxy that changes `Host`
/// passes the original in `X-Forwarded-Host`; like `X-Forwarded-For`, that is a list to which each proxy appends, so
/// only the last entry is the trusted proxy's own.
/// @return a view of the request; empty if unknown.
[[nodiscard]] std::string_view public_host(http::Request const& request, bool is_from_trusted_proxy) noexcept;

}  // namespace warder::auth
