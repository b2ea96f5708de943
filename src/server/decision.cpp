// SPDX-License-Identifier: MIT
#include "server/decision.hpp"

#include "auth/credential.hpp"
#include "auth/named_resources.hpp"
#include "auth/request_log.hpp"
#include "core/try.hpp"

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace warder::server {
namespace {

using namespace std::string_view_literals;

using auth::Denial;
using auth::DenialReason;

constexpr std::string_view kEndpoint = "/auth";

struct SourceNames {
    std::string_view method, uri, host;
};
constexpr SourceNames kForwarded{"x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"};
constexpr SourceNames kOriginal{"x-original-method", "x-original-uri", "x-original-host"};

std::unexpected<Denial> denied(DenialReason reason, std::string message = {}) {
    return std::unexpected{Denial{.reason = reason, .message = std::move(message)}};
}

std::unexpected<Denial> ambiguous(std::string message) { return denied(DenialReason::kAmbiguousRequest, std::move(message)); }

/// The original request, as the proxy describes it.
struct Original {
    std::string_view method;
    std::string_view uri;
    std::optional<std::string_view> host;
};

std::expected<Original, Denial> read_headers(http::Request const& request, SourceNames const& names) {
    auto const method = request.find(names.method);
    auto const uri = request.find(names.uri);
    auto const host = request.find(names.host);
    if (method.count != 1 || method.value.empty() || uri.count != 1 || uri.value.empty() || host.count > 1)
        return ambiguous(
            "The proxy must send the original method and URI exactly once each and not empty, and the host at most once, in the headers that the "
            "setting decision.source selects.");
    return Original{method.value, uri.value, host.count == 1 ? std::optional{host.value} : std::nullopt};
}

/// Reads the original request.
/// @return the original request, or why it can't be read.
std::expected<Original, Denial> read_original(auth::DecisionSource source, http::Request const& request) {
    auto const below = request.path.substr(kEndpoint.size());
    if (source == auth::DecisionSource::kNone) return denied(DenialReason::kSourceNotSet);
    if (source == auth::DecisionSource::kPath) {
        if (below.empty()) return ambiguous("The original path must follow /auth, because decision.source is \"path\".");
        return Original{request.method, below, auth::host_of(request)};
    }
    if (!below.empty() && below != "/") return ambiguous("A path below /auth is supported only if decision.source is \"path\".");
    return read_headers(request, source == auth::DecisionSource::kForwarded ? kForwarded : kOriginal);
}

/// Authorizes the original request of a scoped token.
std::expected<void, Denial> authorize_scoped(authority::Verifier const& verifier, authority::VerifiedToken const& token, http::Request const& request,
                                             std::expected<Original, Denial> const& original) {
    if (!original) return std::unexpected{original.error()};
    WARDER_TRY(auto const limits, auth::limits_of(token, verifier));
    std::array<char, http::kMaxHead> buffer;
    auto const path = canonicalize_path(original->uri, buffer);
    if (!path) return denied(DenialReason::kBadPath, "The original path is invalid: " + std::string{describe(path.error())} + ".");
    AccessRequest const access{.method = original->method, .host = original->host, .path = *path, .rpc_methods = nullptr};
    auto authorized = auth::authorize(limits.scope(), access);
    if (!authorized && authorized.error().reason == DenialReason::kBodyRequired)
        authorized.error().message = "Only an rpc: grant could cover this request, and the decision endpoint reads no body; use the gateway instead.";
    if (!authorized) return authorized;
    if (auto denial = auth::find_named_resource_denial(limits.scope(), request, access, {.requires_destination = true}))
        return std::unexpected{*denial};
    return {};
}

/// Appends the response for an allowed request. Nearly every response is this one, so its fixed parts are literals.
void append_pass(std::string& out, authority::VerifiedToken const& token, http::Framing const& framing) {
    out += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\nDate: "sv;
    out += framing.date;
    out += "\r\nX-Warder-User: "sv;
    out += token.username;
    out += "\r\nX-Warder-Token-Id: "sv;
    token.id.append_to(out);
    out += token.is_admin ? "\r\nX-Warder-Admin: 1\r\n"sv : "\r\nX-Warder-Admin: 0\r\n"sv;
    http::append_connection(out, framing);
    out += "\r\n"sv;
}

}  // namespace

bool is_decision_path(std::string_view path) noexcept {
    return path.starts_with(kEndpoint) && (path.size() == kEndpoint.size() || path[kEndpoint.size()] == '/');
}

unsigned decide(auth::RequestContext const& context, auth::DecisionSource source, std::string_view token_header, http::Request const& request,
                auth::AddressBytes const& client, http::Framing const& framing, std::string& out) {
    auth::RequestLog log{context, auth::Surface::kDecision, request, client};
    auto policy = auth::kTokensOnly;
    policy.token_header = token_header;
    auto authentication = auth::authenticate(request, policy, {.address = client}, context, log);
    std::expected<void, Denial> decision;
    if (!authentication) decision = std::unexpected{std::move(authentication.error())};
    std::expected<Original, Denial> original;
    bool const needs_original = !decision || authentication->principal.token->is_scoped;  // for the decision, or for the log
    if (needs_original) original = read_original(source, request);
    if (decision && needs_original) decision = authorize_scoped(context.services.verifier, *authentication->principal.token, request, original);
    if (decision) decision = auth::take_from_rate(*authentication->principal.token, context.services);
    if (decision) {
        append_pass(out, *authentication->principal.token, framing);
        log.write(200);
        return 200;
    }
    bool const is_for_nginx = source == auth::DecisionSource::kOriginal;  // nginx turns a 429 into a 500
    if (is_for_nginx && decision.error().reason == DenialReason::kRateLimited) decision.error().status = 403;
    auto const challenges = auth::challenges_for(auth::kTokensOnly, request);
    auto const response = original ? log.deny(decision.error(), challenges, original->method, original->uri) : log.deny(decision.error(), challenges);
    http::append_response(out, response, framing);
    log.write(response.status);
    return response.status;
}

}  // namespace warder::server
