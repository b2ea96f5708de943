// SPDX-License-Identifier: MIT
#include "gateway/admission.hpp"

#include "auth/errors.hpp"
#include "auth/named_resources.hpp"
#include "core/try.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace warder::gateway {
namespace {

using auth::Denial;
using auth::DenialReason;
using http::Response;

constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

Response wrong_method() {
    auto response = auth::error_response(405, "method_not_allowed", "Method not allowed: CONNECT and TRACE are not supported.");
    response.add("Allow", std::string{kMethods});
    return response;
}

/// Returns whether a browser asks if a page of another origin may make a request (Fetch §3.2.2). Such a request never
/// carries a credential.
bool is_preflight(http::Request const& request) noexcept {
    return request.method == "OPTIONS" && request.find("origin").count > 0 && request.find("access-control-request-method").count > 0;
}

Denial bad_path(PathError error) {
    return {.reason = DenialReason::kBadPath, .message = "The path is invalid: " + std::string{describe(error)} + ".", .status = 400};
}

/// Returns the path, or why it can't be authorized.
std::expected<CanonicalPath, PathError> acceptable_path(RoutedPath const& routed) {
    auto const& path = routed.path();
    auto const* const route = routed.route();
    bool const has_forbidden_slash = path && path->has_encoded_slash() && (route == nullptr || !route->allow_encoded_slash);
    return has_forbidden_slash ? std::unexpected{PathError::kForbiddenEscape} : path;
}

/// Accepts paths of the request's own route: at its upstream, a path of another route is a different resource from the
/// one that a grant covers.
class SameRoute final : public auth::NamedPathFilter {
  public:
    explicit SameRoute(Admitted const& admitted) noexcept : admitted_{&admitted} {}
    [[nodiscard]] bool accepts(std::string_view path) const noexcept override { return admitted_->routes->find(path) == admitted_->route; }

  private:
    Admitted const* admitted_;
};

std::optional<Denial> find_named_denial(Scope const& scope, Admitted const& admitted, http::Request const& request, AccessRequest const& access) {
    auto const& route = *admitted.route;
    SameRoute const filter{admitted};
    // The upstream does not know a prefix that the gateway replaces, and clients name copy sources as the upstream does.
    std::string_view base = route.upstream.path;
    if (base.ends_with('/')) base.remove_suffix(1);
    bool const is_prefix_replaced = !route.upstream.path.empty() && route.prefix != "/" && base != route.prefix;
    return auth::find_named_resource_denial(scope, request, access,
                                            {.encoded_slash = route.allow_encoded_slash ? EncodedSlash::kAllowed : EncodedSlash::kRejected,
                                             .source_prefix = is_prefix_replaced ? std::string_view{route.prefix} : std::string_view{},
                                             .filter = &filter});
}

AccessRequest make_access_request(Admitted const& admitted, http::Request const& request, RpcCalls const* calls) noexcept {
    bool const names_methods = calls != nullptr && !calls->is_response();
    return {.method = request.method,
            .host = auth::host_of(request),
            .path = *admitted.path,
            .rpc_methods = names_methods ? &calls->distinct() : nullptr};
}

/// Returns a sentence that names up to three of the methods that no grant covers.
std::string describe_uncovered(Scope const& scope, AccessRequest access) {
    constexpr std::size_t kNamed = 3;
    constexpr std::size_t kLongestName = 64;
    constexpr std::size_t kMostExamined = 10'000;  // takes a few milliseconds; a body may name millions
    std::string names;
    std::size_t count = 0;
    auto const methods = access.rpc_methods->in_order();
    for (auto const method : methods.first(std::min(methods.size(), kMostExamined))) {
        RpcMethods const alone{method};
        access.rpc_methods = &alone;
        if (scope.covers(access)) continue;
        if (++count > kNamed) break;
        names.append(count == 1 ? "\"" : ", \"").append(http::quote_for_message(method, kLongestName)).append("\"");
    }
    if (count == 0) return "No single grant of this token covers every call of the request.";
    if (count == 1) return "No grant of this token covers the method " + names + ".";
    return "No grant of this token covers the methods " + names + (count > kNamed ? " and others." : ".");
}

}  // namespace

bool allows_upgrade(RouteSettings const& route) noexcept { return route.websocket.value_or(!route.json_rpc); }

bool is_authorized_by_body(RouteSettings const& route, http::Request const& request) noexcept { return route.json_rpc && request.method == "POST"; }

