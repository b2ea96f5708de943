// SPDX-License-Identifier: MIT
#include "api/denials.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace warder::api {

auth::AuthenticationPolicy policy_of(Auth required_auth) noexcept {
    auth::AuthenticationPolicy policy{.rejects_cross_site = true, .counts_use = false};  // a use is counted with the response
    switch (required_auth) {
        case Auth::kNone:
        case Auth::kSignIn:
            break;
        case Auth::kSession:
            policy.takes_session = true;
            break;
        case Auth::kPassword:
        case Auth::kAdmin:
        case Auth::kAdminOrSelf:
            policy.takes_password = policy.takes_session = true;
            break;
        case Auth::kAny:
            policy.takes_token = policy.takes_password = policy.takes_session = true;
            policy.wants_description = true;
            break;
        case Auth::kRevoker:
            policy.accepts_restricted_token = true;
            [[fallthrough]];
        case Auth::kIntrospector:
            policy.takes_token = policy.takes_password = true;
            break;
    }
    return policy;
}

auth::Denial denial_of(authority::SignInError const& error) {
    switch (error.error) {
        case authority::Error::kWrongCredentials:
            return {.reason = auth::DenialReason::kWrongPassword};
        case authority::Error::kThrottled:
            return {.reason = auth::DenialReason::kThrottled, .message = std::string{message(error.error)}, .retry_after = error.retry_after};
        default:
            return {.reason = auth::DenialReason::kBusy, .message = std::string{message(error.error)}, .retry_after = error.retry_after};
    }
}

auth::SignInOutcome sign_in_outcome_of(authority::SignInError const& error) noexcept {
    if (error.error == authority::Error::kWrongCredentials) return auth::SignInOutcome::kWrong;
    return error.error == authority::Error::kThrottled ? auth::SignInOutcome::kThrottled : auth::SignInOutcome::kBusy;
}

std::optional<auth::Denial> denial_of(authority::Error error) {
    std::string why{message(error)};
    if (error == authority::Error::kForbidden) return auth::Denial{.reason = auth::DenialReason::kForbidden, .message = std::move(why)};
    if (error == authority::Error::kTooManyChanges)
        return auth::Denial{.reason = auth::DenialReason::kRateLimited, .message = std::move(why), .retry_after = std::chrono::minutes{1}};
    return std::nullopt;
}

http::Response deny(Call const& call, auth::Denial const& denial) { return call.log.deny(denial, auth::challenges_for(call.policy, call.request)); }

}  // namespace warder::api
