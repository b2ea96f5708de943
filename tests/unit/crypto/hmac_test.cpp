// SPDX-License-Identifier: MIT
#include "crypto/hmac.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <random>
#include <span>
#include <string>
#include <utility>

namespace warder::crypto {
namespace {

std::string hex(Sha256Digest const& digest) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (auto const byte : digest) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0x0FU];
    }
    return text;
}

HmacKey key_of(std::string_view secret) { return HmacKey{std::as_bytes(std::span{secret})}; }

std::string random_bytes(std::mt19937_64& engine, std::size_t length) {
    std::string bytes(length, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(engine() & 0xFFU);
    return bytes;
}

TEST(Sha256, MatchesTheFips180TestVectors) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, MatchesOpensslForEveryLengthUpToFourBlocks) {
    std::mt19937_64 engine{1};
    for (std::size_t length = 0; length <= 256; ++length) {
        auto const bytes = random_bytes(engine, length);
        Sha256Digest expected{};
        ASSERT_EQ(EVP_Digest(bytes.data(), bytes.size(), expected.data(), nullptr, EVP_sha256(), nullptr), 1);
        EXPECT_EQ(sha256(bytes), expected) << length;
    }
}

TEST(HmacKey, MatchesTheRfc4231TestVectors) {
    EXPECT_EQ(hex(key_of(std::string(20, '\x0b')).sign("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex(key_of("Jefe").sign("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(key_of(std::string(20, '\xaa')).sign(std::string(50, '\xdd'))), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(hex(key_of(std::string(131, '\xaa')).sign("Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacKey, MatchesOpensslForRandomKeysAndMessages) {
    std::mt19937_64 engine{2};
    for (int round = 0; round < 2000; ++round) {
        auto const secret = random_bytes(engine, engine() % 150);
        auto const message = random_bytes(engine, engine() % 1000);
        Sha256Digest expected{};
        auto const* bytes = reinterpret_cast<unsigned char const*>(message.data());
        auto const secret_size = static_cast<int>(secret.size());
        ASSERT_NE(HMAC(EVP_sha256(), secret.data(), secret_size, bytes, message.size(), expected.data(), nullptr), nullptr);
        EXPECT_EQ(key_of(secret).sign(message), expected) << secret.size() << " " << message.size();
    }
}

TEST(HmacKey, SignsIdenticallyWhenReusedAndAfterMoves) {
    auto first = key_of("a secret");
    auto const tag = first.sign("message");
    EXPECT_EQ(first.sign("message"), tag);

    auto second = std::move(first);
    EXPECT_EQ(second.sign("message"), tag);
    auto third = key_of("another");
    ASSERT_NE(third.sign("message"), tag);
    third = std::move(second);
    EXPECT_EQ(third.sign("message"), tag);
}

}  // namespace
}  // namespace warder::crypto
