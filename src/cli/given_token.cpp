// SPDX-License-Identifier: MIT
#include "cli/given_token.hpp"

#include "cli/output/terminal.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/enum_texts.hpp"

#include <string_view>
#include <unistd.h>
#include <utility>

namespace warder::cli {
namespace {

constexpr core::EnumTexts<authority::TokenError::kStaleIndex> kRejections{{
    {authority::TokenError::kNotAToken, "the text is not a token"},
    {authority::TokenError::kBadHeader, "the header of the token is invalid or not supported"},
    {authority::TokenError::kUnknownKey, "the token was signed with a key that is unknown here"},
    {authority::TokenError::kBadSignature, "the signature of the token is invalid"},
    {authority::TokenError::kBadClaims, "the claims of the token are missing or invalid"},
    {authority::TokenError::kExpired, "the token has expired"},
    {authority::TokenError::kFromTheFuture, "the token is not valid yet; check the clock"},
    {authority::TokenError::kDisabled, "the token is disabled"},
    {authority::TokenError::kNotRegistered, "the token was revoked, or was never registered here"},
    {authority::TokenError::kStaleIndex,
     "the database did not respond in time, or a signing key in it can't be used here, so it can't be told whether the token is valid"},
}};

/// @param owner  what follows the reason: whose token it is.
CommandError reject(authority::TokenError error, std::string_view owner = {}) {
    auto const word = authority::code(error);
    return {std::string{kRejections[error]}.append(" (").append(word).append(")").append(owner), kFailure, word};
}

std::expected<crypto::Secret, ReadLineError> read_token() {
    if (is_terminal()) return prompt_for_secret("Token: ", core::kMaxTokenText);
    auto token = read_line(STDIN_FILENO, core::kMaxTokenText);
    // A second line may be the rest of a token that was broken in two; verifying only the first one would be
    // misleading.
    if (auto const more = read_line(STDIN_FILENO, 0); token && (more || more.error() != ReadLineError::kEnd))
        return std::unexpected{ReadLineError::kTooLong};
    return token;
}

}  // namespace

std::expected<GivenToken, CommandError> read_and_verify(authority::Verifier const& verifier) {
    auto token = read_token();
    if (!token && token.error() == ReadLineError::kEnd) return std::unexpected{"no token given; provide it as one line of standard input"};
    if (!token && token.error() == ReadLineError::kUnreadable) return std::unexpected{"can't read standard input"};
    if (!token) return std::unexpected{reject(authority::TokenError::kNotAToken)};
    auto const verified = verifier.verify(token->view());
    auto identity = verifier.identify(token->view());
    return GivenToken{.text = std::move(*token), .verified = verified, .identity = std::move(identity)};
}

CommandError rejection(GivenToken const& token, authority::TokenError error) {
    auto const owner = token.description();
    return reject(error, owner.empty() ? "" : ": " + owner);
}

}  // namespace warder::cli
