// SPDX-License-Identifier: MIT
// Several nodes on one database: what they change at once, and what is left when the server fails.
#include "store/postgres/cluster/feed.hpp"
#include "store/postgres/commit_register.hpp"
#include "store/postgres/location.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <mutex>
#include <thread>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Transaction;
using store::postgres::CommitRegister;
using store::postgres::Connection;

class PostgresNodes : public testing::Test {
  protected:
    UserId add_user(std::string_view name, bool is_admin = false) {
        UserId id{};
        EXPECT_TRUE(write(*one_, [&](Transaction const& t) -> Result<void> {
            auto const added = t.users->insert({.name = std::string{name}, .password_hash = hash_of("hash"), .is_admin = is_admin});
            if (!added) return std::unexpected{added.error()};
            id = *added;
            return {};
        }));
        return id;
    }
    TokenRecord token(UserId owner, std::string description) {
        return {.id = TokenId::make(random_),
                .owner = owner,
                .description = std::move(description),
                .lifetime = std::chrono::hours{1},
                .issued_at = now_,
                .expires_at = now_ + std::chrono::hours{1},
                .key_id = "key",
                .succession = {}};
    }
    /// Runs both at once, many times. @return how many succeeded.
    int run_at_once(std::function<Result<void>(authority::Store&)> const& change) {
        std::atomic<int> count = 0;
        {
            std::jthread const first{[&] { count += change(*one_).has_value() ? 1 : 0; }};
            std::jthread const second{[&] { count += change(*two_).has_value() ? 1 : 0; }};
        }
        return count;
    }

    CountingRandom random_;
    Instant now_ = std::chrono::floor<std::chrono::seconds>(ManualClock{}.now());
    PostgresTestLocation location_;
    std::unique_ptr<authority::Store> one_ = location_.open();
    std::unique_ptr<authority::Store> two_ = location_.open();
};

TEST_F(PostgresNodes, LearnOfEachOthersChangesWithoutBeingAsked) {
    AwaitedRecorder recorder;
    ASSERT_TRUE(two_->attach(recorder));
    add_user("alice");
    EXPECT_TRUE(recorder.await("user alice hash"));
    two_.reset();
}

TEST_F(PostgresNodes, OnlyOneOfTwoAddsATokenOfTheSameDescription) {
    auto const alice = add_user("alice");
    for (int round = 0; round < 50; ++round) {
        auto const description = "round " + std::to_string(round);
        std::mutex mutex;
        auto const change = [&](authority::Store& store) {
            return write(store, [&](Transaction const& t) -> Result<void> {
                auto const rivals = t.tokens->list_live(alice, description, now_);
                if (!rivals) return std::unexpected{rivals.error()};
                if (!rivals->empty()) return std::unexpected{Error::kDescriptionTakenOrBlank};
                std::scoped_lock const lock{mutex};
                return insert(t, token(alice, description));
            });
        };
        EXPECT_EQ(run_at_once(change), 1) << round;
    }
}

TEST_F(PostgresNodes, OneOfTheLastTwoAdministratorsStays) {
    for (int round = 0; round < 20; ++round) {
        auto const first = add_user("first" + std::to_string(round), true);
        auto const second = add_user("second" + std::to_string(round), true);
        auto const change = [&](authority::Store& store) {
            return write(store, [&](Transaction const& t) -> Result<void> {
                if (count_admins(t) < 2) return std::unexpected{Error::kLastAdmin};
                return set_admin(t, &store == one_.get() ? first : second, false);
            });
        };
        EXPECT_EQ(run_at_once(change), 1) << round;
        ASSERT_TRUE(write(*one_, [&](Transaction const& t) -> Result<void> {
            if (auto erased = t.users->erase(first); !erased) return erased;
            return t.users->erase(second);
        }));
    }
}

TEST_F(PostgresNodes, OnlyOneOfTwoAddsAUserOfTheSameName) {
    for (int round = 0; round < 20; ++round)
        EXPECT_EQ(run_at_once([&](authority::Store& store) {
                      return write(store, [&](Transaction const& t) -> Result<void> {
                          auto const added = t.users->insert({.name = "user" + std::to_string(round), .password_hash = hash_of("hash")});
                          return added ? Result<void>{} : std::unexpected{added.error()};
                      });
                  }),
                  1);
}

