// SPDX-License-Identifier: MIT
// What the feed reports when transactions commit in the worst order.
#include "store/postgres/cluster/feed.hpp"

#include "store/postgres/location.hpp"

#include <gmock/gmock.h>

namespace warder::tests {
namespace {

using store::postgres::Connection;
using store::postgres::Feed;
using store::postgres::Parameters;

class PostgresFeed : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(feed_.report_all(*reader_));
        recorder_.take();
    }

    std::unique_ptr<Connection> connect() { return location_.connect(); }
    /// Adds a user in a transaction that stays open.
    static void add_user(Connection& connection, std::string const& name) {
        ASSERT_TRUE(connection.execute("BEGIN"));
        add_another_user(connection, name);
    }
    static void add_another_user(Connection& connection, std::string const& name) {
        ASSERT_TRUE(connection.execute("WITH added AS (INSERT INTO users (name, folded_name, password_hash, is_admin, created_at) VALUES ('" + name +
                                       "', '" + name + "', '" + hash_of("hash") +
                                       "', false, 0) RETURNING id) INSERT INTO changes (owner) SELECT id FROM added"));
    }
    static void commit(Connection& connection) { ASSERT_TRUE(connection.execute("COMMIT")); }
    Words caught_up() {
        EXPECT_TRUE(feed_.catch_up(*reader_));
        return recorder_.take();
    }
    static Words added(std::string const& name) { return {"user " + name + " hash"}; }
    /// Adds more changes than are kept, and commits them.
    static void add_many_changes(Connection& connection) {
        ASSERT_TRUE(connection.execute("INSERT INTO changes (owner) SELECT 1000000 FROM generate_series(1, 150000)"));
    }

    PostgresTestLocation location_;
    std::unique_ptr<authority::Store> store_ = location_.open();  // creates the schema
    std::unique_ptr<Connection> reader_ = connect();
    ChangeRecorder recorder_;
    Feed feed_{recorder_};
};

TEST_F(PostgresFeed, ReportsTheSlowerOfTwoTransactionsThatBeganFirst) {
    auto const slow = connect();
    auto const fast = connect();
    add_user(*slow, "slow");
    add_user(*fast, "fast");
    commit(*fast);
    EXPECT_EQ(caught_up(), added("fast"));
    commit(*slow);
    EXPECT_EQ(caught_up(), added("slow"));
    EXPECT_EQ(caught_up(), Words{});
}

TEST_F(PostgresFeed, ReportsEachTransactionOnceInEveryOrderOfTheirCommits) {
    std::vector<std::size_t> order{0, 1, 2, 3};
    int round = 0;
    do {
        std::vector<std::unique_ptr<Connection>> writers;
        auto const name = [&](std::size_t writer) { return "r" + std::to_string(round) + "w" + std::to_string(writer); };
        for (std::size_t writer = 0; writer < order.size(); ++writer) {
            writers.push_back(connect());
            add_user(*writers.back(), name(writer));
        }
        for (auto const writer : order) {
            commit(*writers[writer]);
            EXPECT_EQ(caught_up(), added(name(writer)));
        }
        ++round;
    } while (std::ranges::next_permutation(order).found && round < 24);
}

TEST_F(PostgresFeed, ReportsATransactionThatWritesItsChangeAfterOthersHaveCommitted) {
    auto const slow = connect();
    ASSERT_TRUE(slow->execute("BEGIN"));
    ASSERT_TRUE(slow->execute("SELECT pg_current_xact_id()"));  // it has its number from here on
    auto const fast = connect();
    add_user(*fast, "fast");
    commit(*fast);
    EXPECT_EQ(caught_up(), added("fast"));
    add_another_user(*slow, "slow");
    EXPECT_EQ(caught_up(), Words{});
    commit(*slow);
    EXPECT_EQ(caught_up(), added("slow"));
}

