// SPDX-License-Identifier: MIT
#include "auth/credential.hpp"

#include "auth/authorization_header.hpp"
#include "core/rules.hpp"
#include "http/text.hpp"

#include <utility>

namespace warder::auth {
namespace {

constexpr std::string_view kNameOfTokens = "token";  ///< The Basic username of clients that have a token but no username.

/// Verifies the token of `credential`.
/// @param name  the Basic username sent with it, which must be the token's user or `token`; nullopt if the token was
/// not sent with Basic.
void verify_token(Credential& credential, std::optional<std::string_view> name, authority::Verifier const& verifier,
                  authority::VerifierScratch& scratch) {
    auto token = verifier.verify(credential.token_text(), scratch);
    bool const is_theirs = token && (!name || *name == kNameOfTokens || http::equal_ignoring_case(*name, token->username));
    if (is_theirs) {
        credential.kind = Credential::Kind::kToken;
        credential.token = std::move(*token);
        return;
    }
    bool const is_expired = !token && token.error() == authority::TokenError::kExpired;
    credential.kind = Credential::Kind::kBadToken;
    credential.problem = is_expired ? TokenProblem::kExpired : TokenProblem::kNotValid;
}

void read_basic(Credential& credential, BasicAuthorization basic, authority::Verifier const& verifier, authority::VerifierScratch& scratch) {
    if (core::looks_like_token(basic.password.view())) {  // a token is never tried as a password
        credential.token_in_basic = std::move(basic.password);
        return verify_token(credential, basic.username, verifier, scratch);
    }
    credential.kind = Credential::Kind::kPassword;
    credential.password = authority::Credentials{std::move(basic.username), std::move(basic.password)};
}

}  // namespace

Credential read_credential(http::Request const& request, authority::Verifier const& verifier, authority::VerifierScratch& scratch,
                           TokenSource place) {
    Credential credential;
    auto const header = place == TokenSource::kAnywhere ? request.find("authorization") : http::Request::Lookup{};
    if (header.count == 0) {
        auto const own = request.find("x-warder-token");
        if (own.count == 0) return credential;
        credential.token_in_header = own.value;
        verify_token(credential, std::nullopt, verifier, scratch);
        return credential;
    }
    auto authorization = read_authorization(header.value);
    if (auto const* bearer = std::get_if<BearerAuthorization>(&authorization)) {
        credential.token_in_header = bearer->token;
        verify_token(credential, std::nullopt, verifier, scratch);
    } else if (auto* basic = std::get_if<BasicAuthorization>(&authorization)) {
        read_basic(credential, std::move(*basic), verifier, scratch);
    } else {
        credential.kind = Credential::Kind::kMalformed;
        if (std::get<MalformedAuthorization>(authorization).is_bearer) credential.problem = TokenProblem::kNotValid;
    }
    return credential;
}

Access authorize(authority::VerifiedToken const& token, AccessRequest const& access) noexcept {
    if (token.covers(access)) return Access::kGranted;
    return token.could_cover_by_rpc(access) ? Access::kNeedsBody : Access::kNotCovered;
}

std::optional<std::string_view> host_of(http::Request const& request) noexcept {
    auto const host = request.find("host");
    return host.count == 1 ? std::optional{host.value} : std::nullopt;
}

}  // namespace warder::auth
