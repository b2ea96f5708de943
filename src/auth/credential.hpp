// SPDX-License-Identifier: MIT
#pragma once

#include "auth/errors.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "crypto/secret.hpp"
#include "http/request.hpp"
#include "warder/verifier.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace warder::auth {

/// Where a token may appear in a request.
enum class TokenSource : std::uint8_t {
    kAnywhere,   ///< `Authorization: Bearer`, `X-Warder-Token`, or the password of `Authorization: Basic`.
    kOwnHeader,  ///< Only `X-Warder-Token`; `Authorization` is meant for the upstream.
};

/// The credential of a request; a token has been verified, a password has not. The management API, the decision
/// endpoint and the gateway all use `read_credential`, so they accept tokens in exactly the same forms.
struct Credential {
    enum class Kind : std::uint8_t {
        kNothing,
        kMalformed,  ///< An unknown scheme, or a known one with an invalid value.
        kBadToken,   ///< See `problem`.
        kToken,
        kPassword,  ///< Not yet verified.
    };

    Kind kind = Kind::kNothing;
    TokenProblem problem = TokenProblem::kNone;
    std::optional<authority::VerifiedToken> token{};  ///< Its views point into the verifier's scratch.
    std::string_view token_in_header{};
    std::optional<crypto::Secret> token_in_basic{};
    std::optional<authority::Credentials> password{};

    /// Returns the token as the request contained it; a view of the request or of this object.
    [[nodiscard]] std::string_view token_text() const noexcept { return token_in_basic ? token_in_basic->view() : token_in_header; }
};

/// Reads the credential of a request and verifies it if it is a token.
/// @param request  must not be ambiguous, see `is_ambiguous`.
[[nodiscard]] Credential read_credential(http::Request const& request, authority::Verifier const& verifier, authority::VerifierScratch& scratch,
                                         TokenSource place = TokenSource::kAnywhere);

/// Whether the grants allow a request.
enum class Access : std::uint8_t {
    kGranted,
    kNotCovered,
    kNeedsBody,  ///< Not covered so far, but a JSON-RPC grant may cover it once the body is read.
};
[[nodiscard]] Access authorize(authority::VerifiedToken const& token, AccessRequest const& access) noexcept;

/// Returns the request's Host as grants match it.
[[nodiscard]] std::optional<std::string_view> host_of(http::Request const& request) noexcept;

}  // namespace warder::auth
