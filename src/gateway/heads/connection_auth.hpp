// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <string_view>

/// Authentication of a connection instead of each request (RFC 4559 and NTLM): further requests over the connection are
/// attributed to the user who authenticated on it.
namespace warder::gateway {

/// Returns whether a credential or a challenge names such a scheme: `Negotiate`, `NTLM` or a related one, in any letter
/// case and at any position among other schemes. Pure; does not allocate.
[[nodiscard]] bool names_connection_auth(std::string_view value) noexcept;

/// Returns whether a request uses such a scheme toward its upstream.
/// @param passes_authorization  whether the route passes the client's `Authorization`.
[[nodiscard]] bool uses_connection_auth(http::Request const& request, bool passes_authorization) noexcept;

/// Returns whether a response offers such a scheme or says that the connection is authenticated.
[[nodiscard]] bool offers_connection_auth(http::HeaderFields fields) noexcept;

}  // namespace warder::gateway
