// SPDX-License-Identifier: MIT
#include "runtime/keys/key_ring_reloader.hpp"

#include "fakes.hpp"
#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace warder::runtime {
namespace {

class KeyRingReloaderTest : public testing::Test {
  protected:
    void save(crypto::KeyRing const& ring) { ASSERT_TRUE(save_key_ring(file_, ring)); }
    [[nodiscard]] std::string signing() const { return keys_.read()->signing().id; }

    tests::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "keys.json";
    tests::CountingRandom random_;
    crypto::KeyRing first_ = crypto::KeyRing::make(random_, Instant{});
    crypto::KeyRing second_ = first_.rotated(random_, Instant{});
    index::KeyRingHandle keys_{first_};
    KeyRingReloader reloader_{file_, keys_};
};

TEST_F(KeyRingReloaderTest, ReadAgainAppliesTheKeysOfTheFile) {
    save(second_);
    ASSERT_TRUE(reloader_.reload());
    EXPECT_EQ(signing(), second_.signing().id);
}

TEST_F(KeyRingReloaderTest, ReadIfChangedAppliesAReplacedFile) {
    save(first_);
    ASSERT_TRUE(reloader_.reload_if_changed());
    EXPECT_EQ(signing(), first_.signing().id);
    save(second_);
    ASSERT_TRUE(reloader_.reload_if_changed());
    EXPECT_EQ(signing(), second_.signing().id);
}

TEST_F(KeyRingReloaderTest, ReadIfChangedSkipsAnUnchangedFile) {
    save(second_);
    ASSERT_TRUE(reloader_.reload_if_changed());
    keys_.replace(first_);
    ASSERT_TRUE(reloader_.reload_if_changed());
    EXPECT_EQ(signing(), first_.signing().id);
    ASSERT_TRUE(reloader_.reload());
    EXPECT_EQ(signing(), second_.signing().id);
}

TEST_F(KeyRingReloaderTest, KeepsTheOldKeysWhenTheFileIsInvalid) {
    save(second_);
    ASSERT_TRUE(reloader_.reload());
    std::ofstream{file_} << "{\"keys\":";
    EXPECT_FALSE(reloader_.reload());
    EXPECT_EQ(signing(), second_.signing().id);
}

TEST_F(KeyRingReloaderTest, ReportsAnInvalidFileOnce) {
    EXPECT_FALSE(reloader_.reload_if_changed());
    EXPECT_TRUE(reloader_.reload_if_changed());
    EXPECT_EQ(signing(), first_.signing().id);
}

}  // namespace
}  // namespace warder::runtime
