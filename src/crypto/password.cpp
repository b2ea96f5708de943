// SPDX-License-Identifier: MIT
#include "crypto/password.hpp"

#include "core/text/base64url.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <span>
#include <system_error>

namespace warder::crypto {
namespace {

constexpr std::string_view kArgon2Prefix = crypto_pwhash_argon2id_STRPREFIX;
constexpr std::string_view kSpecterPrefix = "$specter-pbkdf2$";
constexpr int kSpecterRounds = 10'000;
constexpr std::size_t kSpecterBytes = 32;

bool sodium_is_ready() noexcept {
    static bool const ready = sodium_init() >= 0;
    return ready;
}

using SpecterBytes = std::array<unsigned char, kSpecterBytes>;

/// Computes Specter's hash of a password; the salt is the base64 text itself. The caller wipes the result.
bool derive_specter(Secret const& password, std::string_view salt, SpecterBytes& out) noexcept {
    auto const text = password.view();
    return PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), reinterpret_cast<unsigned char const*>(salt.data()),
                             static_cast<int>(salt.size()), kSpecterRounds, EVP_sha256(), static_cast<int>(out.size()), out.data()) == 1;
}

std::string to_base64(SpecterBytes const& bytes) {
    std::array<char, sodium_base64_ENCODED_LEN(kSpecterBytes, sodium_base64_VARIANT_ORIGINAL)> text{};
    return sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
}

/// Removes a decimal number from the front of the text, together with `before` and `behind` around it.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view before, std::string_view behind) noexcept {
    if (!text.starts_with(before)) return std::nullopt;
    text.remove_prefix(before.size());
    std::uint64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with(behind)) return std::nullopt;
    text.remove_prefix(behind.size());
    return number;
}

using Argon2Salt = std::array<unsigned char, crypto_pwhash_SALTBYTES>;
using Argon2Bytes = std::array<unsigned char, 32>;

/// Reads unpadded base64 of exactly `kSize` bytes.
template <std::size_t kSize>
bool read_base64(std::string_view text, std::array<unsigned char, kSize>& out) noexcept {
    std::size_t size = 0;
    constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    return sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr, kVariant) == 0 && size == out.size();
}

Match matches_argon2(Secret const& password, std::string_view hash) {
    auto const cost = argon2_cost_of(hash);
    auto const hash_at = hash.rfind('$') + 1;
    auto const salt_at = hash_at < 2 ? 0 : hash.rfind('$', hash_at - 2) + 1;
    Argon2Salt salt{};
    Argon2Bytes expected{};
    bool const is_readable = cost && cost->passes >= crypto_pwhash_OPSLIMIT_MIN && cost->memory_bytes >= crypto_pwhash_MEMLIMIT_MIN &&
                             read_base64(hash.substr(hash_at), expected) && read_base64(hash.substr(salt_at, hash_at - 1 - salt_at), salt);
    if (!is_readable) return Match::kNo;

    // Not `crypto_pwhash_str_verify`, which reports a lack of memory as a wrong password.
    auto const text = password.view();
    Argon2Bytes made{};
    bool const done = sodium_is_ready() && crypto_pwhash(made.data(), made.size(), text.data(), text.size(), salt.data(), cost->passes,
                                                         cost->memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
    bool const is_equal = equal_in_constant_time(std::as_bytes(std::span{made}), std::as_bytes(std::span{expected}));
    wipe(std::as_writable_bytes(std::span{made}));
    if (!done) return Match::kUnknown;
    return is_equal ? Match::kYes : Match::kNo;
}

Match matches_specter(Secret const& password, std::string_view hash) {
    auto const parts = split_specter(hash);
    if (!parts) return Match::kNo;
    auto const expected = core::decode_base64(parts->pwdhash);
    if (!expected || expected->size() != kSpecterBytes) return Match::kNo;

    SpecterBytes made{};
    bool const done = derive_specter(password, parts->salt, made);
    bool const is_equal = equal_in_constant_time(std::as_bytes(std::span{made}), std::as_bytes(std::span{*expected}));
    wipe(std::as_writable_bytes(std::span{made}));
    if (!done) return Match::kUnknown;
    return is_equal ? Match::kYes : Match::kNo;
}

}  // namespace

std::optional<std::string> hash_password(Secret const& password, Argon2Cost cost) {
    if (!sodium_is_ready()) return std::nullopt;
    std::array<char, crypto_pwhash_STRBYTES> out{};
    auto const text = password.view();
    constexpr int kAlgorithm = crypto_pwhash_ALG_ARGON2ID13;
    if (crypto_pwhash_str_alg(out.data(), text.data(), text.size(), cost.passes, cost.memory_bytes, kAlgorithm) != 0) return std::nullopt;
    return std::string{out.data()};
}

HashKind kind_of(std::string_view hash) noexcept {
    if (hash.starts_with(kArgon2Prefix)) return HashKind::kArgon2id;
    if (hash.starts_with(kSpecterPrefix)) return HashKind::kSpecterPbkdf2;
    return HashKind::kUnknown;
}

std::optional<Argon2Cost> argon2_cost_of(std::string_view hash) noexcept {
    constexpr std::uint64_t kMaxKibibytes = 4U << 20U;
    constexpr std::uint64_t kMaxPasses = 1'000;
    if (!hash.starts_with(kArgon2Prefix)) return std::nullopt;
    hash.remove_prefix(kArgon2Prefix.size());
    auto const version = take_number(hash, "v=", "$");
    auto const kibibytes = take_number(hash, "m=", ",");
    auto const passes = take_number(hash, "t=", ",p=1$");
    if (version != 19U || !kibibytes || !passes || *kibibytes > kMaxKibibytes || *passes > kMaxPasses) return std::nullopt;
    return Argon2Cost{.memory_bytes = static_cast<std::size_t>(*kibibytes) << 10U, .passes = static_cast<unsigned>(*passes)};
}

Match matches(Secret const& password, std::string_view hash) {
    switch (kind_of(hash)) {
        case HashKind::kArgon2id:
            return matches_argon2(password, hash);
        case HashKind::kSpecterPbkdf2:
            return matches_specter(password, hash);
        case HashKind::kUnknown:
            break;
    }
    return Match::kNo;
}

bool needs_rehash(std::string_view hash, Argon2Cost cost) {
    if (!sodium_is_ready()) return false;
    return crypto_pwhash_str_needs_rehash(std::string{hash}.c_str(), cost.passes, cost.memory_bytes) != 0;
}

std::optional<std::string> hash_as_specter(Secret const& password) {
    if (!sodium_is_ready()) return std::nullopt;
    SpecterBytes bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    auto const salt = to_base64(bytes);
    if (!derive_specter(password, salt, bytes)) return std::nullopt;
    return specter_hash(salt, to_base64(bytes));
}

std::string specter_hash(std::string_view salt, std::string_view pwdhash) {
    std::string hash{kSpecterPrefix};
    hash.append(salt).append(1, '$').append(pwdhash);
    return hash;
}

std::optional<SpecterHash> split_specter(std::string_view hash) noexcept {
    if (!hash.starts_with(kSpecterPrefix)) return std::nullopt;
    hash.remove_prefix(kSpecterPrefix.size());
    auto const dollar = hash.find('$');  // base64 contains no dollar sign
    if (dollar == std::string_view::npos) return std::nullopt;
    return SpecterHash{.salt = hash.substr(0, dollar), .pwdhash = hash.substr(dollar + 1)};
}

}  // namespace warder::crypto
