// SPDX-License-Identifier: MIT
#include "http/presented.hpp"

#include "core/rules.hpp"
#include "http/credentials.hpp"
#include "http/text.hpp"

#include <utility>

namespace warder::http {
namespace {

constexpr std::string_view kNameOfTokens = "token";  ///< The name in Basic of who has a token and no name.

/// @param name  what stood beside it as a name in Basic: the user's, or that it is a token.
void judge_token(Presented& presented, std::optional<std::string_view> name, authority::Verifier const& verifier,
                 authority::VerifierScratch& scratch) {
    auto token = verifier.verify(presented.token_text(), scratch);
    bool const is_theirs = token && (!name || *name == kNameOfTokens || equal_ignoring_case(*name, token->username));
    if (is_theirs) {
        presented.kind = Presented::Kind::kToken;
        presented.token = std::move(*token);
        return;
    }
    bool const is_expired = !token && token.error() == authority::TokenFault::kExpired;
    presented.kind = Presented::Kind::kBadToken;
    presented.complaint = is_expired ? TokenComplaint::kExpired : TokenComplaint::kNotValid;
}

void read_basic(Presented& presented, BasicCredential basic, authority::Verifier const& verifier, authority::VerifierScratch& scratch) {
    if (core::looks_like_token(basic.password.view())) {  // never tried as a password
        presented.token_in_basic = std::move(basic.password);
        return judge_token(presented, basic.username, verifier, scratch);
    }
    presented.kind = Presented::Kind::kPassword;
    presented.password = authority::Credentials{std::move(basic.username), std::move(basic.password)};
}

}  // namespace

Presented read_presented(Request const& request, authority::Verifier const& verifier, authority::VerifierScratch& scratch, TokenPlace place) {
    Presented presented;
    auto const header = place == TokenPlace::kAnywhere ? request.find("authorization") : Request::Lookup{};
    if (header.count == 0) {
        auto const own = request.find("x-warder-token");
        if (own.count == 0) return presented;
        presented.token_in_header = own.value;
        judge_token(presented, std::nullopt, verifier, scratch);
        return presented;
    }
    auto credential = read_authorization(header.value);
    if (auto const* bearer = std::get_if<BearerCredential>(&credential)) {
        presented.token_in_header = bearer->token;
        judge_token(presented, std::nullopt, verifier, scratch);
    } else if (auto* basic = std::get_if<BasicCredential>(&credential)) {
        read_basic(presented, std::move(*basic), verifier, scratch);
    } else {
        presented.kind = Presented::Kind::kMalformed;
        if (std::get<MalformedCredential>(credential).is_bearer) presented.complaint = TokenComplaint::kNotValid;
    }
    return presented;
}

Access judge_access(authority::VerifiedToken const& token, Ask const& ask) noexcept {
    if (token.covers(ask)) return Access::kGranted;
    return token.could_cover_by_rpc(ask) ? Access::kNeedsBody : Access::kNotCovered;
}

std::optional<std::string_view> host_of(Request const& request) noexcept {
    auto const host = request.find("host");
    return host.count == 1 ? std::optional{host.value} : std::nullopt;
}

}  // namespace warder::http
