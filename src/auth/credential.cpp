// SPDX-License-Identifier: MIT
#include "auth/credential.hpp"

#include "auth/authorization_header.hpp"
#include "core/rules.hpp"
#include "http/text.hpp"

#include <string>
#include <utility>

namespace warder::auth {
namespace {

constexpr std::string_view kNameOfTokens = "token";  ///< The Basic username of clients that have a token but no username.

std::unexpected<Denial> denied(DenialReason reason) { return std::unexpected{Denial{.reason = reason}}; }

/// Denies a bad token. Where no token is accepted, the response must not reveal whether it is valid.
std::unexpected<Denial> denied_token(AuthenticationPolicy const& policy, DenialReason reason) {
    return denied(policy.takes_token ? reason : DenialReason::kPasswordRequired);
}

Denial not_covered(DenialReason reason, AccessRequest const& access) {
    constexpr std::size_t kMaxQuoted = 256;
    std::string message = reason == DenialReason::kOverCeiling ? "The ceiling of this token's user doesn't cover " : "No grant of this token covers ";
    message.append(http::quote_for_message(access.method, kMaxQuoted)).append(" ");
    message.append(http::quote_for_message(access.path.text(), kMaxQuoted)).append(".");
    return {.reason = reason, .message = std::move(message)};
}

/// Reads one credential.
class Reader {
  public:
    Reader(AuthenticationPolicy const& policy, authority::Verifier const& verifier, authority::VerifierScratch& scratch,
           Credential& credential) noexcept
        : policy_{&policy}, verifier_{&verifier}, scratch_{&scratch}, credential_{&credential} {}

    [[nodiscard]] std::expected<void, Denial> read(http::Request const& request) {
        auto const header = policy_->token_source == TokenSource::kAnywhere ? request.find("authorization") : http::Request::Lookup{};
        if (header.count > 0) return read_authorization_value(header.value);
        auto const own = request.find("x-warder-token");
        if (own.count > 0) return verify(own.value);
        if (policy_->takes_session) return {};
        return std::unexpected{no_credential(*policy_)};
    }

  private:
    [[nodiscard]] std::expected<void, Denial> read_authorization_value(std::string_view value) {
        auto authorization = read_authorization(value);
        if (auto const* bearer = std::get_if<BearerAuthorization>(&authorization)) return verify(bearer->token);
        if (auto* basic = std::get_if<BasicAuthorization>(&authorization)) return read_basic(std::move(*basic));
        if (std::get<MalformedAuthorization>(authorization).is_bearer) return denied_token(*policy_, DenialReason::kMalformedToken);
        return denied(DenialReason::kWrongPassword);
    }

    [[nodiscard]] std::expected<void, Denial> verify(std::string_view token) {
        credential_->token_in_header = token;
        return verify_token(std::nullopt);
    }

    [[nodiscard]] std::expected<void, Denial> read_basic(BasicAuthorization basic) {
        if (core::looks_like_token(basic.password.view())) {  // a token is never tried as a password
            credential_->token_in_basic = std::move(basic.password);
            return verify_token(basic.username);
        }
        if (!policy_->takes_password) return denied(policy_->takes_token ? DenialReason::kTokenRequired : DenialReason::kNoSession);
        credential_->password = authority::Credentials{std::move(basic.username), std::move(basic.password)};
        return {};
    }

    /// @param name  the Basic username sent with the token, which must be its user or `token`.
    [[nodiscard]] std::expected<void, Denial> verify_token(std::optional<std::string_view> name) {
        auto token = verifier_->verify(credential_->token_text(), *scratch_);
        if (!token) return denied_token(*policy_, reason_of(token.error()));
        bool const is_theirs = !name || *name == kNameOfTokens || http::equal_ignoring_case(*name, token->username);
        if (!is_theirs) return denied_token(*policy_, DenialReason::kMalformedToken);
        credential_->token = std::move(*token);
        if (!policy_->takes_token) return denied(DenialReason::kPasswordRequired);
        return {};
    }

    AuthenticationPolicy const* policy_;
    authority::Verifier const* verifier_;
    authority::VerifierScratch* scratch_;
    Credential* credential_;
};

}  // namespace

Denial no_credential(AuthenticationPolicy const& policy) {
    if (policy.takes_token) return {.reason = DenialReason::kNoCredential};
    return {.reason = DenialReason::kNoCredential,
            .message = policy.takes_password ? "This call needs a user name and password or a session." : "There is no session, or it has ended."};
}

std::expected<void, Denial> authenticate(http::Request const& request, AuthenticationPolicy const& policy, authority::Verifier const& verifier,
                                         authority::VerifierScratch& scratch, Credential& credential) {
    return Reader{policy, verifier, scratch, credential}.read(request);
}

Challenges challenges_for(AuthenticationPolicy const& policy, http::Request const& request) noexcept {
    // A call that accepts neither password nor token is made by a page.
    bool const is_session_only = !policy.takes_password && !policy.takes_token;
    return {.has_basic = !is_session_only, .has_bearer = policy.takes_token, .is_script = is_session_only || is_from_page(request)};
}

std::expected<void, Denial> authorize(Scope const& scope, AccessRequest const& access) {
    if (scope.covers(access)) return {};
    if (scope.could_cover_by_rpc(access)) return std::unexpected{Denial{.reason = DenialReason::kBodyRequired}};
    bool const is_in_scope = scope.endpoints == nullptr || scope.endpoints->covering(access) != nullptr;
    return std::unexpected{not_covered(is_in_scope ? DenialReason::kOverCeiling : DenialReason::kOutOfScope, access)};
}

std::optional<std::string_view> host_of(http::Request const& request) noexcept {
    auto const host = request.find("host");
    return host.count == 1 ? std::optional{host.value} : std::nullopt;
}

}  // namespace warder::auth
