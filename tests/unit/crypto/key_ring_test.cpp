// SPDX-License-Identifier: MIT
#include "crypto/key_ring.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace warder::crypto {
namespace {

constexpr Instant kNow{std::chrono::seconds{1'800'000'000}};

TEST(KeyRing, StartsWithOneSigningKeyThatVerifiesTokensWithoutKid) {
    tests::CountingRandom random;
    auto const ring = KeyRing::make(random, kNow);
    ASSERT_EQ(ring.keys().size(), 1U);
    auto const& key = ring.signing();
    EXPECT_TRUE(key.is_first());
    EXPECT_EQ(key.created_at, kNow);
    EXPECT_EQ(key.secret.bytes().size(), 32U);
    EXPECT_EQ(key.id.size(), 16U);
    EXPECT_EQ(key.id.find_first_not_of("0123456789abcdef"), std::string::npos) << key.id;
    EXPECT_EQ(ring.signer_without_kid("message", key.mac.sign("message")), &key);
    EXPECT_EQ(ring.named(key.id), &key);
    EXPECT_EQ(ring.named(""), nullptr);
}

TEST(KeyRing, SignsWithTheSecretOfTheSigningKey) {
    tests::CountingRandom random;
    auto const ring = KeyRing::make(random, kNow);
    EXPECT_EQ(ring.signing().mac.sign("message"), HmacKey{ring.signing().secret.bytes()}.sign("message"));
}

TEST(KeyRing, RotationSignsWithANewKeyAndKeepsTheOldOne) {
    tests::CountingRandom random;
    auto const old_ring = KeyRing::make(random, kNow);
    auto const ring = old_ring.rotated(random, kNow + std::chrono::hours{1});
    ASSERT_EQ(ring.keys().size(), 2U);
    EXPECT_EQ(ring.signer_without_kid("m", old_ring.signing().mac.sign("m")), &old_ring.signing());
    EXPECT_EQ(ring.signer_without_kid("m", ring.signing().mac.sign("m")), nullptr) << "its tokens name it";
    EXPECT_EQ(ring.named(old_ring.signing().id), &old_ring.signing());
    EXPECT_FALSE(ring.signing().is_first());
    EXPECT_EQ(ring.signing().created_at, kNow + std::chrono::hours{1});
    EXPECT_NE(ring.signing().id, old_ring.signing().id);
    EXPECT_NE(ring.signing().secret.view(), old_ring.signing().secret.view());
    EXPECT_EQ(old_ring.keys().size(), 1U);
}

TEST(KeyRing, RemovesAKeyThatNoLongerSigns) {
    tests::CountingRandom random;
    auto const both = KeyRing::make(random, kNow).rotated(random, kNow);
    auto const first_id = both.keys().front()->id;
    auto const ring = both.without(first_id);
    ASSERT_TRUE(ring.has_value());
    EXPECT_EQ(ring->keys().size(), 1U);
    EXPECT_EQ(ring->named(first_id), nullptr);
    EXPECT_FALSE(ring->verifies_without_kid());
    EXPECT_EQ(&ring->signing(), &both.signing());
    EXPECT_FALSE(ring->rotated(random, kNow).verifies_without_kid());
}

TEST(KeyRing, RejectsRemovalOfTheSigningKeyOrAnUnknownKey) {
    tests::CountingRandom random;
    auto const ring = KeyRing::make(random, kNow);
    auto const signing = ring.without(ring.signing().id);
    ASSERT_FALSE(signing.has_value());
    EXPECT_EQ(signing.error(), KeyRingError::kIsSigning);
    auto const unknown = ring.without("0000000000000000");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error(), KeyRingError::kUnknownKey);
}

TEST(KeyRing, ImportedKeyVerifiesTokensWithoutKidAndNeverSigns) {
    tests::CountingRandom random;
    auto const plain = KeyRing::make(random, kNow);
    auto const ring = plain.with_imported(Secret{"specter's"}, random, kNow);
    ASSERT_TRUE(ring);
    auto const& imported = *ring->keys().back();
    EXPECT_TRUE(imported.is_imported());
    EXPECT_EQ(&ring->signing(), &plain.signing());
    EXPECT_EQ(ring->signer_without_kid("m", HmacKey{Secret{"specter's"}.bytes()}.sign("m")), &imported);
    EXPECT_EQ(ring->signer_without_kid("m", plain.signing().mac.sign("m")), &plain.signing());
    EXPECT_EQ(ring->signer_without_kid("m", HmacKey{Secret{"another's"}.bytes()}.sign("m")), nullptr);
    EXPECT_FALSE(ring->rotated(random, kNow).signing().is_imported());
    EXPECT_EQ(ring->without(imported.id).value().keys().size(), 1U);
}

TEST(KeyRing, DeduplicatesImportedKeysAndAllowsFourOfThem) {
    tests::CountingRandom random;
    auto ring = KeyRing::make(random, kNow);
    for (auto const* const secret : {"1", "2", "3", "4", "4", "1"}) ring = ring.with_imported(Secret{secret}, random, kNow).value();
    EXPECT_EQ(ring.keys().size(), 5U);
    auto const fifth = ring.with_imported(Secret{"5"}, random, kNow);
    ASSERT_FALSE(fifth);
    EXPECT_EQ(fifth.error(), KeyRingError::kTooManyImported);
    EXPECT_EQ(ring.with_imported(Secret{ring.signing().secret.view()}, random, kNow).value().keys().size(), 5U)
        << "the first key verifies it already";
}

}  // namespace
}  // namespace warder::crypto
