// SPDX-License-Identifier: MIT
#pragma once

#include "auth/credential.hpp"
#include "auth/request_context.hpp"
#include "auth/request_log.hpp"
#include "gateway/json_rpc.hpp"
#include "gateway/routes/routed_path.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "warder/grant.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace warder::gateway {

/// A request that may be forwarded, as far as that can be decided without its body.
struct Admitted {
    RouteSettings const* route = nullptr;
    std::optional<CanonicalPath> path;  ///< A view of the routed path; nullopt if the route accepts paths that are not canonical.
    RouteTable const* routes = nullptr;
    std::string_view token_text;  ///< A view of the request or of `token_in_basic`. Empty if the route needs no token.
    std::optional<crypto::Secret> token_in_basic;
    std::string user;
    std::string token_id;
    bool is_admin = false;
    bool is_scoped = false;

    [[nodiscard]] std::string_view token() const noexcept { return token_in_basic ? token_in_basic->view() : token_text; }
};

/// Authenticates and authorizes a request: path, route, credential, and grants. On a JSON-RPC route, a POST is not
/// denied here for missing grants; `authorize_token` decides once the body is known.
/// @param routed  the request's path; must outlive the result. @param client  the address from which the token is used.
/// @param log  is told who the request acts for, and why it is denied.
/// @return the admitted request, or the response that denies it.
[[nodiscard]] std::expected<Admitted, http::Response> admit(RoutedPath const& routed, auth::RequestContext const& context,
                                                            http::Request const& request, IpAddress const& client, auth::RequestLog& log);

/// Returns whether the route forwards requests with an `Upgrade` header.
[[nodiscard]] bool allows_upgrade(RouteSettings const& route) noexcept;

/// Returns whether this request's body is authorized as JSON-RPC.
[[nodiscard]] bool is_authorized_by_body(RouteSettings const& route, http::Request const& request) noexcept;

/// Checks again whether the token of an admitted request is valid and allows the request.
/// @param calls  the calls in the body; null if the body is not authorized.
[[nodiscard]] std::expected<void, auth::Denial> authorize_token(Admitted const& admitted, auth::RequestContext const& context,
                                                                http::Request const& request, RpcCalls const* calls);

/// Logs a denial of the gateway and returns its response.
[[nodiscard]] http::Response deny(auth::RequestLog& log, http::Request const& request, auth::Denial const& denial);

}  // namespace warder::gateway
