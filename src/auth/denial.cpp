// SPDX-License-Identifier: MIT
#include "auth/denial.hpp"

#include "auth/errors.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warder::auth {
namespace {

using enum DenialReason;

constexpr std::string_view kInvalidToken = "The access token is not valid.";

/// What is the same for all denials with one reason.
struct Rule {
    DenialReason reason;
    std::string_view code;
    unsigned status;
    std::string_view slug;  ///< The key `error` of the response.
    std::string_view message;
    std::chrono::seconds retry_after{};  ///< Unless the denial says another; 0: unknown.
};

constexpr auto kRules = std::to_array<Rule>({
    {kNoCredential, "no_credential", 401, "unauthorized", "No access token was presented. Send it as 'Authorization: Bearer <token>'."},
    {kAmbiguousCredential, "ambiguous_credential", 400, "bad_request", "The request has more than one credential; it may have only one."},
    {kWrongPassword, "wrong_password", 401, "unauthorized", "The user name or password is wrong."},
    {kNoSession, "no_session", 401, "unauthorized", "There is no session, or it has ended."},
    {kMalformedToken, "malformed_token", 401, "invalid_token", kInvalidToken},
    {kBadSignature, "bad_signature", 401, "invalid_token", kInvalidToken},
    {kUnknownKey, "unknown_key", 401, "invalid_token", kInvalidToken},
    {kNotYetValid, "not_yet_valid", 401, "invalid_token", kInvalidToken},
    {kExpired, "expired", 401, "invalid_token", "The access token has expired."},
    {kRevoked, "revoked", 401, "invalid_token", "The access token was revoked."},
    {kDisabled, "disabled", 401, "invalid_token", "The access token is disabled."},
    {kAddressNotAllowed, "address_not_allowed", 403, "address_not_allowed", "The access token may not be used from this address."},
    {kPasswordRequired, "password_required", 401, "unauthorized",
     "This call needs a user name and password or a session; access tokens are not accepted."},
    {kTokenRequired, "token_required", 401, "unauthorized", "This needs an access token; a user name and password are not accepted."},
    {kOutOfScope, "out_of_scope", 403, "insufficient_scope", "No grant of this token covers this request."},
    {kOverCeiling, "over_ceiling", 403, "insufficient_scope", "The ceiling of this token's user doesn't cover this request."},
    {kBodyRequired, "body_required", 403, "insufficient_scope", "Only an rpc: grant could cover this request, and its body is not read."},
    {kSourceNotSet, "source_not_set", 403, "insufficient_scope",
     "This token is scoped, but the setting decision.source, which says where the proxy sends the original request, is not set."},
    {kAmbiguousRequest, "ambiguous_request", 403, "ambiguous_request", "The original request is missing or ambiguous."},
    {kBadPath, "bad_path", 403, "bad_path", "The path is invalid."},
    {kRateLimited, "rate_limited", 429, "rate_limited", "Too many requests."},
    {kThrottled, "throttled", 429, "throttled", "Too many wrong passwords."},
    {kBadRpc, "bad_rpc", 400, "bad_json", "The body is not a valid JSON-RPC request."},
    {kForbidden, "forbidden", 403, "forbidden", "Forbidden."},
    {kCsrf, "csrf", 403, "csrf", "This call needs an X-Warder-CSRF header with the csrf_token of the session."},
    {kCrossSite, "cross_site", 403, "cross_site", "A page of another site sent this request."},
    {kBusy, "busy", 503, "unavailable", "The server is busy."},
    {kStaleIndex, "stale_index", 503, "unavailable",
     "This server has lost contact with its database, or can't use a signing key in it, so it can't tell whether a credential is valid; try again "
     "soon.",
     std::chrono::seconds{1}},
    {kMisdirected, "misdirected", 421, "misdirected", "This server does not serve this host."},
    {kLoopDetected, "loop_detected", 508, "loop_detected", "Loop detected."},
});
static_assert(kRules.size() == kDenialReasons);
static_assert(std::ranges::is_sorted(kRules, {}, &Rule::reason));

constexpr Rule const& rule_of(DenialReason reason) noexcept { return kRules[static_cast<std::size_t>(reason)]; }

/// Returns what the Bearer challenge says about a token; empty if it was not the token that was wrong.
std::string_view describe_token(DenialReason reason) noexcept {
    if (rule_of(reason).slug != "invalid_token") return {};
    return reason == kExpired || reason == kRevoked || reason == kDisabled ? code(reason) : "not valid";
}

void add_challenges(http::Response& response, DenialReason reason, Challenges const& challenges) {
    // Basic comes first: Mercurial, skopeo and Python's urllib read only the first challenge and give up if they don't
    // know its scheme.
    if (challenges.has_basic && !challenges.is_script) response.add("WWW-Authenticate", R"(Basic realm="warder", charset="UTF-8")");
    if (!challenges.has_bearer && !challenges.is_script) return;
    std::string bearer = R"(Bearer realm="warder")";
    if (auto const description = describe_token(reason); !description.empty())
        bearer.append(R"(, error="invalid_token", error_description=")").append(description).append("\"");
    response.add("WWW-Authenticate", std::move(bearer));
}

}  // namespace

