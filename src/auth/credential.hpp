// SPDX-License-Identifier: MIT
#pragma once

#include "auth/denial.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "crypto/secret.hpp"
#include "http/request.hpp"
#include "warder/verifier.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace warder::auth {

/// Where a token may appear in a request.
enum class TokenSource : std::uint8_t {
    kAnywhere,   ///< `Authorization: Bearer`, `X-Warder-Token`, or the password of `Authorization: Basic`.
    kOwnHeader,  ///< Only `X-Warder-Token`; `Authorization` is meant for the upstream.
};

/// The credential of a request: a verified token, a password that is not verified, or nothing.
struct Credential {
    std::optional<authority::VerifiedToken> token{};  ///< Its views point into the verifier's scratch.
    std::string_view token_in_header{};
    std::optional<crypto::Secret> token_in_basic{};
    std::optional<authority::Credentials> password{};

    /// Returns the token as the request contained it; a view of the request or of this object.
    [[nodiscard]] std::string_view token_text() const noexcept { return token_in_basic ? token_in_basic->view() : token_in_header; }
};

/// Which credentials a request may have.
struct AuthenticationPolicy {
    bool takes_token = false;
    bool takes_password = false;
    bool takes_session = false;
    TokenSource token_source = TokenSource::kAnywhere;
};

/// What the decision endpoint and the gateway accept.
inline constexpr AuthenticationPolicy kTokensOnly{.takes_token = true};

/// Finds who a request acts for. What is presented decides alone: there is no second try with another credential. The
/// management API, the decision endpoint and the gateway all use this function, so they accept tokens in exactly the same
/// forms.
/// @param request  must not be ambiguous, see `is_ambiguous`.
/// @param credential  empty; receives what was presented. It has a valid token even if the policy accepts none. If the
/// policy accepts sessions, it may stay empty without a denial.
[[nodiscard]] std::expected<void, Denial> authenticate(http::Request const& request, AuthenticationPolicy const& policy,
                                                       authority::Verifier const& verifier, authority::VerifierScratch& scratch,
                                                       Credential& credential);

/// Returns the denial of a request without any credential. Its message says what would be right.
[[nodiscard]] Denial no_credential(AuthenticationPolicy const& policy);

/// Returns the challenges for a request that lacks the credentials of a policy.
[[nodiscard]] Challenges challenges_for(AuthenticationPolicy const& policy, http::Request const& request) noexcept;

/// Decides whether a token with this scope may make a request. Doesn't allocate if the request is allowed.
/// @param access  an `rpc_methods` without names: the body doesn't matter.
/// @return kOutOfScope, kOverCeiling, or kBodyRequired if the names of the body's JSON-RPC methods could change the
/// decision.
[[nodiscard]] std::expected<void, Denial> authorize(Scope const& scope, AccessRequest const& access);

/// Returns the request's Host as grants match it.
[[nodiscard]] std::optional<std::string_view> host_of(http::Request const& request) noexcept;

}  // namespace warder::auth
