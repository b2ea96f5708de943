// SPDX-License-Identifier: MIT
#include "gateway/admission.hpp"

#include "auth/errors.hpp"
#include "auth/named_resources.hpp"
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

/// Returns why the path can't be authorized.
std::optional<PathError> find_path_error(RoutedPath const& routed) {
    auto const& path = routed.path();
    auto const* const route = routed.route();
    if (!path) return path.error();
    if (path->has_encoded_slash() && (route == nullptr || !route->allow_encoded_slash)) return PathError::kForbiddenEscape;
    return std::nullopt;
}

bool is_ambiguous(http::Request const& request, bool passes_authorization) noexcept {
    auto const authorizations = request.find("authorization").count;
    auto const own = request.find("x-warder-token").count;
    return authorizations > 1 || own > 1 || (!passes_authorization && authorizations + own > 1);
}

Denial bad_lenient_path(RoutedPath const& routed) { return bad_path(routed.path() ? PathError::kForbiddenEscape : routed.path().error()); }

/// Accepts paths of the request's own route: at its upstream, a path of another route is a different resource from the
/// one that a grant covers.
class SameRoute final : public auth::NamedPathFilter {
  public:
    explicit SameRoute(Admitted const& admitted) noexcept : admitted_{&admitted} {}
    [[nodiscard]] bool accepts(std::string_view path) const noexcept override { return admitted_->routes->find(path) == admitted_->route; }

  private:
    Admitted const* admitted_;
};

std::optional<Denial> find_named_denial(authority::VerifiedToken const& token, Admitted const& admitted, http::Request const& request,
                                        AccessRequest const& access) {
    auto const& route = *admitted.route;
    SameRoute const filter{admitted};
    // The upstream does not know a prefix that the gateway replaces, and clients name copy sources as the upstream does.
    std::string_view base = route.upstream.path;
    if (base.ends_with('/')) base.remove_suffix(1);
    bool const is_prefix_replaced = !route.upstream.path.empty() && route.prefix != "/" && base != route.prefix;
    return auth::find_named_resource_denial(token, request, access,
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
std::string describe_uncovered(authority::VerifiedToken const& token, AccessRequest access) {
    constexpr std::size_t kNamed = 3;
    constexpr std::size_t kLongestName = 64;
    constexpr std::size_t kMostExamined = 10'000;  // takes a few milliseconds; a body may name millions
    std::string names;
    std::size_t count = 0;
    auto const methods = access.rpc_methods->in_order();
    for (auto const method : methods.first(std::min(methods.size(), kMostExamined))) {
        RpcMethods const alone{method};
        access.rpc_methods = &alone;
        if (token.covers(access)) continue;
        if (++count > kNamed) break;
        names.append(count == 1 ? "\"" : ", \"").append(http::quote_for_message(method, kLongestName)).append("\"");
    }
    if (count == 0) return "No single grant of this token covers every call of the request.";
    if (count == 1) return "No grant of this token covers the method " + names + ".";
    return "No grant of this token covers the methods " + names + (count > kNamed ? " and others." : ".");
}

std::expected<void, Denial> authorize_request(authority::VerifiedToken const& token, Admitted const& admitted, http::Request const& request,
                                              RpcCalls const* calls) {
    if (!token.is_scoped()) return {};
    if (!admitted.path) return std::unexpected{bad_path(PathError::kForbiddenByte)};  // the token has become scoped since the request was admitted
    auto const access = make_access_request(admitted, request, calls);
    auto authorized = auth::authorize(token.scope(), access);
    bool const needs_body = !authorized && authorized.error().reason == DenialReason::kBodyRequired;
    // A response calls no method, so a token that may make some call on this path may also send a response.
    bool const may_answer = needs_body && calls != nullptr && calls->is_response();
    if (!authorized && !may_answer) {
        if (needs_body)
            authorized.error().message = "Only an rpc: grant could cover this request, and JSON-RPC is not enabled for this route (json_rpc).";
        if (access.rpc_methods != nullptr) authorized.error().message = describe_uncovered(token, access);
        return authorized;
    }
    if (auto denial = find_named_denial(token, admitted, request, access)) return std::unexpected{std::move(*denial)};
    return {};
}

/// Does the part of `authorize_request` that does not need the body: rejects a request whose head names a resource by an invalid
/// path.
std::expected<void, Denial> authorize_unread(authority::VerifiedToken const& token, Admitted const& admitted, http::Request const& request) {
    if (!token.is_scoped()) return {};
    auto denial = find_named_denial(token, admitted, request, make_access_request(admitted, request, nullptr));
    if (!denial || denial->reason != DenialReason::kBadPath) return {};
    return std::unexpected{std::move(*denial)};
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
    bool const is_lenient = routed.lenient_route() != nullptr;
    if (auto const error = find_path_error(routed); error && !is_lenient) return denied(bad_path(*error));
    if (!is_lenient && routed.route() == nullptr)
        return std::unexpected{auth::error_response(404, "not_found", "Not found: no route covers this path.")};
    Admitted admitted{.route = is_lenient ? routed.lenient_route() : routed.route(),
                      .path = is_lenient ? std::optional<CanonicalPath>{} : *routed.path(),
                      .routes = &routed.routes(),
                      .token_text = {},
                      .token_in_basic = {},
                      .user = {},
                      .token_id = {}};
    auto const& route = *admitted.route;
    bool const passes_authorization = route.credential.kind == UpstreamCredentialSource::Kind::kPass;
    if (is_ambiguous(request, passes_authorization)) return denied({.reason = DenialReason::kAmbiguousCredential});
    if (route.auth == RouteSettings::Auth::kNone) return admitted;
    if (route.pass_preflight && is_preflight(request)) {
        if (is_lenient) return denied(bad_lenient_path(routed));
        return admitted;
    }

    auth::Credential credential;
    auto const authenticated = auth::authenticate(
        request, {.takes_token = true, .token_source = passes_authorization ? auth::TokenSource::kOwnHeader : auth::TokenSource::kAnywhere},
        context.services.verifier, context.scratch, credential);
    if (!authenticated) return denied(authenticated.error());
    auto const& token = *credential.token;
    context.usage.note(token, client);
    log.identify(token.username, token.id);
    admitted.user = token.username;
    admitted.token_id = token.id.text();
    std::expected<void, Denial> authorized;
    if (is_lenient && token.is_scoped()) authorized = std::unexpected{bad_lenient_path(routed)};
    else if (is_authorized_by_body(route, request)) authorized = authorize_unread(token, admitted, request);
    else authorized = authorize_request(token, admitted, request, nullptr);
    if (!authorized) return denied(authorized.error());
    admitted.is_admin = token.is_admin;
    admitted.is_scoped = token.is_scoped();
    admitted.token_text = credential.token_in_header;
    admitted.token_in_basic = std::move(credential.token_in_basic);
    return admitted;
}

std::expected<void, Denial> authorize_token(Admitted const& admitted, auth::RequestContext const& context, http::Request const& request,
                                            RpcCalls const* calls) {
    if (admitted.token().empty()) return {};
    auto const token = context.services.verifier.verify(admitted.token(), context.scratch);
    if (!token) return std::unexpected{Denial{.reason = auth::reason_of(token.error())}};
    return authorize_request(*token, admitted, request, calls);
}

}  // namespace warder::gateway
