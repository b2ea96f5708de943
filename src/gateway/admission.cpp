// SPDX-License-Identifier: MIT
#include "gateway/admission.hpp"

#include "authority/usage_meter.hpp"
#include "http/credentials.hpp"
#include "http/errors.hpp"
#include "http/router.hpp"

#include <utility>

namespace warder::gateway {
namespace {

using http::Response;

constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

Response wrong_method() {
    auto response = http::refuse(405, "method_not_allowed", "CONNECT and TRACE are not to be had here.");
    response.add("Allow", std::string{kMethods});
    return response;
}

/// A browser that asks whether a page of another origin may make a request (Fetch §3.2.2): it never sends a credential with it.
bool is_preflight(http::Request const& request) noexcept {
    return request.method == "OPTIONS" && request.find("origin").count > 0 && request.find("access-control-request-method").count > 0;
}

Response refuse_path(PathFault fault) { return http::refuse(400, "bad_path", "The path can't be judged: " + std::string{describe(fault)} + "."); }

std::optional<Response> refuse_path(RoutedPath const& routed) {
    auto const& path = routed.path();
    auto const* const route = routed.route();
    if (!path) return refuse_path(path.error());
    if (path->has_encoded_slash() && (route == nullptr || !route->allow_encoded_slash)) return refuse_path(PathFault::kForbiddenEscape);
    if (route == nullptr) return http::refuse(404, "not_found", "There is nothing at this path.");
    return std::nullopt;
}

Response unauthorized(http::Request const& request, http::TokenComplaint complaint) {
    return http::refuse_unauthorized({.takes_basic = true, .takes_bearer = true, .is_script = http::is_from_page(request), .complaint = complaint});
}

bool is_ambiguous(http::Request const& request, bool passes_authorization) noexcept {
    auto const authorizations = request.find("authorization").count;
    auto const own = request.find("x-warder-token").count;
    return authorizations > 1 || own > 1 || (!passes_authorization && authorizations + own > 1);
}

Response refuse_access(http::Access access) {
    if (access == http::Access::kNeedsBody)
        return http::refuse_scope("Only a grant with rpc: could cover this request, and this route does not judge JSON-RPC.");
    return http::refuse_scope(http::kNotCoveredSentence);
}

std::optional<Response> judge(authority::VerifiedToken const& token, Admitted const& admitted, http::Request const& request,
                              RpcMethods const* rpc_methods) {
    if (!token.is_limited()) return std::nullopt;
    Ask const ask{.method = request.method, .host = http::host_of(request), .path = admitted.path, .rpc_methods = rpc_methods};
    auto const access = http::judge_access(token, ask);
    if (access == http::Access::kGranted) return std::nullopt;
    return refuse_access(access);
}

}  // namespace

bool is_judged_by_body(RouteSettings const& route, http::Request const& request) noexcept { return route.json_rpc && request.method == "POST"; }

std::expected<Admitted, Response> admit(RoutedPath const& routed, http::Desk const& desk, http::Request const& request, IpAddress const& client) {
    if (request.method == "CONNECT" || request.method == "TRACE") return std::unexpected{wrong_method()};
    if (request.target == "*") {
        Response response;
        response.status = 204;
        response.add("Allow", std::string{kMethods});
        return std::unexpected{std::move(response)};
    }
    if (auto refusal = refuse_path(routed)) return std::unexpected{std::move(*refusal)};
    Admitted admitted{.route = routed.route(), .path = *routed.path(), .token_text = {}, .token_in_basic = {}, .user = {}, .token_id = {}};
    auto const& route = *admitted.route;
    bool const passes_authorization = route.credential.kind == CredentialSource::Kind::kPass;
    if (is_ambiguous(request, passes_authorization))
        return std::unexpected{http::refuse(400, "bad_request", "There is more than one credential: which one counts would be a guess.")};
    if (route.auth == RouteSettings::Auth::kNone || (route.pass_preflight && is_preflight(request))) return admitted;

    auto presented = http::read_presented(request, desk.services.verifier, desk.scratch,
                                          passes_authorization ? http::TokenPlace::kOwnHeader : http::TokenPlace::kAnywhere);
    if (presented.kind != http::Presented::Kind::kToken) return std::unexpected{unauthorized(request, presented.complaint)};
    auto const& token = *presented.token;
    desk.services.usage.note(token, client);
    if (!is_judged_by_body(route, request))
        if (auto refusal = judge(token, admitted, request, nullptr)) return std::unexpected{std::move(*refusal)};
    admitted.user = token.username;
    admitted.token_id = token.id.text();
    admitted.is_admin = token.is_admin;
    admitted.is_limited = token.is_limited();
    admitted.token_text = presented.token_in_header;
    admitted.token_in_basic = std::move(presented.token_in_basic);
    return admitted;
}

std::optional<Response> judge_token(Admitted const& admitted, http::Desk const& desk, http::Request const& request, RpcMethods const* rpc_methods) {
    if (admitted.token().empty()) return std::nullopt;
    auto const token = desk.services.verifier.verify(admitted.token(), desk.scratch);
    if (!token)
        return unauthorized(request,
                            token.error() == authority::TokenFault::kExpired ? http::TokenComplaint::kExpired : http::TokenComplaint::kNotValid);
    return judge(*token, admitted, request, rpc_methods);
}

}  // namespace warder::gateway