TEST_F(PostgresFeed, ReportsATransactionOnceThatWasOpenWhenALaterOneWithoutChangesEnded) {
    auto const slow = connect();
    add_user(*slow, "slow");
    ASSERT_TRUE(connect()->execute("SELECT pg_current_xact_id()"));
    EXPECT_EQ(caught_up(), Words{});
    commit(*slow);
    EXPECT_EQ(caught_up(), added("slow"));
}

TEST_F(PostgresFeed, ReportsAChangeInASavepointOfATransactionThatWasOpen) {
    auto const slow = connect();
    add_user(*slow, "outside");
    ASSERT_TRUE(slow->execute("SAVEPOINT deeper"));
    add_another_user(*slow, "inside");
    EXPECT_EQ(caught_up(), Words{});
    ASSERT_TRUE(slow->execute("RELEASE deeper"));
    commit(*slow);
    EXPECT_EQ(caught_up(), (Words{"user outside hash", "user inside hash"}));
}

TEST_F(PostgresFeed, OpenTransactionOfAnotherProgramDelaysNothing) {
    auto const other = connect();
    ASSERT_TRUE(other->execute("BEGIN"));
    ASSERT_TRUE(other->execute("CREATE TABLE theirs ()"));
    auto const writer = connect();
    add_user(*writer, "alice");
    commit(*writer);
    EXPECT_EQ(caught_up(), added("alice"));
}

TEST_F(PostgresFeed, ReportsNothingOfATransactionThatWasRolledBack) {
    auto const writer = connect();
    add_user(*writer, "nobody");
    EXPECT_EQ(caught_up(), Words{});
    ASSERT_TRUE(writer->execute("ROLLBACK"));
    EXPECT_EQ(caught_up(), Words{});
}

TEST_F(PostgresFeed, ReportsTheCompleteContentIfChangesWereDeletedBeforeItReadThem) {
    auto const writer = connect();
    add_user(*writer, "alice");
    commit(*writer);
    add_many_changes(*writer);
    ASSERT_TRUE(Feed::trim(*writer));  // sets the boundary
    ASSERT_TRUE(Feed::trim(*writer));  // deletes what it contains
    EXPECT_EQ(caught_up(), (Words{"start over", "user alice hash", "complete"}));
    EXPECT_EQ(caught_up(), Words{});
}

TEST_F(PostgresFeed, ReportsOnlyChangesIfItHasReadTheDeletedOnes) {
    auto const writer = connect();
    add_many_changes(*writer);
    ASSERT_TRUE(Feed::trim(*writer));
    caught_up();
    add_user(*writer, "alice");
    commit(*writer);
    ASSERT_TRUE(Feed::trim(*writer));
    EXPECT_EQ(caught_up(), added("alice"));
    EXPECT_LT(writer->query("SELECT count(*) FROM changes").value().integer(0, 0), 10);
}

TEST_F(PostgresFeed, KeepsTheChangesOfATransactionThatWasOpenAtTheBoundary) {
    auto const slow = connect();
    add_user(*slow, "slow");
    auto const writer = connect();
    add_many_changes(*writer);
    ASSERT_TRUE(Feed::trim(*writer));
    caught_up();
    commit(*slow);
    ASSERT_TRUE(Feed::trim(*writer));
    EXPECT_EQ(caught_up(), added("slow"));
}

TEST_F(PostgresFeed, ReportsTheCompleteContentOfASchemaThatReplacedTheFirst) {
    auto const other = connect();
    ASSERT_TRUE(other->execute("ALTER TABLE trims RENAME TO old_trims"));
    ASSERT_TRUE(other->execute("CREATE TABLE trims AS SELECT * FROM old_trims"));
    auto const fresh = connect();
    EXPECT_TRUE(feed_.catch_up(*fresh));
    EXPECT_EQ(recorder_.take(), (Words{"start over", "complete"}));
}

}  // namespace
}  // namespace warder::tests
