// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/denial.hpp"
#include "auth/request_context.hpp"
#include "auth/request_log.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "crypto/secret.hpp"
#include "http/request.hpp"
#include "index/token_limits.hpp"
#include "warder/verifier.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace warder::auth {

/// Where a token may appear in a request.
enum class TokenSource : std::uint8_t {
    kAnywhere,   ///< `Authorization: Bearer`, `X-Warder-Token`, or the password of `Authorization: Basic`.
    kOwnHeader,  ///< Only `X-Warder-Token` or the policy's `token_header`; `Authorization` is meant for the upstream.
};

/// Who a request acts for, once proven: a user, and the token or the session if one was used. Empty if the request needs
/// no credential.
///
/// May be kept as long as the request, across suspensions: it owns everything except for views of the head and of names in
/// the token index, which don't move.
struct Principal {
    std::optional<authority::VerifiedToken> token{};
    std::optional<authority::Principal> user{};             ///< Set if the credential was a password or a session.
    std::optional<authority::Sessions::Session> session{};  ///< Set if the credential was a session.
    std::string_view session_id{};                          ///< As in the request.
    std::string_view token_in_header{};
    std::optional<crypto::Secret> token_in_basic{};
    std::string description{};  ///< Of the token as minted, if the policy wants it.
    /// Why the token may do nothing but revoke itself, if the policy accepts it nevertheless.
    std::optional<Denial> restriction{};
    /// Whose disabled token it is; `token` is empty then, and `restriction` is set.
    std::optional<authority::TokenIdentity> disabled_token{};

    /// Returns whether the credential was a token.
    [[nodiscard]] bool is_token() const noexcept { return token || disabled_token; }

    /// Returns the token as in the request; a view of the request or of this object.
    [[nodiscard]] std::string_view token_text() const noexcept { return token_in_basic ? token_in_basic->view() : token_in_header; }
};

/// What a request may and must have. If it may have no credential at all, none is read.
struct AuthenticationPolicy {
    bool takes_token = false;
    bool takes_password = false;
    bool takes_session = false;
    bool rejects_cross_site = false;  ///< Whether a page of another site may not make a request that changes something.
    bool counts_use = true;           ///< Whether an accepted token counts as used; a rejected one that is valid always does.
    bool wants_description = false;
    /// Whether a token is accepted even if it is disabled, used from an address that its policy excludes, or beyond its rate
    /// limit; see `Principal::restriction`. For the call by which it may revoke itself.
    bool accepts_restricted_token = false;
    TokenSource token_source = TokenSource::kAnywhere;
    std::string_view token_header{};  ///< A further header, in lower case, that may have a token without a scheme; empty: none.
};

/// Returns whether the request has more than one header that may contain a credential. `authenticate` rejects it before any of
/// them is parsed.
[[nodiscard]] bool is_ambiguous(http::Request const& request, TokenSource source, std::string_view token_header = {}) noexcept;

/// What the decision endpoint and the gateway accept.
inline constexpr AuthenticationPolicy kTokensOnly{.takes_token = true};

/// The result of reading a request's credential.
struct Authentication {
    Principal principal{};
    // If one of these is set, the principal is not known yet, and finding it takes time:
    std::optional<authority::Credentials> password{};  ///< `SignIn` must check it.
    std::string_view unconfirmed_session{};            ///< A session's id, as in the request, that `Sessions` must confirm.
};

/// Finds who a request acts for, by token, session, or a password that was verified a short while ago. What is presented
/// decides alone: there is no second try with another credential. The management API, the decision endpoint and the gateway
/// all use this function, so they accept credentials in exactly the same forms. After an unconfirmed session was confirmed, call
/// it again; if the session is still unconfirmed then, there is none.
/// @param log  is told the user, also of a valid token that is rejected.
/// A token's rate limit isn't checked again if that was done before the body was read (see `CheckedHead`).
/// @return who was found; or kAmbiguousCredential, kCrossSite, kNoCredential, kWrongPassword, kNoSession, kCsrf,
/// kPasswordRequired, kTokenRequired, why the token is invalid, kAddressNotAllowed, kRateLimited, or kStaleIndex if that can't
/// be told now.
[[nodiscard]] std::expected<Authentication, Denial> authenticate(http::Request const& request, AuthenticationPolicy const& policy,
                                                                 Client const& client, RequestContext const& context, RequestLog& log);

/// Returns the challenges for a request that lacks the credentials of a policy.
[[nodiscard]] Challenges challenges_for(AuthenticationPolicy const& policy, http::Request const& request) noexcept;

/// Returns what limits the token now, or kRevoked. Hold it only while one request is decided.
[[nodiscard]] std::expected<index::TokenLimits, Denial> limits_of(authority::VerifiedToken const& token, authority::Verifier const& verifier);

/// Decides whether the limits of a token allow this client to use it now. Its rate limit and its grants are decided
/// elsewhere: see `take_from_rate` and `authorize`.
/// @return kAddressNotAllowed, or kRevoked, if not.
[[nodiscard]] std::expected<void, Denial> check_use(authority::VerifiedToken const& token, AddressBytes const& client, Services const& services);

/// Takes a request from the rate limit of its token. Call it once for each request whose token is proven and that nothing
/// else denies, whatever becomes of it then: an invalid body or an upstream that is down doesn't make it free.
/// `authenticate` takes nothing: it only denies tokens beyond their limit, so that denied requests don't count.
/// @return kRateLimited, if other requests have used up the limit in the meantime, or kRevoked.
[[nodiscard]] std::expected<void, Denial> take_from_rate(authority::VerifiedToken const& token, Services const& services);
/// Does the same for a request that may be denied after all. `RateBucket::give_back` puts it back then: into this bucket,
/// also if the token has another one by then.
/// @return the bucket; null if the token has no rate limit.
[[nodiscard]] std::expected<std::shared_ptr<index::RateBucket>, Denial> take_returnably_from_rate(authority::VerifiedToken const& token,
                                                                                                  Services const& services);

/// Decides whether a token with this scope may make a request. Doesn't allocate if the request is allowed.
/// @param access  an `rpc_methods` without names: the body doesn't matter.
/// @return kOutOfScope, kOverCeiling, or kBodyRequired if the names of the body's JSON-RPC methods could change the
/// decision.
[[nodiscard]] std::expected<void, Denial> authorize(Scope const& scope, AccessRequest const& access);

/// Returns the request's Host as grants match it.
[[nodiscard]] std::optional<std::string_view> host_of(http::Request const& request) noexcept;

}  // namespace warder::auth
