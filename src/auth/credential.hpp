// SPDX-License-Identifier: MIT
#pragma once

#include "auth/errors.hpp"
#include "authority/sign_in.hpp"
#include "crypto/secret.hpp"
#include "http/request.hpp"
#include "warder/verifier.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace warder::auth {

/// Where a token may stand in a request.
enum class TokenSource : std::uint8_t {
    kAnywhere,   ///< `Authorization: Bearer`, `X-Warder-Token`, or the password of `Authorization: Basic`.
    kOwnHeader,  ///< `X-Warder-Token` alone: `Authorization` is somebody else's.
};

/// What a request presents to say who asks: read, and judged if it is a token. Own calls, decisions and the gateway all ask `read_credential`, so
/// that they can't differ in what they take for a token.
struct Credential {
    enum class Kind : std::uint8_t {
        kNothing,
        kMalformed,  ///< Another scheme, or one of ours with something that can't be right.
        kBadToken,   ///< See `problem`.
        kToken,
        kPassword,  ///< Proven by nobody yet.
    };

    Kind kind = Kind::kNothing;
    TokenProblem problem = TokenProblem::kNone;
    std::optional<authority::VerifiedToken> token{};  ///< Views of the scratch.
    std::string_view token_in_header{};
    std::optional<crypto::Secret> token_in_basic{};
    std::optional<authority::Credentials> password{};

    /// The token as it was presented; a view of the request or of this.
    [[nodiscard]] std::string_view token_text() const noexcept { return token_in_basic ? token_in_basic->view() : token_in_header; }
};

/// @param request  one that is not ambiguous, see `is_ambiguous`.
[[nodiscard]] Credential read_credential(http::Request const& request, authority::Verifier const& verifier, authority::VerifierScratch& scratch,
                                         TokenSource place = TokenSource::kAnywhere);

/// May a request pass, as far as the grants are concerned.
enum class Access : std::uint8_t {
    kGranted,
    kNotCovered,
    kNeedsBody,  ///< Not covered, but a grant for JSON-RPC might, if the body were read.
};
[[nodiscard]] Access authorize(authority::VerifiedToken const& token, AccessRequest const& ask) noexcept;

/// The Host of a request as grants see it.
[[nodiscard]] std::optional<std::string_view> host_of(http::Request const& request) noexcept;

}  // namespace warder::auth
