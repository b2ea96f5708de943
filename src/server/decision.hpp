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

/// Whether a path is the decision endpoint's, `/auth` or below: there every method is a decision.
[[nodiscard]] bool is_decision_path(std::string_view path) noexcept;

/// Decides whether a request may pass that a proxy asks about: 200 with who asks, 401, or 403 (RFC 9110 §15.5.4).
///
/// Touches no store and no lock that a writer holds; of the heap no more than `out` when the request may pass.
/// @param source  where the proxy puts the original request. @param path  of the target, raw; one of `is_decision_path`. @param client  for what is
/// known of the token's uses. @param out  gets the whole response.
/// @return its status.
unsigned decide(auth::RequestContext const& context, auth::DecisionSource source, http::Request const& request, std::string_view path,
                auth::AddressBytes const& client, http::Framing const& framing, std::string& out);

}  // namespace warder::server
