// SPDX-License-Identifier: MIT
#include "warder/verifier.hpp"

#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "core/try.hpp"
#include "crypto/hmac.hpp"
#include "crypto/secret.hpp"
#include "index/freshness.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"
#include "warder/ports.hpp"

#include <array>
#include <chrono>
#include <span>

namespace warder::authority {
namespace {

constexpr std::chrono::seconds kMaxClockSkew{60};

/// Nothing in the payload may be trusted before the signature is verified (RFC 8725, section 3.3).
std::expected<void, TokenError> check_signature(crypto::KeyRing const& ring, core::CompactJws const& jws, std::span<char> scratch) noexcept {
    auto const header = core::read_jws_header(jws.header, scratch);
    if (!header) return std::unexpected{header.error() == core::HeaderError::kNotBase64url ? TokenError::kNotAToken : TokenError::kBadHeader};

    auto const* const named = header->kid ? ring.named(*header->kid) : nullptr;
    // A key that other nodes use, but this one can't, may have signed the token.
    auto const without_key = [&](TokenError error) { return ring.lacks(header->kid) ? TokenError::kStaleIndex : error; };
    if (named == nullptr && (header->kid || !ring.verifies_without_kid())) return std::unexpected{without_key(TokenError::kUnknownKey)};

    auto const claimed = core::read_signature(jws);
    if (!claimed) return std::unexpected{claimed.error() == core::SignatureError::kNotBase64url ? TokenError::kNotAToken : TokenError::kBadSignature};
    bool const holds = named != nullptr ? named->made(jws.signing_input, *claimed) : ring.signer_without_kid(jws.signing_input, *claimed) != nullptr;
    if (!holds) return std::unexpected{named == nullptr ? without_key(TokenError::kBadSignature) : TokenError::kBadSignature};
    return {};
}

/// Memory for decoding a token. A payload that doesn't fit into one half of it is not Warder's.
using Scratch = std::array<char, 16384>;

/// Reads the claims of a token. They are views of the scratch buffer.
std::expected<core::Claims, TokenError> read_payload(core::CompactJws const& jws, std::span<char> scratch) noexcept {
    // The decoded payload is at most three quarters as long as its base64url text, and unescaping doesn't make strings
    // longer.
    auto const half = scratch.size() / 2;
    if (core::base64url_decoded_length(jws.payload.size()) > half) return std::unexpected{TokenError::kNotAToken};
    auto const payload = core::decode_base64url(jws.payload, scratch.first(half));
    if (!payload) return std::unexpected{TokenError::kNotAToken};
    auto const claims = core::read_claims(*payload, scratch.last(half));
    if (!claims) return std::unexpected{TokenError::kBadClaims};
    return *claims;
}

bool is_from_the_future(core::Claims const& claims, std::chrono::system_clock::time_point now) noexcept {
    return claims.issued_at > now + kMaxClockSkew || (claims.not_before && *claims.not_before > now + kMaxClockSkew);
}

}  // namespace

bool Verifier::is_too_old() const noexcept { return !freshness_->is_within(max_staleness_); }

/// Verifies a token.
/// @param description  receives a view of the scratch buffer.
std::expected<VerifiedToken, TokenError> Verifier::verify_in(std::span<char> scratch, std::string_view& description,
                                                             std::string_view token) const noexcept {
    auto const jws = core::split_jws(token);
    if (!jws) return std::unexpected{TokenError::kNotAToken};

    // Asked before the keys and the index are read: if they change in between, a token is only decided from newer content.
    bool const was_stale = is_stale();
    if (auto const holds = check_signature(*keys_->read(), *jws, scratch); !holds) {
        // Keys come the way of all other changes, so this one may be new.
        bool const may_be_new = was_stale && holds.error() == TokenError::kUnknownKey;
        return std::unexpected{may_be_new ? TokenError::kStaleIndex : holds.error()};
    }
    WARDER_TRY(auto const claims, read_payload(*jws, scratch));

    registry_->prefetch(claims.id);
    auto const digest = crypto::sha256(token);
    auto const now = clock_->now();
    if (claims.expires_at <= now) return std::unexpected{TokenError::kExpired};

    if (was_stale) return std::unexpected{TokenError::kStaleIndex};
    auto const found = registry_->find(claims.id);
    if (!found || found->owner_name != claims.username) return std::unexpected{TokenError::kNotRegistered};
    if (!crypto::equal_in_constant_time(std::as_bytes(std::span{digest}), std::as_bytes(std::span{found->digest})))
        return std::unexpected{TokenError::kNotRegistered};
    // A renewal may have set an end before `exp`; the token then counts as deleted, not as expired.
    if (found->ends_at <= now) return std::unexpected{TokenError::kNotRegistered};
    if (found->is_disabled) return std::unexpected{TokenError::kDisabled};
    if (is_from_the_future(claims, now)) return std::unexpected{TokenError::kFromTheFuture};

    description = claims.description;
    return VerifiedToken{.id = claims.id,
                         .owner = found->owner,
                         .username = found->owner_name,
                         .issued_at = claims.issued_at,
                         .ends_at = found->ends_at,
                         .is_admin = found->owner_is_admin,
                         .is_edited = found->is_edited,
                         .is_scoped = found->is_scoped,
                         .is_restricted = found->is_restricted,
                         .verified_at = std::chrono::floor<std::chrono::seconds>(now)};
}

std::expected<VerifiedToken, TokenError> Verifier::verify(std::string_view token) const noexcept {
    Scratch scratch;
    std::string_view ignored;
    return verify_in(scratch, ignored, token);
}

std::expected<VerifiedToken, TokenError> Verifier::verify(std::string_view token, std::string& description) const {
    Scratch scratch;
    std::string_view found;
    auto verified = verify_in(scratch, found, token);
    if (verified) description = found;
    return verified;
}

std::optional<TokenIdentity> Verifier::identify(std::string_view token) const {
    Scratch scratch;
    auto const jws = core::split_jws(token);
    if (!jws || !check_signature(*keys_->read(), *jws, scratch)) return std::nullopt;
    auto const claims = read_payload(*jws, scratch);
    if (!claims) return std::nullopt;
    return TokenIdentity{.id = claims->id, .username = std::string{claims->username}};
}

std::optional<index::TokenLimits> Verifier::limits(VerifiedToken const& token) const noexcept { return registry_->limits(token.id); }

bool Verifier::accepts_from(VerifiedToken const& token, IpAddress const& client) const noexcept {
    auto const now = limits(token);
    return now && (now->policy() == nullptr || now->policy()->accepts_from(client));
}

bool Verifier::covers(VerifiedToken const& token, AccessRequest const& access) const noexcept {
    auto const now = limits(token);
    return now && now->scope().covers(access);
}

}  // namespace warder::authority
