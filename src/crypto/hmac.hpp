// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace warder {
class Random;
}

namespace warder::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// Returns the SHA-256 (FIPS 180-4). Any thread may call it.
[[nodiscard]] Sha256Digest sha256(std::string_view bytes) noexcept;

/// HMAC-SHA256 (RFC 2104) with one key. The constructor computes the key schedule, which saves two compression rounds
/// per signature. Wiped on destruction. Any number of threads may call `sign` at the same time.
class HmacKey {
  public:
    explicit HmacKey(std::span<std::byte const> secret) noexcept;

    /// Returns a key of 256 random bits.
    [[nodiscard]] static HmacKey random(Random& random);

    HmacKey(HmacKey&& other) noexcept;
    HmacKey& operator=(HmacKey&& other) noexcept;
    HmacKey(HmacKey const&) = delete;
    HmacKey& operator=(HmacKey const&) = delete;
    ~HmacKey();

    [[nodiscard]] Sha256Digest sign(std::string_view message) const noexcept;

  private:
    // OpenSSL's SHA256_CTX after the inner and the outer pad. Opaque, so that only one source file includes the
    // deprecated header.
    struct alignas(8) State {
        std::array<std::byte, 112> bytes;
    };
    State inner_{};
    State outer_{};
};

}  // namespace warder::crypto
