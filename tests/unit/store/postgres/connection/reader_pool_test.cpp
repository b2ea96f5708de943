// SPDX-License-Identifier: MIT
#include "store/postgres/connection/reader_pool.hpp"

#include "store/postgres/location.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace warder::tests {
namespace {

using store::postgres::Connection;
using store::postgres::PgError;
using store::postgres::ReaderPool;
using namespace std::chrono_literals;

constexpr std::chrono::minutes kLong{10};

class PostgresReaderPool : public testing::Test {
  protected:
    /// Waits until a session runs this statement.
    void await_statement(std::string const& text) {
        auto const running =
            "DO $$BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query = '" + text +
            "') LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END$$";
        ASSERT_TRUE(other_->execute(running, 20s));
    }

    PostgresTestLocation location_;
    std::unique_ptr<Connection> other_ = location_.connect();
};

TEST_F(PostgresReaderPool, EndInterruptsAStatementThatRuns) {
    ReaderPool pool{location_.url(), location_.connect(), 1};
    auto reading = std::async(std::launch::async, [&] {
        auto const lease = pool.take(kLong);
        auto const slept = lease->get()->execute("SELECT pg_sleep(601)", kLong);
        return slept ? PgError{.sqlstate = "slept", .message = {}} : slept.error();
    });
    await_statement("SELECT pg_sleep(601)");
    pool.end();
    EXPECT_EQ(reading.get().message, "the wait for the server was interrupted");
    ASSERT_TRUE(other_->execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(601)'"));
}

TEST_F(PostgresReaderPool, ConnectionsAreInterruptedAfterTheEnd) {
    ReaderPool pool{location_.url(), location_.connect(), 1};
    pool.end();
    EXPECT_TRUE(pool.is_ended());
    EXPECT_FALSE(pool.take(kLong)->get()->execute("SELECT pg_sleep(0.1)"));
    // Nor is a new one of any use.
    auto const lease = pool.take(kLong);
    auto* const opened = lease->get();
    ASSERT_NE(opened, nullptr);
    EXPECT_FALSE(opened->execute("SELECT pg_sleep(0.1)"));
}

TEST_F(PostgresReaderPool, EndReleasesThoseWhoWaitForAConnection) {
    // The first connection is open, and no other one can be opened.
    ReaderPool pool{"postgresql:///none?host=/nowhere", location_.connect(), 2};
    std::optional<ReaderPool::Lease> first{pool.take(kLong)};
    auto waiting = std::async(std::launch::async, [&] { return pool.take(kLong)->current() == nullptr; });
    pool.end();
    if (waiting.wait_for(20s) != std::future_status::ready) {
        ADD_FAILURE() << "still waits";
        first.reset();
    }
    EXPECT_TRUE(waiting.get());
}

TEST_F(PostgresReaderPool, TakesTheConnectionThatWasUsedLast) {
    ReaderPool pool{location_.url(), location_.connect(), 3};
    Connection const* first = nullptr;
    Connection const* second = nullptr;
    {
        auto const one = pool.take(kLong);
        auto const two = pool.take(kLong);
        first = one->get();
        second = two->get();
        EXPECT_NE(first, second);
    }
    // Leases end in the opposite order of their beginning.
    EXPECT_EQ(pool.take(kLong)->current(), first);
    auto const again = pool.take(kLong);
    EXPECT_EQ(again->current(), first);
    EXPECT_EQ(pool.take(kLong)->current(), second);
}

TEST_F(PostgresReaderPool, CancelEndsTheStatementOfAConnection) {
    auto sleeper = location_.connect();
    auto sleeping = std::async(std::launch::async, [&] {
        auto const slept = sleeper->execute("SELECT pg_sleep(602)", kLong);
        return slept ? PgError{.sqlstate = "slept", .message = {}} : slept.error();
    });
    await_statement("SELECT pg_sleep(602)");
    // Another server that assigned the same number to its process.
    auto foreign = sleeper->server_process();
    foreign.server_started_at += 1;
    store::postgres::cancel(location_.url(), foreign, 10s);
    auto const running = other_->query("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(602)'");
    ASSERT_TRUE(running);
    EXPECT_EQ(running->integer(0, 0), 1);

    store::postgres::cancel(location_.url(), sleeper->server_process(), 10s);
    EXPECT_EQ(sleeping.get().sqlstate, "57014");
}

}  // namespace
}  // namespace warder::tests
