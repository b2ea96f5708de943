// SPDX-License-Identifier: MIT
#include "store/postgres/cluster/node_register.hpp"

#include "store/postgres/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace warder::tests {
namespace {

using authority::KeysInForce;
using store::postgres::Connection;
using store::postgres::LiveNode;
using store::postgres::NodeRegister;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class PostgresNodeRegister : public testing::Test {
  protected:
    PostgresNodeRegister() { location_.open().reset(); }  // makes the tables

    std::string text(std::string const& sql) {
        auto const rows = connection_->query(kept_.emplace_back(std::make_unique<std::string>(sql))->c_str());
        if (!rows) return rows.error().message;
        return rows->empty() ? "none" : std::string{rows->text(0, 0)};
    }
    void add_key(std::string const& id) {
        ASSERT_TRUE(
            connection_->execute("INSERT INTO signing_keys (id, created_at, origin, is_everywhere, sealed) VALUES ('" + id + "', 0, 1, false, '')"));
    }
    std::string keys_everywhere() { return text("SELECT coalesce(string_agg(id, ',' ORDER BY id), '') FROM signing_keys WHERE is_everywhere"); }
    void beat(NodeRegister& node, KeysInForce const& keys) { ASSERT_TRUE(node.beat(*connection_, keys, "{}")); }
    static std::vector<std::string> names(std::vector<LiveNode> const& nodes) {
        std::vector<std::string> names;
        for (auto const& node : nodes) names.push_back(node.name);
        return names;
    }

    PostgresTestLocation location_;
    std::unique_ptr<Connection> connection_ = location_.connect();
    std::vector<std::unique_ptr<std::string>> kept_;  ///< A connection finds prepared statements by their addresses.
    NodeRegister one_{"one", 2s};
    NodeRegister two_{"two", 2s};
};

TEST_F(PostgresNodeRegister, JoinedNodeIsLiveAndHasNoKeys) {
    ASSERT_TRUE(one_.join(*connection_));
    EXPECT_EQ(text("SELECT name || keys::text || signing || waits::text FROM nodes WHERE live_until > clock_timestamp()"), "one{}{}");
}

TEST_F(PostgresNodeRegister, EachRunHasANumberOfItsOwn) {
    NodeRegister const again{"one", 2s};
    EXPECT_NE(one_.run(), again.run());
    EXPECT_GE(one_.run(), 0);
}

TEST_F(PostgresNodeRegister, BeatTellsTheKeysAndReturnsTheLiveNodes) {
    ASSERT_TRUE(one_.join(*connection_));
    auto const nodes = two_.beat(*connection_, {.ids = {"k1", "k2"}, .signing = "k1"}, "{7:3}");
    ASSERT_TRUE(nodes);
    EXPECT_THAT(names(*nodes), UnorderedElementsAre("one", "two"));
    EXPECT_EQ(text("SELECT keys::text || signing || waits::text FROM nodes WHERE name = 'two'"), "{k1,k2}k1{7:3}");
    auto const two = std::ranges::find(*nodes, two_.run(), &LiveNode::run);
    ASSERT_NE(two, nodes->end());
    EXPECT_EQ(two->lifetime, 3s);  // a second longer than it accepts tokens
}

TEST_F(PostgresNodeRegister, NodeThatWasNotHeardOfIsNotLive) {
    ASSERT_TRUE(one_.join(*connection_));
    ASSERT_TRUE(connection_->execute("UPDATE nodes SET live_until = clock_timestamp() - interval '1 s'"));
    auto const nodes = two_.beat(*connection_, {}, "{}");
    ASSERT_TRUE(nodes);
    EXPECT_THAT(names(*nodes), ElementsAre("two"));
    // Until it is heard of again.
    auto const again = one_.beat(*connection_, {}, "{}");
    ASSERT_TRUE(again);
    EXPECT_THAT(names(*again), UnorderedElementsAre("one", "two"));
}

TEST_F(PostgresNodeRegister, BeatNotesSinceWhenTheNodeSignsWithItsKey) {
    auto const since = [this] { return text("SELECT signing_since::text FROM nodes"); };
    beat(one_, {.ids = {"k1"}, .signing = "k1"});
    auto const first = since();
    beat(one_, {.ids = {"k1", "k2"}, .signing = "k1"});
    EXPECT_EQ(since(), first);
    beat(one_, {.ids = {"k1", "k2"}, .signing = "k2"});
    EXPECT_NE(since(), first);
}

TEST_F(PostgresNodeRegister, LeaveRemovesTheNodeAndThoseThatEndedLongAgo) {
    ASSERT_TRUE(one_.join(*connection_));
    ASSERT_TRUE(connection_->execute("UPDATE nodes SET live_until = now() - interval '25 hours'"));
    NodeRegister recent{"recent", 2s};
    ASSERT_TRUE(recent.join(*connection_));
    ASSERT_TRUE(connection_->execute("UPDATE nodes SET live_until = now() - interval '23 hours' WHERE name = 'recent'"));
    ASSERT_TRUE(two_.join(*connection_));
    ASSERT_TRUE(two_.leave(*connection_));
    EXPECT_EQ(text("SELECT string_agg(name, ',') FROM nodes"), "recent");
}

TEST_F(PostgresNodeRegister, LeaveRemovesBarriersOfNodesThatAreGone) {
    ASSERT_TRUE(one_.join(*connection_));
    ASSERT_TRUE(two_.join(*connection_));
    for (auto const run : {one_.run(), two_.run(), std::int64_t{5}})
        ASSERT_TRUE(connection_->execute("INSERT INTO waits (run, number) VALUES (" + std::to_string(run) + ", 1)"));
    ASSERT_TRUE(one_.leave(*connection_));
    EXPECT_EQ(text("SELECT string_agg(run::text, ',') FROM waits"), std::to_string(two_.run()));
}

TEST_F(PostgresNodeRegister, KeyIsReleasedOnceEveryLiveNodeHasIt) {
    add_key("k1");
    beat(one_, {.ids = {"k1"}});
    ASSERT_TRUE(two_.join(*connection_));
    ASSERT_TRUE(NodeRegister::release_keys(*connection_));
    EXPECT_EQ(keys_everywhere(), "");
    beat(two_, {.ids = {"k0", "k1"}});
    ASSERT_TRUE(NodeRegister::release_keys(*connection_));
    EXPECT_EQ(keys_everywhere(), "k1");
}

TEST_F(PostgresNodeRegister, NodeThatIsNotLiveHoldsUpNoKey) {
    add_key("k1");
    beat(one_, {.ids = {"k1"}});
    ASSERT_TRUE(two_.join(*connection_));
    ASSERT_TRUE(connection_->execute("UPDATE nodes SET live_until = clock_timestamp() WHERE name = 'two'"));
    ASSERT_TRUE(NodeRegister::release_keys(*connection_));
    EXPECT_EQ(keys_everywhere(), "k1");
}

TEST_F(PostgresNodeRegister, ReleaseIsAChangeThatNodesFollowAndHappensOnce) {
    add_key("k1");
    add_key("k2");
    beat(one_, {.ids = {"k1"}});
    auto const changes = [this] { return text("SELECT count(*)::text FROM changes WHERE owner = 0"); };
    ASSERT_TRUE(NodeRegister::release_keys(*connection_));
    EXPECT_EQ(changes(), "1");
    EXPECT_EQ(keys_everywhere(), "k1");
    ASSERT_TRUE(NodeRegister::release_keys(*connection_));
    EXPECT_EQ(changes(), "1");
}

}  // namespace
}  // namespace warder::tests
