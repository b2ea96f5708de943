// SPDX-License-Identifier: MIT
#include "crypto/password.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::crypto {
namespace {

constexpr Argon2Cost kCheap{.memory_bytes = 65536, .passes = 1};

// Computed with Python: base64(pbkdf2_hmac("sha256", b"correct horse", salt text, 10000, 32)).
constexpr std::string_view kSpecterSalt = "c2FsdHNhbHRzYWx0c2FsdA==";
constexpr std::string_view kSpecterHash = "Zv7OGl3m9Qjuc2/qDM3AYyLw9PbXWA15SaZPB2FRxeY=";

TEST(HashPassword, ReturnsAnArgon2idHashThatMatchesOnlyThePassword) {
    auto const hash = hash_password(Secret{"correct horse"}, kCheap);
    ASSERT_TRUE(hash.has_value());
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << *hash;
    EXPECT_EQ(kind_of(*hash), HashKind::kArgon2id);
    EXPECT_EQ(matches(Secret{"correct horse"}, *hash), Match::kYes);
    EXPECT_EQ(matches(Secret{"correct Horse"}, *hash), Match::kNo);
    EXPECT_EQ(matches(Secret{""}, *hash), Match::kNo);
}

TEST(HashPassword, UsesADifferentSaltForEachHash) {
    EXPECT_NE(hash_password(Secret{"correct horse"}, kCheap), hash_password(Secret{"correct horse"}, kCheap));
}

TEST(HashPassword, FailsWhenTheCostIsInvalid) { EXPECT_FALSE(hash_password(Secret{"correct horse"}, {.memory_bytes = 1, .passes = 1}).has_value()); }

TEST(HashPassword, DistinguishesPasswordsAfterANullByte) {
    auto const hash = hash_password(Secret{std::string_view{"a\0b", 3}}, kCheap);
    ASSERT_TRUE(hash.has_value());
    EXPECT_EQ(matches(Secret{std::string_view{"a\0b", 3}}, *hash), Match::kYes);
    EXPECT_EQ(matches(Secret{std::string_view{"a\0c", 3}}, *hash), Match::kNo);
    EXPECT_EQ(matches(Secret{"a"}, *hash), Match::kNo);
}

TEST(Matches, MatchesASpecterPbkdf2Hash) {
    auto const hash = specter_hash(kSpecterSalt, kSpecterHash);
    EXPECT_EQ(hash, "$specter-pbkdf2$" + std::string{kSpecterSalt} + "$" + std::string{kSpecterHash});
    EXPECT_EQ(kind_of(hash), HashKind::kSpecterPbkdf2);
    EXPECT_EQ(matches(Secret{"correct horse"}, hash), Match::kYes);
    EXPECT_EQ(matches(Secret{"correct hors"}, hash), Match::kNo);
    EXPECT_EQ(matches(Secret{""}, hash), Match::kNo);
}

TEST(HashAsSpecter, RoundTripsThroughSpectersSaltAndHash) {
    auto const hash = hash_as_specter(Secret{"correct horse"});
    ASSERT_TRUE(hash.has_value());
    EXPECT_EQ(matches(Secret{"correct horse"}, *hash), Match::kYes);
    EXPECT_EQ(matches(Secret{"correct hors"}, *hash), Match::kNo);
    auto const parts = split_specter(*hash);
    ASSERT_TRUE(parts.has_value());
    EXPECT_EQ(parts->salt.size(), 44U) << "32 bytes in base64";
    EXPECT_EQ(specter_hash(parts->salt, parts->pwdhash), *hash);
    EXPECT_FALSE(split_specter("$argon2id$x$y"));
}

TEST(Matches, RejectsTruncatedExtendedAndMalformedHashes) {
    auto const whole = hash_password(Secret{"correct horse"}, kCheap).value_or("");
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_EQ(matches(Secret{"correct horse"}, whole.substr(0, length)), Match::kNo) << length;
    EXPECT_EQ(matches(Secret{"correct horse"}, whole + std::string(1, '\0')), Match::kNo);
    EXPECT_EQ(matches(Secret{"correct horse"}, whole + std::string(200, 'x')), Match::kNo);

    EXPECT_EQ(matches(Secret{"correct horse"}, "$specter-pbkdf2$" + std::string{kSpecterSalt}), Match::kNo);
    EXPECT_EQ(matches(Secret{"correct horse"}, specter_hash(kSpecterSalt, "")), Match::kNo);
    EXPECT_EQ(matches(Secret{"correct horse"}, specter_hash(kSpecterSalt, kSpecterHash.substr(4))), Match::kNo);
    EXPECT_EQ(matches(Secret{"correct horse"}, specter_hash(kSpecterSalt, std::string{kSpecterHash} + "$")), Match::kNo);
    EXPECT_EQ(matches(Secret{"correct horse"}, "correct horse"), Match::kNo);
    EXPECT_EQ(matches(Secret{""}, ""), Match::kNo);
    EXPECT_EQ(kind_of("correct horse"), HashKind::kUnknown);
}

TEST(NeedsRehash, ReturnsTrueOnlyWhenTheCostDiffers) {
    auto const hash = hash_password(Secret{"correct horse"}, kCheap).value_or("");
    EXPECT_FALSE(needs_rehash(hash, kCheap));
    EXPECT_TRUE(needs_rehash(hash, {.memory_bytes = kCheap.memory_bytes, .passes = 2}));
    EXPECT_TRUE(needs_rehash(hash, {.memory_bytes = 2 * kCheap.memory_bytes, .passes = 1}));
}

TEST(Argon2CostOf, ReturnsTheCostOfAValidHashOnly) {
    Argon2Cost const cost{.memory_bytes = 131072, .passes = 3};
    EXPECT_EQ(argon2_cost_of(hash_password(Secret{"correct horse"}, cost).value_or("")), cost);
    EXPECT_EQ(argon2_cost_of("$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"), (Argon2Cost{.memory_bytes = 64U << 20U, .passes = 2}));
    for (auto const* other : {"", "$argon2id$", "$argon2id$v=19$m=x,t=2,p=1$", "$argon2id$v=19$m=65536,t=2,p=4$s$h",
                              "$argon2id$v=19$m=99999999999999999999,t=2,p=1$", "$argon2id$v=19$m=8388608,t=2,p=1$s$h",
                              "$argon2id$v=19$m=65536,t=5000,p=1$s$h", "$specter-pbkdf2$a$b", "$argon2i$v=19$m=65536,t=2,p=1$s$h"})
        EXPECT_EQ(argon2_cost_of(other), std::nullopt) << other;
}

}  // namespace
}  // namespace warder::crypto
