// SPDX-License-Identifier: MIT
#include "crypto/secret.hpp"

#include <openssl/crypto.h>

#include <cstring>
#include <utility>

namespace warder::crypto {

Secret::Secret(std::string_view text) : bytes_{text} {}

// Moving a short string copies it and leaves the text in the moved-from object, so wipe that.
Secret::Secret(Secret&& other) noexcept : bytes_{std::move(other.bytes_)} { wipe(other.bytes_); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
    return *this;
}

Secret::~Secret() { wipe(bytes_); }

void wipe(std::string& text) noexcept {
    text.resize(text.capacity());  // never allocates; reaches what an earlier, longer value left after the end
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

void wipe(std::span<std::byte> bytes) noexcept {
    if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());  // much faster than OPENSSL_cleanse; each request wipes a kilobyte or two
}

bool equal_in_constant_time(std::span<std::byte const> a, std::span<std::byte const> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return equal_in_constant_time(std::as_bytes(std::span{a}), std::as_bytes(std::span{b}));
}

}  // namespace warder::crypto
