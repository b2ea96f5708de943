// SPDX-License-Identifier: MIT
#include "api/denials.hpp"

#include "auth/access_line.hpp"
#include "auth/denial_log.hpp"

#include <string>

namespace warder::api {

auth::AuthenticationPolicy policy_of(Auth required_auth) noexcept {
    switch (required_auth) {
        case Auth::kNone:
        case Auth::kSignIn:
            break;
        case Auth::kSession:
            return {.takes_session = true};
        case Auth::kPassword:
        case Auth::kAdmin:
        case Auth::kAdminOrSelf:
            return {.takes_password = true, .takes_session = true};
        case Auth::kAny:
            return {.takes_token = true, .takes_password = true, .takes_session = true};
        case Auth::kIntrospector:
        case Auth::kRevoker:
            return {.takes_token = true, .takes_password = true};
    }
    return {};
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

http::Response deny(auth::Services const& services, Call const& call, auth::AuthenticationPolicy const& policy, auth::Denial const& denial) {
    std::string_view user;
    if (call.principal) user = call.principal->name;
    else if (call.token) user = call.token->username;
    auto const token_id = call.token ? call.token->id.text() : std::string{};
    return auth::deny(services,
                      {.surface = auth::Surface::kApi,
                       .method = call.request.method,
                       .path = auth::loggable_path(call.request.target),
                       .user = user,
                       .token_id = token_id,
                       .client = call.address.full},
                      denial, auth::challenges_for(policy, call.request));
}

}  // namespace warder::api