TEST_F(PostgresNodes, TransactionsThatWaitForEachOtherAreRepeated) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    for (int round = 0; round < 3; ++round) {
        std::promise<void> both_hold;
        std::atomic<int> holding = 0;
        auto const all_hold = both_hold.get_future().share();
        EXPECT_EQ(run_at_once([&](authority::Store& store) {
                      auto const order = &store == one_.get() ? std::pair{alice, bob} : std::pair{bob, alice};
                      bool is_first = true;
                      return write(store, [&, order, is_first](Transaction const& t) mutable -> Result<void> {
                          if (auto const found = t.users->find(order.first); !found) return std::unexpected{found.error()};
                          if (std::exchange(is_first, false)) {
                              if (++holding == 2) both_hold.set_value();
                              all_hold.wait();
                          }
                          auto const found = t.users->find(order.second);
                          return found ? Result<void>{} : std::unexpected{found.error()};
                      });
                  }),
                  2);
    }
}

TEST_F(PostgresNodes, TenMayCreateTheSchemaAtOnce) {
    PostgresTestLocation empty;
    std::atomic<int> opened = 0;
    {
        std::vector<std::jthread> nodes;
        for (int node = 0; node < 10; ++node)
            nodes.emplace_back([&] {
                auto const store = store::open_postgres(empty.url(), store::OpenMode::kCreate, {}, empty.log());
                opened += store ? 1 : 0;
                EXPECT_TRUE(store) << store.error().message;
            });
    }
    EXPECT_EQ(opened, 10);
}

TEST_F(PostgresNodes, RoleThatOnlyOwnsTheSchemaSuffices) {
    PostgresTestLocation empty;
    auto const admin = location_.connect();
    ASSERT_TRUE(admin->execute("CREATE ROLE plain LOGIN"));
    ASSERT_TRUE(admin->execute("CREATE SCHEMA " + empty.schema() + " AUTHORIZATION plain"));
    auto const opened = store::open_postgres(PostgresServer::shared().url(empty.schema(), "plain"), store::OpenMode::kCreate, {}, empty.log());
    ASSERT_TRUE(opened) << opened.error().message;
    ChangeRecorder recorder;
    EXPECT_TRUE((*opened)->attach(recorder));
}

TEST_F(PostgresNodes, MissingSchemaIsNotCreatedUnlessWanted) {
    PostgresTestLocation empty;
    auto const existing = store::open_postgres(empty.url(), store::OpenMode::kExisting, {}, empty.log());
    ASSERT_FALSE(existing);
    EXPECT_THAT(existing.error().message, testing::HasSubstr("empty; start the server"));
    auto const required = store::open_postgres(empty.url(), store::OpenMode::kRequired, {}, empty.log());
    ASSERT_FALSE(required);
    EXPECT_THAT(required.error().message, testing::HasSubstr("missing or empty"));
    auto const read_only = store::open_postgres(empty.url(), store::OpenMode::kReadOnly, {}, empty.log());
    ASSERT_FALSE(read_only);
    EXPECT_THAT(read_only.error().message, testing::HasSubstr("empty; start the server"));
}

TEST_F(PostgresNodes, ErrorsDoNotContainThePassword) {
    for (auto const* const url : {"postgresql://alice:s3cr3t@127.0.0.1:1/db", "postgresql://alice:s3cr3t@/db?nonsense=1"}) {
        auto const opened = store::open_postgres(url, store::OpenMode::kCreate, {}, location_.log());
        ASSERT_FALSE(opened);
        EXPECT_THAT(opened.error().message, testing::Not(testing::HasSubstr("s3cr3t")));
    }
}

class PostgresCommits : public PostgresNodes {
  protected:
    std::unique_ptr<Connection> writer_ = location_.connect();
    std::unique_ptr<Connection> other_ = location_.connect();
    CommitRegister commits_;
    void begin() {
        ASSERT_TRUE(writer_->execute("BEGIN"));
        ASSERT_TRUE(writer_->execute("SELECT pg_current_xact_id()"));  // as each change does
        EXPECT_TRUE(commits_.add_next(*writer_).value());
    }
};

TEST_F(PostgresCommits, TransactionWithoutAChangeIsNotRegistered) {
    ASSERT_TRUE(writer_->execute("BEGIN"));
    EXPECT_FALSE(commits_.add_next(*writer_).value());
    ASSERT_TRUE(writer_->execute("COMMIT"));
    EXPECT_EQ(other_->query("SELECT count(*) FROM commits").value().integer(0, 0), 0);
}

