// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "api/router.hpp"
#include "auth/credential.hpp"
#include "auth/denial.hpp"
#include "auth/services.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "http/response.hpp"

namespace warder::api {

/// Returns which credentials a call accepts, if the web UI is on.
[[nodiscard]] auth::AuthenticationPolicy policy_of(Auth required_auth) noexcept;

/// Returns the denial of a request whose user name and password could not be verified.
[[nodiscard]] auth::Denial denial_of(authority::SignInError const& error);

/// Logs a denial of the management API and returns its response.
/// @param policy  which credentials the call accepts; a 401 offers them.
[[nodiscard]] http::Response deny(auth::Services const& services, Call const& call, auth::AuthenticationPolicy const& policy,
                                  auth::Denial const& denial);

}  // namespace warder::api
