// SPDX-License-Identifier: MIT
// The end of the queries of a server that stops.
#include "store/postgres/location.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;
using namespace std::chrono_literals;

class PostgresEndReads : public testing::Test {
  protected:
    static constexpr int kReaders = 4;

    std::future<Result<void>> begin_list() {
        std::promise<Result<void>> promise;
        auto future = promise.get_future();
        auto const list = [](Snapshot const& s) -> Result<void> {
            auto const users = s.users->list();
            return users ? Result<void>{} : std::unexpected{users.error()};
        };
        store_->read(list, [promise = std::move(promise)](Result<void> result) mutable { promise.set_value(std::move(result)); });
        return future;
    }
    /// Holds the users in another session, and begins some lists of them. As many as there are connections wait for the lock then.
    std::vector<std::future<Result<void>>> begin_lists_that_wait(int count) {
        EXPECT_TRUE(other_->execute("SET idle_in_transaction_session_timeout = 0"));
        EXPECT_TRUE(other_->execute("BEGIN"));
        EXPECT_TRUE(other_->execute("LOCK TABLE users"));
        std::vector<std::future<Result<void>>> lists;
        for (int number = 0; number < count; ++number) lists.push_back(begin_list());
        EXPECT_TRUE(third_->execute("DO $$BEGIN WHILE (SELECT count(*) FROM pg_locks WHERE NOT granted) < " + std::to_string(kReaders) +
                                        " LOOP PERFORM pg_sleep(0.01); END LOOP; END$$",
                                    20s));
        return lists;
    }

    PostgresTestLocation location_;
    std::unique_ptr<authority::Store> store_ = location_.open();
    std::unique_ptr<store::postgres::Connection> other_ = location_.connect();
    std::unique_ptr<store::postgres::Connection> third_ = location_.connect();
};

TEST_F(PostgresEndReads, RejectsThoseThatRunAndThoseThatWait) {
    auto lists = begin_lists_that_wait(8 * kReaders);
    store_->end_reads();
    // Each would give up its own wait for the lock, and the next one would begin to wait.
    EXPECT_EQ(lists.back().wait_for(20s), std::future_status::ready);
    for (auto& list : lists) EXPECT_EQ(list.get(), Result<void>{std::unexpected{Error::kStoreUnavailable}});
    // The database has not ended a single one by itself.
    auto const held = other_->query("SELECT count(*) FROM users");
    EXPECT_TRUE(held);
}

TEST_F(PostgresEndReads, RejectsLaterOnes) {
    store_->end_reads();
    EXPECT_EQ(begin_list().get(), Result<void>{std::unexpected{Error::kStoreUnavailable}});
}

TEST_F(PostgresEndReads, WritesContinue) {
    store_->end_reads();
    EXPECT_TRUE(write(*store_, [](Transaction const& t) -> Result<void> {
        auto const added = t.users->insert({.name = "alice", .password_hash = hash_of("hash")});
        return added ? Result<void>{} : std::unexpected{added.error()};
    }));
}

}  // namespace
}  // namespace warder::tests
