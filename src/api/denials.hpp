// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "api/router.hpp"
#include "auth/credential.hpp"
#include "auth/denial.hpp"
#include "auth/request_metrics.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "http/response.hpp"

#include <optional>

namespace warder::api {

/// Returns what a call requires of its credential, if the web UI is on.
[[nodiscard]] auth::AuthenticationPolicy policy_of(Auth required_auth) noexcept;

/// Returns the denial of a request whose user name and password could not be verified.
[[nodiscard]] auth::Denial denial_of(authority::SignInError const& error);

/// Returns what metrics call a sign-in that failed.
[[nodiscard]] auth::SignInOutcome sign_in_outcome_of(authority::SignInError const& error) noexcept;

/// Returns the denial of a request whose use case was not allowed; nullopt for all other errors.
[[nodiscard]] std::optional<auth::Denial> denial_of(authority::Error error);

/// Logs that a call is denied, and returns its response. A 401 offers the credentials that the call accepts.
[[nodiscard]] http::Response deny(Call const& call, auth::Denial const& denial);

}  // namespace warder::api
