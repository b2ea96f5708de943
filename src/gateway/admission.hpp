// SPDX-License-Identifier: MIT
#pragma once

#include "auth/credential.hpp"
#include "auth/request_context.hpp"
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

/// A request that may go to its route's upstream, as far as that can be told without its body.
struct Admitted {
    RouteSettings const* route = nullptr;
    std::optional<CanonicalPath> path;  ///< A view of the routed one. Nothing: the route lets a path pass that is not canonical.
    RouteTable const* routes = nullptr;
    std::string_view token_text;  ///< A view of the request, or of `token_in_basic`. Empty: the route wants no token.
    std::optional<crypto::Secret> token_in_basic;
    std::string user;
    std::string token_id;
    bool is_admin = false;
    bool is_limited = false;

    [[nodiscard]] std::string_view token() const noexcept { return token_in_basic ? token_in_basic->view() : token_text; }
};

/// Judges a request: its path, the route, who asks, and whether a token's grants suffice. On a route that judges JSON-RPC, a POST is not refused for
/// its grants here: that is for `judge_token` once the body is known.
/// @param routed  the request's path; outlives what is returned. @param client  where the use of a token came from. @return else the refusal.
[[nodiscard]] std::expected<Admitted, http::Response> admit(RoutedPath const& routed, auth::RequestContext const& context,
                                                            http::Request const& request, IpAddress const& client);

/// Whether the route passes a request with an `Upgrade` header.
[[nodiscard]] bool allows_upgrade(RouteSettings const& route) noexcept;

/// Whether a body of this request is judged as JSON-RPC.
[[nodiscard]] bool is_judged_by_body(RouteSettings const& route, http::Request const& request) noexcept;

/// Whether the token of an admitted request is good, now, for that request. @param calls  of the body; null: it is not judged.
/// @param uncovered  if not null, becomes the sentence that names the methods that no grant covers, where these are what it is refused for.
/// @return the refusal, if any.
[[nodiscard]] std::optional<http::Response> judge_token(Admitted const& admitted, auth::RequestContext const& context, http::Request const& request,
                                                        RpcCalls const* calls, std::string* uncovered = nullptr);

}  // namespace warder::gateway
