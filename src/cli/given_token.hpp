// SPDX-License-Identifier: MIT
#pragma once

#include "cli/output/command_result.hpp"
#include "crypto/secret.hpp"
#include "warder/verifier.hpp"

#include <expected>
#include <optional>
#include <string>

namespace warder::cli {

/// A token that was given on standard input, and what its signature proves about it.
struct GivenToken {
    crypto::Secret text;
    std::expected<authority::VerifiedToken, authority::TokenError> verified;
    std::optional<authority::TokenIdentity> identity;  ///< Whose it is, even if it is rejected.

    /// Returns whose token it is, for messages: "token <id> of <user>"; empty if its signature doesn't hold.
    [[nodiscard]] std::string description() const { return identity ? "token " + identity->id.text() + " of " + identity->username : ""; }
};

/// Reads a token from the one line of standard input and verifies it.
[[nodiscard]] std::expected<GivenToken, CommandError> read_and_verify(authority::Verifier const& verifier);

/// Returns why the token is rejected, with the reason's name for programs, and whose token it is.
[[nodiscard]] CommandError rejection(GivenToken const& token, authority::TokenError error);

}  // namespace warder::cli
