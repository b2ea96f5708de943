// SPDX-License-Identifier: MIT
#pragma once

#include "http/hop_by_hop.hpp"
#include "http/request.hpp"

#include <string>

/// Loop detection by `Via` (RFC 9110 §7.6.3).
namespace warder::gateway {

inline constexpr unsigned kMaxPasses = 3;  ///< A request that has passed this often is in a loop.

/// Returns how many entries of the request's `Via` headers are from Warder. Entries of other Warder instances count as
/// well.
[[nodiscard]] unsigned count_passes(http::Request const& request) noexcept;

/// Appends one `Via` with the client's entries and Warder's own.
/// @param connection  of that request; if it lists `Via`, the client's entries are dropped.
void append_via(std::string& out, http::Request const& request, http::ConnectionOptions const& connection);

}  // namespace warder::gateway
