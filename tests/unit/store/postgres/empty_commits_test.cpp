// SPDX-License-Identifier: MIT
// Writes that find nothing to change, as most of the periodic ones.
#include "store/postgres/location.hpp"

#include <gtest/gtest.h>

#include <libpq-fe.h>
#include <poll.h>
#include <string_view>

namespace warder::tests {
namespace {

using authority::Result;
using authority::Transaction;

/// A session that listens to what the nodes tell each other.
class ListeningSession {
  public:
    explicit ListeningSession(std::string const& url) : handle_{PQconnectdb(url.c_str())} {
        run("LISTEN warder_changes");
        run("LISTEN marker");
    }
    ListeningSession(ListeningSession const&) = delete;
    ListeningSession& operator=(ListeningSession const&) = delete;
    ~ListeningSession() { PQfinish(handle_); }

    /// Returns how many notifications were sent since the last call by transactions that have ended.
    int count() {
        // Notifications arrive in the order in which the transactions ended.
        run("NOTIFY marker");
        for (int found = 0;;) {
            while (auto* const notification = PQnotifies(handle_)) {
                bool const is_marker = std::string_view{notification->relname} == "marker";
                PQfreemem(notification);
                if (is_marker) return found;
                ++found;
            }
            pollfd watched{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
            if (poll(&watched, 1, 20'000) != 1 || PQconsumeInput(handle_) != 1) return -1;
        }
    }

  private:
    void run(char const* sql) { PQclear(PQexec(handle_, sql)); }

    PGconn* handle_;
};

class PostgresEmptyCommits : public testing::Test {
  protected:
    static constexpr Instant kNow{std::chrono::seconds{1'700'000'000}};

    Result<void> add_user(std::string name) {
        return write(*store_, [&](Transaction const& t) -> Result<void> {
            auto const added = t.users->insert({.name = name, .password_hash = hash_of("hash")});
            return added ? Result<void>{} : std::unexpected{added.error()};
        });
    }
    /// As `Authority::purge` does.
    Result<void> purge() {
        return write(*store_, [](Transaction const& t) -> Result<void> {
            static_cast<void>(t.tokens->count_replaced(kNow).value());
            EXPECT_EQ(t.tokens->purge(kNow, kNow, 1000).value(), 0);
            static_cast<void>(t.audit->purge(kNow, 1000).value());
            EXPECT_EQ(t.sessions->erase_ended(std::nullopt, {.begun_by = kNow, .used_by = kNow}, 1000).value(), 0);
            return t.sessions->erase_oldest(std::nullopt, 1000);
        });
    }
    /// Returns the number of the server's next transaction that writes.
    std::int64_t next_transaction() { return other_->query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").value().integer(0, 0); }

    PostgresServer server_;  // nothing else writes there
    PostgresTestLocation location_{server_};
    std::unique_ptr<authority::Store> store_ = location_.open();
    std::unique_ptr<store::postgres::Connection> other_ = location_.connect();
    ListeningSession session_{location_.url()};
};

TEST_F(PostgresEmptyCommits, PurgeThatFindsNothingNeitherNotifiesNorWrites) {
    ASSERT_TRUE(other_->execute("ALTER SYSTEM SET autovacuum = off"));
    ASSERT_TRUE(other_->execute("SELECT pg_reload_conf()"));
    ASSERT_TRUE(add_user("alice"));
    EXPECT_EQ(session_.count(), 1);
    auto const before = next_transaction();
    for (int time = 0; time < 3; ++time) EXPECT_TRUE(purge());
    EXPECT_EQ(next_transaction(), before);  // before the marker, which takes a number as well
    EXPECT_EQ(session_.count(), 0);
}

TEST_F(PostgresEmptyCommits, ChangeAfterAnEmptyCommitNotifies) {
    ASSERT_TRUE(purge());
    ASSERT_TRUE(add_user("alice"));
    EXPECT_EQ(session_.count(), 1);
}

TEST_F(PostgresEmptyCommits, PurgeThatDeletesNotifies) {
    ASSERT_TRUE(write(*store_, [](Transaction const& t) {
        return t.audit->append({.time = kNow - std::chrono::hours{1}, .actor = {}, .address = {}, .action = "token.created", .target = "t"});
    }));
    EXPECT_EQ(session_.count(), 1);
    ASSERT_TRUE(purge());
    EXPECT_EQ(session_.count(), 1);
    ASSERT_TRUE(purge());
    EXPECT_EQ(session_.count(), 0);
}

TEST_F(PostgresEmptyCommits, RequestsThatFailNotifyNobody) {
    EXPECT_FALSE(write(*store_, [](Transaction const&) -> Result<void> { return std::unexpected{authority::Error::kUserNotFound}; }));
    EXPECT_EQ(session_.count(), 0);
}

}  // namespace
}  // namespace warder::tests