http::Response deny(auth::RequestLog& log, http::Request const& request, Denial const& denial) {
    return log.deny(denial, auth::challenges_for(auth::kTokensOnly, request));
}

std::expected<Admitted, Response> admit(RoutedPath const& routed, auth::RequestContext const& context, http::Request const& request,
                                        IpAddress const& client, auth::RequestLog& log) {
    auto const denied = [&](Denial const& denial) { return std::unexpected{deny(log, request, denial)}; };
    if (request.method == "CONNECT" || request.method == "TRACE") return std::unexpected{wrong_method()};
    if (request.target == "*") {
        Response response;
        response.status = 204;
        response.add("Allow", std::string{kMethods});
        return std::unexpected{std::move(response)};
    }
    auto path = acceptable_path(routed);
    auto const* const matched = path ? routed.route() : routed.lenient_route();
    if (matched == nullptr && !path) return denied(bad_path(path.error()));
    if (matched == nullptr) return std::unexpected{auth::error_response(404, "not_found", "Not found: no route covers this path.")};
    Admitted admitted{.route = matched, .path = std::move(path), .routes = &routed.routes()};
    auto const& route = *admitted.route;
    bool const passes_authorization = route.credential.kind == UpstreamCredentialSource::Kind::kPass;
    bool const passes_preflight = route.pass_preflight && is_preflight(request);
    bool const needs_token = route.auth == RouteSettings::Auth::kToken && !passes_preflight;
    auth::AuthenticationPolicy const policy{.takes_token = needs_token,
                                            .token_source = passes_authorization ? auth::TokenSource::kOwnHeader : auth::TokenSource::kAnywhere,
                                            .token_header = route.token_header};
    auto authentication = auth::authenticate(request, policy, {.address = client}, context, log);
    if (!authentication) return denied(authentication.error());
    if (!needs_token) {
        if (!admitted.path && route.auth == RouteSettings::Auth::kToken) return denied(bad_path(admitted.path.error()));
        return admitted;
    }
    admitted.principal = std::move(authentication->principal);
    admitted.token_id_text = admitted.principal.token->id.chars();
    return admitted;
}

std::expected<void, Denial> authorize_request(Admitted const& admitted, authority::VerifiedToken const& token, authority::Verifier const& verifier,
                                              http::Request const& request, RpcCalls const* calls) {
    if (!token.is_scoped) return {};
    if (!admitted.path) return std::unexpected{bad_path(admitted.path.error())};
    WARDER_TRY(auto const limits, auth::limits_of(token, verifier));
    auto const access = make_access_request(admitted, request, calls);
    auto authorized = auth::authorize(limits.scope(), access);
    bool const needs_body = !authorized && authorized.error().reason == DenialReason::kBodyRequired;
    // A response calls no method, so a token that may make some call on this path may also send a response.
    bool const may_answer = needs_body && calls != nullptr && calls->is_response();
    if (!authorized && !may_answer) {
        if (needs_body)
            authorized.error().message = "Only an rpc: grant could cover this request, and JSON-RPC is not enabled for this route (json_rpc).";
        if (access.rpc_methods != nullptr) authorized.error().message = describe_uncovered(limits.scope(), access);
        return authorized;
    }
    if (auto denial = find_named_denial(limits.scope(), admitted, request, access)) return std::unexpected{std::move(*denial)};
    return {};
}

std::expected<void, Denial> authorize_unread(Admitted const& admitted, authority::VerifiedToken const& token, authority::Verifier const& verifier,
                                             http::Request const& request) {
    if (!token.is_scoped) return {};
    if (!admitted.path) return std::unexpected{bad_path(admitted.path.error())};
    WARDER_TRY(auto const limits, auth::limits_of(token, verifier));
    auto denial = find_named_denial(limits.scope(), admitted, request, make_access_request(admitted, request, nullptr));
    if (!denial || denial->reason != DenialReason::kBadPath) return {};
    return std::unexpected{std::move(*denial)};
}

std::expected<void, Denial> authorize_token(Admitted const& admitted, auth::RequestContext const& context, http::Request const& request,
                                            IpAddress const& client, RpcCalls const* calls) {
    if (admitted.token().empty()) return {};
    auto const token = context.services.verifier.verify(admitted.token());
    if (!token) return std::unexpected{Denial{.reason = auth::reason_of(token.error())}};
    WARDER_TRY_VOID(auth::check_use(*token, client, context.services));
    return authorize_request(admitted, *token, context.services.verifier, request, calls);
}

}  // namespace warder::gateway