TEST_F(PostgresCommits, OutcomeIsKnownAfterTheConnectionIsGone) {
    begin();
    ASSERT_TRUE(writer_->execute("COMMIT"));
    writer_.reset();
    EXPECT_TRUE(commits_.was_made(*other_).value());
}

TEST_F(PostgresCommits, CommitThatWasNotMadeIsKnownAsSuch) {
    begin();
    writer_.reset();
    EXPECT_FALSE(commits_.was_made(*other_).value());
}

TEST_F(PostgresCommits, CommitAfterOneOfUnknownOutcomeIsNotMistakenForThatOne) {
    begin();
    ASSERT_TRUE(writer_->execute("COMMIT"));  // as if no answer had come
    begin();
    writer_.reset();
    EXPECT_FALSE(commits_.was_made(*other_).value());
}

TEST_F(PostgresCommits, OutcomeIsAwaitedWhileTheServerStillCommits) {
    for (bool const commits : {true, false}) {
        begin();
        std::promise<bool> outcome;
        std::jthread const asking{[&] { outcome.set_value(commits_.was_made(*other_).value()); }};
        auto const watcher = location_.connect();
        auto const is_waiting = [&] {
            return watcher->query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").value().integer(0, 0) > 0;
        };
        while (!is_waiting()) std::this_thread::yield();
        ASSERT_TRUE(writer_->execute(commits ? "COMMIT" : "ROLLBACK"));
        EXPECT_EQ(outcome.get_future().get(), commits);
    }
}

class PostgresOutage : public testing::Test {
  protected:
    static Result<void> add_user(authority::Store& store, std::string const& name) {
        return write(store, [&](Transaction const& t) -> Result<void> {
            auto const added = t.users->insert({.name = name, .password_hash = hash_of("hash")});
            return added ? Result<void>{} : std::unexpected{added.error()};
        });
    }
    /// Tries until the store has connected again.
    static bool add_user_soon(authority::Store& store, std::string const& name) {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (std::chrono::steady_clock::now() < deadline)
            if (add_user(store, name)) return true;
        return false;
    }

    PostgresServer server_;
    PostgresTestLocation location_{server_};
};

TEST_F(PostgresOutage, WritesAreRefusedUntilTheServerIsBack) {
    auto const store = location_.open();
    ASSERT_TRUE(add_user(*store, "before"));
    server_.kill();
    EXPECT_EQ(add_user(*store, "meanwhile").error(), Error::kStoreUnavailable);
    EXPECT_FALSE(read(*store, [](authority::Snapshot const& s) -> Result<void> {
        auto const users = s.users->list();
        return users ? Result<void>{} : std::unexpected{users.error()};
    }));
    server_.start();
    EXPECT_TRUE(add_user_soon(*store, "after"));
}

// After a crash, the server assigns the numbers of transactions again that left nothing durable. A position that
// contained them would skip the changes of those that get them next.
TEST_F(PostgresOutage, ReportsChangesOfTransactionNumbersThatAreAssignedAgain) {
    auto const store = location_.open();
    ASSERT_TRUE(add_user(*store, "before"));
    ChangeRecorder recorder;
    store::postgres::Feed feed{recorder};
    {
        auto const connection = location_.connect();
        ASSERT_TRUE(feed.report_all(*connection));
        for (int count = 0; count < 100; ++count) {
            ASSERT_TRUE(connection->execute("BEGIN"));
            ASSERT_TRUE(connection->execute("SELECT pg_current_xact_id()"));
            ASSERT_TRUE(connection->execute("ROLLBACK"));
        }
        ASSERT_TRUE(feed.catch_up(*connection));
        recorder.take();
    }
    server_.kill();
    server_.start();
    ASSERT_TRUE(add_user_soon(*store, "after"));
    auto const connection = location_.connect();
    ASSERT_TRUE(feed.catch_up(*connection));
    EXPECT_EQ(recorder.take(), Words{"user after hash"});
}

TEST_F(PostgresOutage, NodesFollowEachOtherAgainAfterTheServerWasKilled) {
    auto const one = location_.open();
    auto const two = location_.open();
    AwaitedRecorder recorder;
    ASSERT_TRUE(two->attach(recorder));
    server_.kill();
    server_.start();
    ASSERT_TRUE(add_user_soon(*one, "alice"));
    EXPECT_TRUE(recorder.await("user alice hash"));
}

}  // namespace
}  // namespace warder::tests
