// SPDX-License-Identifier: MIT
// The only file that uses OpenSSL's low-level SHA-256. Unlike EVP, it can copy a partly filled state without
// allocating, which saves two compression rounds and a heap allocation per signature.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.hpp"

#include "crypto/secret.hpp"
#include "warder/ports.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace warder::crypto {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kStateSize = 112;
static_assert(sizeof(SHA256_CTX) == kStateSize && alignof(SHA256_CTX) <= 8 && std::is_trivially_copyable_v<SHA256_CTX>);
static_assert(std::tuple_size_v<Sha256Digest> == SHA256_DIGEST_LENGTH);

using Block = std::array<unsigned char, kBlock>;
using StateBytes = std::array<std::byte, kStateSize>;

/// Computes the state of SHA-256 after one block: the key, each byte XORed with `pad`.
void absorb_padded_key(Block const& key, unsigned char pad, StateBytes& state) noexcept {
    Block padded;
    std::ranges::transform(key, padded.begin(), [pad](unsigned char byte) { return static_cast<unsigned char>(byte ^ pad); });
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, padded.data(), padded.size());
    std::memcpy(state.data(), &context, sizeof context);
    wipe(std::as_writable_bytes(std::span{&context, 1}));
    wipe(std::as_writable_bytes(std::span{padded}));
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) noexcept {
    Sha256Digest digest;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &context);
    wipe(std::as_writable_bytes(std::span{&context, 1}));
    return digest;
}

HmacKey HmacKey::random(Random& random) {
    std::array<std::byte, 32> bytes{};
    random.fill(bytes);
    HmacKey key{bytes};
    wipe(bytes);
    return key;
}

HmacKey::HmacKey(std::span<std::byte const> secret) noexcept {
    Block key{};
    if (secret.size() > kBlock) {
        auto digest = sha256({reinterpret_cast<char const*>(secret.data()), secret.size()});
        std::ranges::copy(digest, key.begin());
        wipe(std::as_writable_bytes(std::span{digest}));
    } else if (!secret.empty()) {
        std::memcpy(key.data(), secret.data(), secret.size());
    }
    absorb_padded_key(key, 0x36, inner_.bytes);
    absorb_padded_key(key, 0x5c, outer_.bytes);
    wipe(std::as_writable_bytes(std::span{key}));
}

HmacKey::HmacKey(HmacKey&& other) noexcept : inner_{other.inner_}, outer_{other.outer_} {
    wipe(other.inner_.bytes);
    wipe(other.outer_.bytes);
}

HmacKey& HmacKey::operator=(HmacKey&& other) noexcept {
    if (this == &other) return *this;
    inner_ = other.inner_;
    outer_ = other.outer_;
    wipe(other.inner_.bytes);
    wipe(other.outer_.bytes);
    return *this;
}

HmacKey::~HmacKey() {
    wipe(inner_.bytes);
    wipe(outer_.bytes);
}

Sha256Digest HmacKey::sign(std::string_view message) const noexcept {
    Sha256Digest digest;
    SHA256_CTX context;
    std::memcpy(&context, inner_.bytes.data(), sizeof context);
    SHA256_Update(&context, message.data(), message.size());
    SHA256_Final(digest.data(), &context);  // the inner digest, which the outer one replaces below

    std::memcpy(&context, outer_.bytes.data(), sizeof context);
    SHA256_Update(&context, digest.data(), digest.size());
    SHA256_Final(digest.data(), &context);
    wipe(std::as_writable_bytes(std::span{&context, 1}));
    return digest;
}

}  // namespace warder::crypto
