// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// JWS compact serialization (RFC 7515, section 7.1), HS256 only. Parses and writes bytes; uses no keys.
namespace warder::core {

inline constexpr std::size_t kMaxTokenText = 8192;

/// A token split at its two dots. The parts are views of the text and are not decoded yet.
struct CompactJws {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signing_input;  ///< header, dot, payload: the text that the signature covers, as received (RFC 7515, section 5.2).
};

/// Splits a text of at most 8 KiB into exactly three non-empty parts, without checking their content.
/// @return nullopt if the text is too long or has another number of parts.
[[nodiscard]] std::optional<CompactJws> split_jws(std::string_view text) noexcept;

/// Decodes the signature; HMAC-SHA256 has 32 bytes.
enum class SignatureError : unsigned char { kNotBase64url, kOtherLength };
using SignatureBytes = std::array<std::uint8_t, 32>;
[[nodiscard]] std::expected<SignatureBytes, SignatureError> read_signature(CompactJws const& jws) noexcept;

/// A header that was accepted. `kid` is a view of the scratch buffer, if the header has one.
struct JwsHeader {
    std::optional<std::string_view> kid;
};

enum class HeaderError : unsigned char { kNotBase64url, kNotJson, kForeign };

/// Decodes and checks a header: a JSON object without duplicate keys, with `alg` exactly "HS256" (RFC 8725, section
/// 3.1), `typ` absent or "JWT" in any case, an optional `kid` that is a non-empty string, and none of `crit`, `b64`,
/// `jku`, `jwk`, `x5u`, `x5c`. Other members are ignored (RFC 7515, section 4).
/// @param scratch  a buffer at least as long as the header; `kid` is a view of it.
[[nodiscard]] std::expected<JwsHeader, HeaderError> read_jws_header(std::string_view header, std::span<char> scratch) noexcept;

/// Returns an encoded header: `{"typ":"JWT","alg":"HS256"}`, with `kid` appended if the key must be named.
[[nodiscard]] std::string make_jws_header(std::optional<std::string_view> kid);

}  // namespace warder::core
