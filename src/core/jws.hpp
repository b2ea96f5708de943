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

/// JWS in compact serialisation (RFC 7515 §7.1), HS256 only: bytes in, bytes out, no key.
namespace warder::core {

inline constexpr std::size_t kMaxTokenText = 8192;

/// A token cut at its two dots. Views of the text; nothing decoded yet.
struct CompactJws {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signing_input;  ///< header, dot, payload: what the signature covers, as received (RFC 7515 §5.2).
};

/// Cuts a text of at most 8 KiB into exactly three non-empty parts. Doesn't look inside them.
[[nodiscard]] std::optional<CompactJws> split_jws(std::string_view text) noexcept;

/// The signature, decoded: HMAC-SHA256 has 32 bytes.
enum class SignatureError : unsigned char { kNotBase64url, kOtherLength };
using SignatureBytes = std::array<std::uint8_t, 32>;
[[nodiscard]] std::expected<SignatureBytes, SignatureError> read_signature(CompactJws const& jws) noexcept;

/// What a header may say to be ours. `kid` is a view into the scratch, or absent.
struct JwsHeader {
    std::optional<std::string_view> kid;
};

enum class HeaderError : unsigned char { kNotBase64url, kNotJson, kForeign };

/// Decodes and judges a header: a JSON object without equal keys, `alg` exactly "HS256" (RFC 8725 §3.1), `typ` absent or "JWT" in any case, `kid` a
/// non-empty string, and none of `crit`, `b64`, `jku`, `jwk`, `x5u`, `x5c`. Other members are ignored (RFC 7515 §4).
/// @param scratch  at least as long as the header text; what `kid` points into.
[[nodiscard]] std::expected<JwsHeader, HeaderError> read_jws_header(std::string_view header, std::span<char> scratch) noexcept;

/// The header of a token, encoded: `{"typ":"JWT","alg":"HS256"}`, then `kid` if the key has to be named.
[[nodiscard]] std::string make_jws_header(std::optional<std::string_view> kid);

}  // namespace warder::core