std::string_view code(Surface surface) noexcept {
    constexpr std::array<std::string_view, kSurfaces> kNames{"api", "decision", "gateway", "ui"};
    return kNames[static_cast<std::size_t>(surface)];
}

std::string_view code(DenialReason reason) noexcept { return rule_of(reason).code; }

DenialReason reason_of(authority::TokenError error) noexcept {
    switch (error) {
        case authority::TokenError::kUnknownKey:
            return kUnknownKey;
        case authority::TokenError::kBadSignature:
            return kBadSignature;
        case authority::TokenError::kExpired:
            return kExpired;
        case authority::TokenError::kFromTheFuture:
            return kNotYetValid;
        case authority::TokenError::kDisabled:
            return kDisabled;
        case authority::TokenError::kNotRegistered:
            return kRevoked;
        case authority::TokenError::kStaleIndex:
            return kStaleIndex;
        case authority::TokenError::kNotAToken:
        case authority::TokenError::kBadHeader:
        case authority::TokenError::kBadClaims:
            break;
    }
    return kMalformedToken;
}

Denial misdirected(std::string_view host, std::string_view setting) {
    constexpr std::size_t kMaxQuotedHost = 253;
    std::string message = "This server does not serve the host \"" + http::quote_for_message(host, kMaxQuotedHost) + "\". ";
    message.append("If the host is right, add it to the setting ").append(setting).append(R"( (for example ["warder.example.org"]).)");
    return {.reason = kMisdirected, .message = std::move(message)};
}

http::Response to_response(Denial const& denial, Surface surface, Challenges const& challenges) {
    auto const& rule = rule_of(denial.reason);
    auto status = denial.status.value_or(rule.status);
    auto slug = rule.slug;
    if (denial.reason == kAmbiguousCredential && surface == Surface::kDecision) {  // nginx turns a 400 into a 500
        status = 403;
        slug = "ambiguous_request";
    }
    auto response = error_response(status, slug, denial.message.empty() ? rule.message : std::string_view{denial.message});
    if (status == 401) add_challenges(response, denial.reason, challenges);
    if (slug == "insufficient_scope") response.add("WWW-Authenticate", R"(Bearer realm="warder", error="insufficient_scope")");
    auto const retry_after = denial.retry_after.value_or(rule.retry_after);
    auto const longest = denial.reason == kRateLimited ? std::chrono::days{1} : std::chrono::minutes{1};
    if (denial.retry_after || retry_after.count() > 0)
        response.add("Retry-After", std::to_string(std::clamp(retry_after, std::chrono::seconds{1}, std::chrono::seconds{longest}).count()));
    return response;
}

}  // namespace warder::auth
