// SPDX-License-Identifier: MIT
#include "crypto/password.hpp"

#include "core/base64url.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <array>
#include <span>

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

struct SpecterHash {
    std::string_view salt;
    std::string_view pwdhash;
};

std::optional<SpecterHash> split_specter(std::string_view hash) noexcept {
    if (!hash.starts_with(kSpecterPrefix)) return std::nullopt;
    hash.remove_prefix(kSpecterPrefix.size());
    auto const dollar = hash.find('$');  // base64 has none
    if (dollar == std::string_view::npos) return std::nullopt;
    return SpecterHash{.salt = hash.substr(0, dollar), .pwdhash = hash.substr(dollar + 1)};
}

bool matches_argon2(Secret const& password, std::string const& hash) {
    if (hash.size() >= crypto_pwhash_STRBYTES || hash.contains('\0') || !sodium_is_ready()) return false;
    auto const text = password.view();
    return crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

bool matches_specter(Secret const& password, std::string_view hash) {
    auto const parts = split_specter(hash);
    if (!parts) return false;
    auto const expected = core::decode_base64(parts->pwdhash);
    if (!expected || expected->size() != kSpecterBytes) return false;

    std::array<unsigned char, kSpecterBytes> made{};
    auto const text = password.view();
    auto const* salt = reinterpret_cast<unsigned char const*>(parts->salt.data());
    bool const done = PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), salt, static_cast<int>(parts->salt.size()), kSpecterRounds,
                                        EVP_sha256(), static_cast<int>(made.size()), made.data()) == 1;
    bool const is_equal = equal_in_constant_time(std::as_bytes(std::span{made}), std::as_bytes(std::span{*expected}));
    wipe(std::as_writable_bytes(std::span{made}));
    return done && is_equal;
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

bool matches(Secret const& password, std::string_view hash) {
    switch (kind_of(hash)) {
        case HashKind::kArgon2id:
            return matches_argon2(password, std::string{hash});
        case HashKind::kSpecterPbkdf2:
            return matches_specter(password, hash);
        case HashKind::kUnknown:
            return false;
    }
    return false;
}

bool needs_rehash(std::string_view hash, Argon2Cost cost) {
    if (!sodium_is_ready()) return false;
    return crypto_pwhash_str_needs_rehash(std::string{hash}.c_str(), cost.passes, cost.memory_bytes) != 0;
}

std::string specter_hash(std::string_view salt, std::string_view pwdhash) {
    std::string hash{kSpecterPrefix};
    hash.append(salt).append(1, '$').append(pwdhash);
    return hash;
}

}  // namespace warder::crypto
