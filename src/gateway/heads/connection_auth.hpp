// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <string_view>

/// Authentication of a connection instead of each request (RFC 4559 and NTLM): whoever sends the next request over that connection is taken for the
/// user who signed in on it.
namespace warder::gateway {

/// Whether a credential or a challenge names such a scheme: `Negotiate`, `NTLM` or a relative of them, in any case, anywhere among other schemes.
/// Pure; doesn't allocate.
[[nodiscard]] bool names_connection_auth(std::string_view value) noexcept;

/// Returns whether a request uses such a scheme toward its upstream.
/// @param passes_authorization  whether the route passes the client's `Authorization`.
[[nodiscard]] bool uses_connection_auth(http::Request const& request, bool passes_authorization) noexcept;

/// Returns whether a response offers such a scheme or says that the connection is authenticated.
[[nodiscard]] bool offers_connection_auth(http::HeaderFields fields) noexcept;

}  // namespace warder::gateway
