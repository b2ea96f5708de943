// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The reasons of denials: their names, and what logs and responses say. docs/reference/errors.md describes them.
namespace warder::auth {

/// Why a request is denied. Each denied request has exactly one reason, which has the same name in logs and metrics.
enum class DenialReason : std::uint8_t {
    kNoCredential,
    kAmbiguousCredential,  ///< More than one.
    kWrongPassword,        ///< Or an `Authorization` that can't be parsed.
    kNoSession,            ///< There is none, or it has ended.
    kMalformedToken,
    kBadSignature,
    kUnknownKey,
    kNotYetValid,
    kExpired,
    kRevoked,  ///< Deleted, or never registered.
    kDisabled,
    kAddressNotAllowed,  ///< The policy of the token doesn't allow the client's address.
    kPasswordRequired,
    kTokenRequired,
    kOutOfScope,        ///< No grant of the token covers the request.
    kOverCeiling,       ///< No grant of the ceiling of the token's user covers the request.
    kBodyRequired,      ///< Only an `rpc:` grant could cover the request, and its body is not read.
    kSourceNotSet,      ///< A scoped token, but `decision.source` is not set.
    kAmbiguousRequest,  ///< The original request is missing, or present more than once.
    kBadPath,
    kRateLimited,  ///< Too many requests with the token, or too many changes by the user.
    kThrottled,    ///< Too many wrong passwords.
    kBadRpc,
    kForbidden,
    kCsrf,
    kCrossSite,
    kBusy,
    kStaleIndex,  ///< The token index is too old to decide, since the store that several nodes share does not respond.
    kMisdirected,
    kLoopDetected,
};
inline constexpr std::size_t kDenialReasons = static_cast<std::size_t>(DenialReason::kLoopDetected) + 1;

/// What is the same for all denials with one reason.
struct DenialRule {
    DenialReason reason;
    std::string_view code;  ///< The reason's name in logs and metrics.
    unsigned status;
    std::string_view slug;               ///< The key `error` of the response.
    std::string_view message;            ///< Unless the denial has its own: README.md lists who knows more, such as the missing grant.
    std::chrono::seconds retry_after{};  ///< Unless the denial says another; 0: unknown.
    bool is_of_token_limit = false;      ///< Whether a limit of the token denies it, so that every call with a token may get it.
};

inline constexpr std::string_view kInvalidTokenMessage = "The access token is not valid.";
inline constexpr bool kOfTokenLimit = true;

/// One rule for each reason, in their order.
inline constexpr auto kDenialRules = std::to_array<DenialRule>({
    {DenialReason::kNoCredential, "no_credential", 401, "unauthorized", "No access token was presented. Send it as 'Authorization: Bearer <token>'."},
    {DenialReason::kAmbiguousCredential, "ambiguous_credential", 400, "bad_request",
     "The request has more than one credential; it may have only one."},
    {DenialReason::kWrongPassword, "wrong_password", 401, "unauthorized", "The user name or password is wrong."},
    {DenialReason::kNoSession, "no_session", 401, "unauthorized", "There is no session, or it has ended."},
    {DenialReason::kMalformedToken, "malformed_token", 401, "invalid_token", kInvalidTokenMessage},
    {DenialReason::kBadSignature, "bad_signature", 401, "invalid_token", kInvalidTokenMessage},
    {DenialReason::kUnknownKey, "unknown_key", 401, "invalid_token", kInvalidTokenMessage},
    {DenialReason::kNotYetValid, "not_yet_valid", 401, "invalid_token", kInvalidTokenMessage},
    {DenialReason::kExpired, "expired", 401, "invalid_token", "The access token has expired."},
    {DenialReason::kRevoked, "revoked", 401, "invalid_token", "The access token was revoked."},
    {DenialReason::kDisabled, "disabled", 401, "invalid_token", "The access token is disabled."},
    {DenialReason::kAddressNotAllowed,
     "address_not_allowed",
     403,
     "address_not_allowed",
     "The access token may not be used from this address.",
     {},
     kOfTokenLimit},
    {DenialReason::kPasswordRequired, "password_required", 401, "unauthorized",
     "This call needs a user name and password or a session; access tokens are not accepted."},
    {DenialReason::kTokenRequired, "token_required", 401, "unauthorized", "This needs an access token; a user name and password are not accepted."},
    {DenialReason::kOutOfScope, "out_of_scope", 403, "insufficient_scope", "No grant of this token covers this request."},
    {DenialReason::kOverCeiling, "over_ceiling", 403, "insufficient_scope", "The ceiling of this token's user doesn't cover this request."},
    {DenialReason::kBodyRequired, "body_required", 403, "insufficient_scope",
     "Only an rpc: grant could cover this request, and its body is not read."},
    {DenialReason::kSourceNotSet, "source_not_set", 403, "insufficient_scope",
     "This token is scoped, but the setting decision.source, which says where the proxy sends the original request, is not set."},
    {DenialReason::kAmbiguousRequest, "ambiguous_request", 403, "ambiguous_request", "The original request is missing or ambiguous."},
    {DenialReason::kBadPath, "bad_path", 403, "bad_path", "The path is invalid."},
    {DenialReason::kRateLimited, "rate_limited", 429, "rate_limited", "Too many requests.", {}, kOfTokenLimit},
    {DenialReason::kThrottled, "throttled", 429, "throttled", "Too many wrong passwords."},
    {DenialReason::kBadRpc, "bad_rpc", 400, "bad_json", "The body is not a valid JSON-RPC request."},
    {DenialReason::kForbidden, "forbidden", 403, "forbidden", "Forbidden."},
    {DenialReason::kCsrf, "csrf", 403, "csrf", "This call needs an X-Warder-CSRF header with the csrf_token of the session."},
    {DenialReason::kCrossSite, "cross_site", 403, "cross_site", "A page of another site sent this request."},
    {DenialReason::kBusy, "busy", 503, "unavailable", "The server is busy."},
    {DenialReason::kStaleIndex, "stale_index", 503, "unavailable",
     "This server has lost contact with its database, or can't use a signing key in it, so it can't tell whether a credential is valid; try again "
     "soon.",
     std::chrono::seconds{1}},
    {DenialReason::kMisdirected, "misdirected", 421, "misdirected", "This server does not serve this host."},
    {DenialReason::kLoopDetected, "loop_detected", 508, "loop_detected", "Loop detected."},
});
static_assert(kDenialRules.size() == kDenialReasons);
static_assert(std::ranges::is_sorted(kDenialRules, {}, &DenialRule::reason));

[[nodiscard]] constexpr DenialRule const& rule_of(DenialReason reason) noexcept { return kDenialRules[static_cast<std::size_t>(reason)]; }

}  // namespace warder::auth
