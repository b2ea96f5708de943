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
    ASSERT_TRUE(
        other->execute("INSERT INTO nodes (run, name, live_until, lifetime, keys, signing, waits) VALUES (1, 'slow', now() + interval '1 hour', 1, "
                       "'{aa}', 'aa', '{}')"));
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
    ASSERT_TRUE(
        other->execute("INSERT INTO nodes (run, name, live_until, lifetime, keys, signing, waits) VALUES (1, 'dead', now() - interval '1 second', 1, "
                       "'{aa}', 'aa', '{}')"));
    ASSERT_TRUE(insert("bb", false));
    EXPECT_TRUE(two_recorder_.await("keys aa bb"));
}

TEST_F(PostgresKeys, NewKeyThatANodeCannotUseNeverSigns) {
    two_recorder_.lose_new_keys();
    ASSERT_TRUE(insert("bb", false));
    ASSERT_TRUE(one_recorder_.await("keys aa bb (pending)"));
    ASSERT_TRUE(two_recorder_.await("keys aa bb (pending)"));
    ASSERT_TRUE(insert("cc", true));
    ASSERT_TRUE(two_recorder_.await("keys aa bb (pending) cc"));
    auto const other = location_.connect();
    auto const keys_of_nodes = [&] {
        Words keys;
        auto const rows = other->query("SELECT keys::text FROM nodes ORDER BY cardinality(keys)").value();
        for (int row = 0; row < rows.count(); ++row) keys.emplace_back(rows.text(row, 0));
        return keys;
    };
    while (keys_of_nodes() != Words{"{aa}", "{aa,bb,cc}"}) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    EXPECT_FALSE(one_recorder_.has("keys aa bb cc"));
    two_.reset();
    EXPECT_TRUE(one_recorder_.await("keys aa bb cc"));
}

TEST_F(PostgresKeys, KeyIsSigningAsLongAsALiveNodeSignsWithItOrHasJustStoppedTo) {
    auto const is_signing = [&](std::string_view id) {
        bool found = false;
        EXPECT_TRUE(read(*one_, [&](authority::Snapshot const& s) -> Result<void> {
            auto const answer = s.keys->is_signing(id);
            if (!answer) return std::unexpected{answer.error()};
            found = *answer;
            return {};
        }));
        return found;
    };
    auto const other = location_.connect();
    auto const add = [&](char const* live_until) {
        ASSERT_TRUE(other->execute("INSERT INTO nodes (run, name, live_until, lifetime, keys, signing, waits) VALUES (1, 'node', " +
                                   std::string{live_until} + ", 1, '{aa}', 'xx', '{}')"));
    };
    ASSERT_NO_FATAL_FAILURE(add("now() - interval '1 second'"));
    while (is_signing("xx")) std::this_thread::yield();  // until the nodes have said with which they sign
    ASSERT_TRUE(other->execute("UPDATE nodes SET live_until = now() + interval '1 hour' WHERE run = 1"));
    EXPECT_TRUE(is_signing("xx"));
    // A transaction that began before the node signed with another key may have signed with this one.
    auto const slow = location_.connect();
    ASSERT_TRUE(slow->execute("BEGIN"));
    ASSERT_TRUE(slow->execute("SELECT pg_current_xact_id()"));
    ASSERT_TRUE(other->execute("UPDATE nodes SET signing = 'aa', signing_since = pg_current_xact_id() WHERE run = 1"));
    EXPECT_TRUE(is_signing("xx"));
    ASSERT_TRUE(slow->execute("COMMIT"));
    EXPECT_FALSE(is_signing("xx"));
}

TEST_F(PostgresKeys, StaleNodeLearnsOfChangedKeysBeforeItWrites) {
    AwaitedRecorder recorder;
    auto const stale =
        store::open_postgres(location_.url(), store::OpenMode::kCreate,
                             {.max_staleness = std::chrono::milliseconds{1}, .poll = std::chrono::hours{1}, .node = "stale"}, location_.log())
            .value();
    ASSERT_TRUE(stale->attach(recorder));
    ASSERT_TRUE(insert("bb", true));
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    bool has_learned = false;
    EXPECT_TRUE(write(*stale, [&](Transaction const&) -> Result<void> {
        has_learned = recorder.has("keys aa bb");
        return {};
    }));
    EXPECT_TRUE(has_learned);
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
