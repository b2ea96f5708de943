// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/decision_source.hpp"
#include "auth/request_context.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

#include <string>
#include <string_view>

namespace warder::server {

/// Returns whether the path belongs to the decision endpoint: `/auth` or below. Every method is a decision there.
[[nodiscard]] bool is_decision_path(std::string_view path) noexcept;

/// Decides whether to allow a request that a proxy asks about: 200 with the user, 401, or 403 (RFC 9110 §15.5.4).
///
/// Uses neither the store nor a lock that a writer holds. If the request is allowed, only `out` may allocate.
/// @param source  where the proxy puts the original request. @param token_header  see `AuthenticationPolicy`.
/// @param request  see `is_decision_path`.
/// @param client  recorded with the token's use. @param out  receives the whole response.
/// @return the response's status.
unsigned decide(auth::RequestContext const& context, auth::DecisionSource source, std::string_view token_header, http::Request const& request,
                auth::AddressBytes const& client, http::Framing const& framing, std::string& out);

}  // namespace warder::server
