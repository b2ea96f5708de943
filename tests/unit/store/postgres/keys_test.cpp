// SPDX-License-Identifier: MIT
// Signing keys that several nodes share.
#include "crypto/key_ring.hpp"
#include "store/postgres/location.hpp"

#include <gmock/gmock.h>

namespace warder::tests {
namespace {

using authority::Result;
using authority::StoredKey;
using authority::Transaction;

class PostgresKeys : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(insert("aa", true));
        ASSERT_TRUE(one_->attach(one_recorder_));
        ASSERT_TRUE(two_->attach(two_recorder_));
    }
    void TearDown() override {
        one_.reset();
        two_.reset();
    }
    Result<void> insert(std::string id, bool is_everywhere) {
        return write(*one_, [&](Transaction const& t) {
            return t.keys->insert({.id = id,
                                   .created_at = Instant{std::chrono::seconds{7}},
                                   .origin = crypto::KeyOrigin::kRotated,
                                   .is_everywhere = is_everywhere,
                                   .sealed = {1, 0, 255}});
        });
    }
    std::vector<StoredKey> list() {
        std::vector<StoredKey> keys;
        EXPECT_TRUE(read(*one_, [&](authority::Snapshot const& s) -> Result<void> {
            auto listed = s.keys->list();
            if (!listed) return std::unexpected{listed.error()};
            keys = std::move(*listed);
            return {};
        }));
        return keys;
    }

    PostgresTestLocation location_;
    AwaitedRecorder one_recorder_;
    AwaitedRecorder two_recorder_;
    std::unique_ptr<authority::Store> one_ = location_.open();
    std::unique_ptr<authority::Store> two_ = location_.open();
};

TEST_F(PostgresKeys, AreKeptAsTheyAre) {
    auto const keys = list();
    ASSERT_EQ(keys.size(), 1);
    EXPECT_EQ(keys[0].id, "aa");
    EXPECT_EQ(keys[0].created_at, Instant{std::chrono::seconds{7}});
    EXPECT_EQ(keys[0].origin, crypto::KeyOrigin::kRotated);
    EXPECT_TRUE(keys[0].is_everywhere);
    EXPECT_EQ(keys[0].sealed, (std::vector<std::uint8_t>{1, 0, 255}));
}

TEST_F(PostgresKeys, NewKeyIsOnEveryNodeBeforeItMaySign) {
    ASSERT_TRUE(insert("bb", false));
    for (auto* const recorder : {&one_recorder_, &two_recorder_}) {
        EXPECT_TRUE(recorder->await("keys aa"));
        EXPECT_TRUE(recorder->await("keys aa bb (pending)"));
        EXPECT_TRUE(recorder->await("keys aa bb"));
    }
}

TEST_F(PostgresKeys, NewKeyWaitsForANodeThatIsBehind) {
    auto const other = location_.connect();
    ASSERT_TRUE(other->execute("INSERT INTO nodes (run, name, live_until, keys) VALUES (1, 'slow', now() + interval '1 hour', '{aa}')"));
    ASSERT_TRUE(insert("bb", false));
    ASSERT_TRUE(two_recorder_.await("keys aa bb (pending)"));
    // Another key that nobody waits for shows that the nodes have looked again.
    ASSERT_TRUE(insert("cc", true));
    ASSERT_TRUE(two_recorder_.await("keys aa bb (pending) cc"));
    ASSERT_TRUE(other->execute("UPDATE nodes SET keys = '{aa,bb,cc}' WHERE run = 1"));
    EXPECT_TRUE(two_recorder_.await("keys aa bb cc"));
}

TEST_F(PostgresKeys, NewKeyDoesNotWaitForANodeThatIsDead) {
    auto const other = location_.connect();
    ASSERT_TRUE(other->execute("INSERT INTO nodes (run, name, live_until, keys) VALUES (1, 'dead', now() - interval '1 second', '{aa}')"));
    ASSERT_TRUE(insert("bb", false));
    EXPECT_TRUE(two_recorder_.await("keys aa bb"));
}

TEST_F(PostgresKeys, NodeThatEndsIsForgotten) {
    two_.reset();
    auto const other = location_.connect();
    EXPECT_EQ(other->query("SELECT count(*) FROM nodes").value().integer(0, 0), 1);
}

TEST_F(PostgresKeys, RetiredKeyIsGoneEverywhere) {
    ASSERT_TRUE(insert("bb", true));
    ASSERT_TRUE(two_recorder_.await("keys aa bb"));
    ASSERT_TRUE(write(*one_, [](Transaction const& t) { return t.keys->erase("aa"); }));
    EXPECT_TRUE(two_recorder_.await("keys bb"));
}

}  // namespace
}  // namespace warder::tests
