// SPDX-License-Identifier: MIT
#pragma once

#include "auth/credential.hpp"
#include "auth/request_context.hpp"
#include "auth/request_log.hpp"
#include "gateway/routes/routed_path.hpp"
#include "gateway/rpc/json_rpc.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "warder/grant.hpp"

#include <array>
#include <expected>
#include <string_view>

namespace warder::gateway {

/// A request with its route and the principal that it acts for.
struct Admitted {
    RouteSettings const* route;
    std::expected<CanonicalPath, PathError> path;  ///< A view of the routed path; an error if the route accepts it although it is not canonical.
    RouteTable const* routes;
    auth::Principal principal{};  ///< Empty if the route needs no token.
    std::array<char, TokenId::kTextLength> token_id_text{};

    /// Returns the token as in the request; empty if the route needs none. The same holds for the two functions below.
    [[nodiscard]] std::string_view token() const noexcept { return principal.token_text(); }
    [[nodiscard]] std::string_view user() const noexcept { return principal.token ? principal.token->username : std::string_view{}; }
    [[nodiscard]] std::string_view token_id() const noexcept {
        return principal.token ? std::string_view{token_id_text.data(), token_id_text.size()} : std::string_view{};
    }
};

/// Finds the route of a request and who it acts for. Call `authorize_unread` or `authorize_request` next.
/// @param routed  the request's path; must outlive the result. @param client  the address from which the token is used.
/// @param log  is told who the request acts for, and why it is denied.
/// @return the admitted request, or the response that denies it.
[[nodiscard]] std::expected<Admitted, http::Response> admit(RoutedPath const& routed, auth::RequestContext const& context,
                                                            http::Request const& request, IpAddress const& client, auth::RequestLog& log);

/// Decides whether a token allows an admitted request.
/// @param calls  the calls in the body; null if the body is not authorized.
[[nodiscard]] std::expected<void, auth::Denial> authorize_request(Admitted const& admitted, authority::VerifiedToken const& token,
                                                                  authority::Verifier const& verifier, http::Request const& request,
                                                                  RpcCalls const* calls);

/// Does the part of `authorize_request` for which the body need not be known: denies a request whose path is not canonical
/// or whose head names a resource by an invalid path.
[[nodiscard]] std::expected<void, auth::Denial> authorize_unread(Admitted const& admitted, authority::VerifiedToken const& token,
                                                                 authority::Verifier const& verifier, http::Request const& request);

/// Returns whether the route forwards requests with an `Upgrade` header.
[[nodiscard]] bool allows_upgrade(RouteSettings const& route) noexcept;

/// Returns whether this request's body is authorized as JSON-RPC.
[[nodiscard]] bool is_authorized_by_body(RouteSettings const& route, http::Request const& request) noexcept;

/// Checks again whether the token of an admitted request is valid and allows the request.
/// @param client  the address from which the token is used. @param calls  the calls in the body; null if the body is not authorized.
[[nodiscard]] std::expected<void, auth::Denial> authorize_token(Admitted const& admitted, auth::RequestContext const& context,
                                                                http::Request const& request, IpAddress const& client, RpcCalls const* calls);

/// Logs a denial of the gateway and returns its response.
[[nodiscard]] http::Response deny(auth::RequestLog& log, http::Request const& request, auth::Denial const& denial);

}  // namespace warder::gateway
