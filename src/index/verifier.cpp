// SPDX-License-Identifier: MIT
#include "warder/verifier.hpp"

#include "core/claims.hpp"
#include "core/jws.hpp"
#include "core/text/base64url.hpp"
#include "crypto/hmac.hpp"
#include "crypto/secret.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <span>
#include <utility>

namespace warder::authority {
namespace {

constexpr std::chrono::seconds kMaxClockSkew{60};

/// Nothing in the payload may be trusted before the signature is verified (RFC 8725, section 3.3).
std::optional<TokenError> check_signature(crypto::KeyRing const& ring, core::CompactJws const& jws, std::span<char> scratch) noexcept {
    auto const header = core::read_jws_header(jws.header, scratch);
    if (!header) return header.error() == core::HeaderError::kNotBase64url ? TokenError::kNotAToken : TokenError::kBadHeader;

    auto const* const named = header->kid ? ring.named(*header->kid) : nullptr;
    if (named == nullptr && (header->kid || !ring.verifies_without_kid())) return TokenError::kUnknownKey;

    auto const claimed = core::read_signature(jws);
    if (!claimed) return claimed.error() == core::SignatureError::kNotBase64url ? TokenError::kNotAToken : TokenError::kBadSignature;
    bool const holds = named != nullptr ? named->made(jws.signing_input, *claimed) : ring.signer_without_kid(jws.signing_input, *claimed) != nullptr;
    if (!holds) return TokenError::kBadSignature;
    return std::nullopt;
}

bool is_from_the_future(core::Claims const& claims, std::chrono::system_clock::time_point now) noexcept {
    return claims.issued_at > now + kMaxClockSkew || (claims.not_before && *claims.not_before > now + kMaxClockSkew);
}

}  // namespace

std::expected<VerifiedToken, TokenError> Verifier::verify(std::string_view token, VerifierScratch& scratch) const noexcept {
    auto const jws = core::split_jws(token);
    if (!jws) return std::unexpected{TokenError::kNotAToken};

    if (auto const error = check_signature(*keys_->read(), *jws, scratch.bytes)) return std::unexpected{*error};

    // The decoded payload is at most three quarters as long as its base64url text, and unescaping doesn't make strings
    // longer. Tokens whose payload doesn't fit into half of the scratch buffer aren't Warder's.
    auto const halves = std::span{scratch.bytes};
    auto const half = halves.size() / 2;
    if (core::base64url_decoded_length(jws->payload.size()) > half) return std::unexpected{TokenError::kNotAToken};
    auto const payload = core::decode_base64url(jws->payload, halves.first(half));
    if (!payload) return std::unexpected{TokenError::kNotAToken};
    auto const claims = core::read_claims(*payload, halves.last(half));
    if (!claims) return std::unexpected{TokenError::kBadClaims};

    auto const now = clock_->now();
    if (claims->expires_at <= now) return std::unexpected{TokenError::kExpired};

    auto found = registry_->find(claims->id);
    if (!found || found->owner_name != claims->username) return std::unexpected{TokenError::kNotRegistered};
    auto const digest = crypto::sha256(token);
    if (!crypto::equal_in_constant_time(std::as_bytes(std::span{digest}), std::as_bytes(std::span{found->digest})))
        return std::unexpected{TokenError::kNotRegistered};
    // A renewal may have set an end before `exp`; the token then counts as deleted, not as expired.
    if (found->ends_at <= now) return std::unexpected{TokenError::kNotRegistered};
    if (is_from_the_future(*claims, now)) return std::unexpected{TokenError::kFromTheFuture};

    return VerifiedToken{.id = claims->id,
                         .owner = found->owner,
                         .username = found->owner_name,
                         .description = claims->description,
                         .issued_at = claims->issued_at,
                         .ends_at = found->ends_at,
                         .is_admin = found->owner_is_admin,
                         .is_edited = found->is_edited,
                         .endpoints = std::move(found->endpoints),
                         .ceiling = std::move(found->ceiling),
                         .verified_at = std::chrono::floor<std::chrono::seconds>(now)};
}

}  // namespace warder::authority
