// SPDX-License-Identifier: MIT
// Waiting until every node has applied a change.
#include "store/postgres/cluster/feed.hpp"
#include "store/postgres/location.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace warder::tests {
namespace {

using authority::Propagation;
using authority::Result;
using authority::Transaction;
using store::postgres::Connection;
using store::postgres::Feed;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class PostgresWaits : public testing::Test {
  protected:
    static constexpr std::chrono::milliseconds kLong{20'000};

    explicit PostgresWaits(PostgresServer& server = PostgresServer::shared()) : location_{server} {}
    ~PostgresWaits() override {
        one_.reset();  // before the recorders
        two_.reset();
    }

    std::unique_ptr<authority::Store> open(std::string name, AwaitedRecorder& recorder, store::ClusterSettings settings = {}) {
        settings.node = std::move(name);
        auto store = store::open_postgres(location_.url(), store::OpenMode::kCreate, settings, location_.log()).value();
        EXPECT_TRUE(store->attach(recorder));
        return store;
    }
    Result<void> add_user(std::string const& name) {
        return write(*one_, [&](Transaction const& t) -> Result<void> {
            auto const added = t.users->insert({.name = name, .password_hash = hash_of("hash")});
            return added ? Result<void>{} : std::unexpected{added.error()};
        });
    }
    std::future<Propagation> begin_wait(std::chrono::milliseconds limit) {
        std::promise<Propagation> promise;
        auto future = promise.get_future();
        one_->await_propagation(limit, [promise = std::move(promise)](Result<Propagation> result) mutable { promise.set_value(std::move(*result)); });
        return future;
    }
    Propagation wait(std::chrono::milliseconds limit = kLong) { return begin_wait(limit).get(); }

    /// Adds a row like that of a live node that never does anything by itself.
    void add_node(int run, std::string const& name, std::string const& live_until = "now() + interval '1 hour'") {
        ASSERT_TRUE(other_->execute("INSERT INTO nodes (run, name, live_until, lifetime, keys, signing, waits) VALUES (" + std::to_string(run) +
                                    ", '" + name + "', " + live_until + ", 31, '{}', '', '{}')"));
    }
    void update_node(int run, std::string const& what) {
        ASSERT_TRUE(other_->execute("UPDATE nodes SET " + what + " WHERE run = " + std::to_string(run)));
    }
    /// Waits until the barrier is written.
    void await_barrier() {
        while (other_->query("SELECT count(*) FROM waits").value().integer(0, 0) == 0) std::this_thread::sleep_for(1ms);
    }
    /// Waits until the node that waits has read after the barrier which nodes there are.
    void await_list_of_nodes() {
        await_barrier();
        constexpr auto const* kFinished = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND query LIKE '%split_part(w,%'";
        while (other_->query(kFinished).value().integer(0, 0) == 0) std::this_thread::sleep_for(1ms);
    }
    /// Waits until the first node has read which nodes there are.
    void await_heartbeats() {
        auto const last = [this] { return std::string{other_->query("SELECT live_until::text FROM nodes WHERE name = 'one'").value().text(0, 0)}; };
        for (int count = 0; count < 2; ++count)
            for (auto const before = last(); last() == before;) std::this_thread::sleep_for(1ms);
    }
    static std::vector<std::string> applied(Propagation const& propagation) {
        std::vector<std::string> names;
        for (auto const& node : propagation.applied) names.push_back(node.node);
        return names;
    }
    static std::vector<std::string> pending(Propagation const& propagation) {
        std::vector<std::string> names;
        for (auto const& node : propagation.pending) names.push_back(node.node);
        return names;
    }

    PostgresTestLocation location_;
    AwaitedRecorder one_recorder_;
    AwaitedRecorder two_recorder_;
    std::unique_ptr<authority::Store> one_ = open("one", one_recorder_);
    std::unique_ptr<authority::Store> two_ = open("two", two_recorder_);
    std::unique_ptr<Connection> other_ = location_.connect();
};

TEST_F(PostgresWaits, EndWhenEveryNodeHasAppliedTheChange) {
    for (int round = 0; round < 20; ++round) {
        auto const name = "user" + std::to_string(round);
        ASSERT_TRUE(add_user(name));
        auto const reached = wait();
        EXPECT_TRUE(reached.is_complete);
        EXPECT_THAT(applied(reached), ElementsAre("one", "two"));
        EXPECT_EQ(reached.applied[0].after, 0ms) << "the node itself";
        EXPECT_TRUE(two_recorder_.has("user " + name + " hash"));
    }
}

TEST_F(PostgresWaits, EndWithNodesThatPoll) {
    AwaitedRecorder recorder;
    auto const three = open("three", recorder, {.max_staleness = 30s, .poll = 50ms});
    ASSERT_TRUE(add_user("alice"));
    auto const reached = wait();
    EXPECT_TRUE(reached.is_complete);
    EXPECT_THAT(applied(reached), ElementsAre("one", "three", "two"));
    EXPECT_TRUE(recorder.has("user alice hash"));
}

TEST_F(PostgresWaits, NodeThatDoesNothingIsPendingAndItsLastTimeIsItsLifetimeFromNow) {
    add_node(1, "stopped");
    auto const before = std::chrono::system_clock::now();
    auto const reached = wait(300ms);
    EXPECT_FALSE(reached.is_complete);
    EXPECT_THAT(applied(reached), ElementsAre("one", "two"));
    ASSERT_THAT(pending(reached), ElementsAre("stopped"));
    EXPECT_GE(reached.pending[0].refuses_after, before + 31s);
    EXPECT_LE(reached.pending[0].refuses_after, std::chrono::system_clock::now() + 32s);
}

TEST_F(PostgresWaits, NodeThatHasAppliedOnlyAnEarlierBarrierIsPending) {
    ASSERT_TRUE(wait().is_complete);
    add_node(1, "behind");
    ASSERT_TRUE(other_->execute("UPDATE nodes SET waits = ARRAY(SELECT run || ':' || number FROM waits) WHERE run = 1"));
    EXPECT_THAT(pending(wait(300ms)), ElementsAre("behind"));
}

TEST_F(PostgresWaits, BarrierOfAnotherNodeDoesNotCount) {
    add_node(1, "behind");
    update_node(1, "waits = '{7:99,8:1}'");
    EXPECT_THAT(pending(wait(300ms)), ElementsAre("behind"));
}

TEST_F(PostgresWaits, EndWhenTheLastNodeReportsTheBarrierWithThoseOfOthers) {
    add_node(1, "slow");
    auto waiting = begin_wait(kLong);
    await_barrier();
    ASSERT_TRUE(other_->execute("UPDATE nodes SET waits = '{7:99}' || ARRAY(SELECT run || ':' || number FROM waits) WHERE run = 1"));
    auto const reached = waiting.get();
    EXPECT_TRUE(reached.is_complete);
    EXPECT_THAT(applied(reached), ElementsAre("one", "slow", "two"));
}

TEST_F(PostgresWaits, NodeThatDiesIsNotWaitedForAnyLonger) {
    add_node(1, "dying");
    auto waiting = begin_wait(kLong);
    await_barrier();
    update_node(1, "live_until = now() - interval '1 second'");
    auto const reached = waiting.get();
    EXPECT_TRUE(reached.is_complete);
    EXPECT_THAT(applied(reached), ElementsAre("one", "two"));
}

TEST_F(PostgresWaits, NodeThatHasLeftIsNotWaitedFor) {
    two_.reset();
    auto const reached = wait();
    EXPECT_TRUE(reached.is_complete);
    EXPECT_THAT(applied(reached), ElementsAre("one"));
}

TEST_F(PostgresWaits, NodeThatJoinsAfterTheBarrierIsNotWaitedFor) {
    add_node(1, "slow");
    auto waiting = begin_wait(kLong);
    await_list_of_nodes();
    add_node(2, "late");
    ASSERT_TRUE(other_->execute("UPDATE nodes SET waits = ARRAY(SELECT run || ':' || number FROM waits) WHERE run = 1"));
    auto const reached = waiting.get();
    EXPECT_TRUE(reached.is_complete);
    EXPECT_THAT(applied(reached), testing::IsSupersetOf({"one", "slow", "two"}));
}

TEST_F(PostgresWaits, ManyMayWaitAtOnceAndWritesGoOn) {
    add_node(1, "stopped");
    await_heartbeats();
    std::vector<std::future<Propagation>> waiting;
    for (int count = 0; count < 1500; ++count) waiting.push_back(begin_wait(2s));
    EXPECT_TRUE(add_user("alice"));
    for (auto& one : waiting) EXPECT_THAT(pending(one.get()), testing::Contains("stopped"));
}

TEST_F(PostgresWaits, EndAtOnceWhenTheServerStops) {
    add_node(1, "stopped");
    auto waiting = begin_wait(1h);
    await_barrier();
    one_->end_waits();
    EXPECT_FALSE(waiting.get().is_complete);
    EXPECT_FALSE(wait(1h).is_complete) << "later ones too";
}

TEST_F(PostgresWaits, EndWithTheStore) {
    add_node(1, "stopped");
    auto waiting = begin_wait(1h);
    one_.reset();
    EXPECT_FALSE(waiting.get().is_complete);
}

// The numbers say what a snapshot contains: with the barrier, every change that was acknowledged before.
TEST_F(PostgresWaits, FeedHasABarrierOnlyTogetherWithTheChangesBeforeIt) {
    ChangeRecorder recorder;
    Feed feed{recorder};
    auto const reader = location_.connect();
    ASSERT_TRUE(feed.report_all(*reader));
    recorder.take();
    auto const slow = location_.connect();
    ASSERT_TRUE(slow->execute("BEGIN"));
    ASSERT_TRUE(slow->execute("INSERT INTO waits (run, number) VALUES (7, 3)"));
    ASSERT_TRUE(add_user("alice"));
    ASSERT_TRUE(feed.catch_up(*reader));
    EXPECT_EQ(feed.waits(), "{}");
    EXPECT_EQ(recorder.take(), Words{"user alice hash"});
    ASSERT_TRUE(add_user("bob"));
    ASSERT_TRUE(slow->execute("COMMIT"));
    EXPECT_EQ(feed.waits(), "{}") << "before the changes are read";
    ASSERT_TRUE(feed.catch_up(*reader));
    EXPECT_EQ(feed.waits(), "{7:3}");
    EXPECT_EQ(recorder.take(), Words{"user bob hash"});
}

TEST_F(PostgresWaits, LocalStoreIsItsOnlyNode) {
    std::promise<Propagation> promise;
    struct Plain final : authority::Store {
        Result<void> attach(authority::ChangeListener&) override { return {}; }
        void write(Work, authority::Done<void>) override {}
        void read(Query, authority::Done<void>) override {}
        void refresh(authority::Done<void>) override {}
    } store;
    store.await_propagation(1h, [&](Result<Propagation> result) { promise.set_value(std::move(*result)); });
    auto const reached = promise.get_future().get();
    EXPECT_TRUE(reached.is_complete);
    EXPECT_THAT(pending(reached), IsEmpty());
}

class PostgresWaitsOutage : public PostgresWaits {
  protected:
    PostgresWaitsOutage() : PostgresWaits{server()} {}
    static PostgresServer& server() {
        static PostgresServer server;
        return server;
    }
};

TEST_F(PostgresWaitsOutage, NamesTheNodesThatAreKnownIfTheDatabaseIsLost) {
    ASSERT_TRUE(add_user("alice"));
    await_heartbeats();
    server().kill();
    auto const reached = wait(300ms);
    EXPECT_FALSE(reached.is_complete);
    EXPECT_THAT(applied(reached), ElementsAre("one"));
    EXPECT_THAT(pending(reached), ElementsAre("two"));
    server().start();
    while (!wait(1s).is_complete) {}
}

}  // namespace
}  // namespace warder::tests
