// SPDX-License-Identifier: MIT
#include "server/decision.hpp"

#include "auth/access_line.hpp"
#include "auth/authorization_header.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/named_resources.hpp"
#include "authority/usage_meter.hpp"

#include <array>
#include <expected>
#include <optional>
#include <utility>

namespace warder::server {
namespace {

constexpr std::string_view kEndpoint = "/auth";

struct SourceNames {
    std::string_view method, uri, host;
};
constexpr SourceNames kForwarded{"x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"};
constexpr SourceNames kOriginal{"x-original-method", "x-original-uri", "x-original-host"};

http::Response ambiguous(std::string_view message) { return auth::error_response(403, "ambiguous_request", message); }

/// The original request, as the proxy describes it.
struct Original {
    std::string_view method;
    std::string_view uri;
    std::optional<std::string_view> host;
};

std::expected<Original, http::Response> read_headers(http::Request const& request, SourceNames const& names) {
    auto const method = request.find(names.method);
    auto const uri = request.find(names.uri);
    auto const host = request.find(names.host);
    if (method.count != 1 || method.value.empty() || uri.count != 1 || uri.value.empty() || host.count > 1)
        return std::unexpected{ambiguous(
            "The proxy must send the original method and URI exactly once each and not empty, and the host at most once, in the headers that the "
            "setting decision.source selects.")};
    return Original{method.value, uri.value, host.count == 1 ? std::optional{host.value} : std::nullopt};
}

/// Reads the original request.
/// @param below  the part of the path after `/auth`.
/// @return the original request, or the response that denies it.
std::expected<Original, http::Response> read_original(auth::DecisionSource source, http::Request const& request, std::string_view below) {
    if (source == auth::DecisionSource::kNone)
        return std::unexpected{
            auth::insufficient_scope("This token is scoped, but the setting decision.source, which says where the proxy sends the original "
                                     "request, is not set.")};
    if (source == auth::DecisionSource::kPath) {
        if (below.empty()) return std::unexpected{ambiguous("The original path must follow /auth, because decision.source is \"path\".")};
        return Original{request.method, below, auth::host_of(request)};
    }
    if (!below.empty() && below != "/") return std::unexpected{ambiguous("A path below /auth is supported only if decision.source is \"path\".")};
    return read_headers(request, source == auth::DecisionSource::kForwarded ? kForwarded : kOriginal);
}

/// Authorizes the original request of a scoped token.
/// @return the response that denies it; nullopt if it is allowed.
std::optional<http::Response> authorize_scoped(auth::DecisionSource source, authority::VerifiedToken const& token, http::Request const& request,
                                               std::string_view below) {
    auto const original = read_original(source, request, below);
    if (!original) return original.error();
    std::array<char, http::kMaxHead> buffer;
    auto const path = canonicalize_path(original->uri, buffer);
    if (!path) return auth::error_response(403, "bad_path", "The original path is invalid: " + std::string{describe(path.error())} + ".");
    AccessRequest const access{.method = original->method, .host = original->host, .path = *path, .rpc_methods = nullptr};
    switch (auth::authorize(token, access)) {
        case auth::Access::kGranted:
            if (auto const fault = auth::find_named_resource_denial(token, request, access, {.requires_destination = true}))
                return auth::denial_response(*fault);
            return std::nullopt;
        case auth::Access::kNeedsBody:
            return auth::insufficient_scope(
                "Only an rpc: grant could cover this request, and the decision endpoint reads no body; use the gateway instead.");
        case auth::Access::kNotCovered:
            break;
    }
    return auth::insufficient_scope(auth::kNotCoveredMessage);
}

/// Appends the response for an allowed request. Nearly every response is this one, so its fixed parts are literals.
void append_pass(std::string& out, authority::VerifiedToken const& token, http::Framing const& framing) {
    out += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\nDate: ";
    out += framing.date;
    out += "\r\nX-Warder-User: ";
    out += token.username;
    out += "\r\nX-Warder-Token-Id: ";
    token.id.append_to(out);
    out += token.is_admin ? "\r\nX-Warder-Admin: 1\r\n" : "\r\nX-Warder-Admin: 0\r\n";
    http::append_connection(out, framing);
    out += "\r\n";
}

std::optional<http::Response> deny_credential(auth::Credential const& credential, http::Request const& request) {
    if (credential.kind == auth::Credential::Kind::kToken) return std::nullopt;
    return auth::unauthorized({.takes_basic = true, .takes_bearer = true, .is_script = auth::is_from_page(request), .problem = credential.problem});
}

}  // namespace

bool is_decision_path(std::string_view path) noexcept {
    return path.starts_with(kEndpoint) && (path.size() == kEndpoint.size() || path[kEndpoint.size()] == '/');
}

unsigned decide(auth::RequestContext const& context, auth::DecisionSource source, http::Request const& request, std::string_view path,
                auth::AddressBytes const& client, http::Framing const& framing, std::string& out) {
    auth::AccessLine const line{context, request};
    std::optional<http::Response> rejection;
    auth::Credential credential;
    if (auth::is_ambiguous(request)) {
        rejection = ambiguous("The request has more than one credential; it may have only one.");
    } else {
        credential = auth::read_credential(request, context.services.verifier, context.scratch);
        rejection = deny_credential(credential, request);
        if (credential.token) context.services.usage.note(*credential.token, client);
    }
    if (!rejection && credential.token->is_scoped()) rejection = authorize_scoped(source, *credential.token, request, path.substr(kEndpoint.size()));
    if (rejection) http::append_response(out, *rejection, framing);
    else append_pass(out, *credential.token, framing);
    unsigned const status = rejection ? rejection->status : 200;
    line.write(status, credential.token ? credential.token->username : std::string_view{});
    return status;
}

}  // namespace warder::server
