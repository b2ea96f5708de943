// SPDX-License-Identifier: MIT
#include "store/sqlite/location.hpp"

#include <atomic>
#include <csignal>
#include <optional>
#include <semaphore>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

/// Fills the store where no file may grow further, which to SQLite is a full disk.
/// @return 0, or the number of the expectation that failed.
int fill_the_disk(SqliteTestLocation& location) {
    std::signal(SIGXFSZ, SIG_IGN);
    CountingRandom random;
    auto const store = location.open();
    UserId alice{};
    auto const made = write(*store, [&](Transaction const& t) -> Result<void> {
        alice = t.users->insert({.id = {}, .name = "alice", .password_hash = "hash", .is_admin = false, .ceiling = {}, .created_at = {}}).value();
        return {};
    });
    if (!made) return 1;
    rlimit const limit{.rlim_cur = 300'000, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;

    std::int64_t kept = 0;
    std::optional<Error> error;
    while (!error && kept < 10'000) {
        TokenRecord token;
        token.id = TokenId::make(random);
        token.owner = alice;
        token.description = std::string(200, 'x');
        auto const written = write(*store, [&](Transaction const& t) { return t.tokens->insert(token, {}); });
        if (written) ++kept;
        else error = written.error();
    }
    if (!error) return 3;
    if (error != Error::kStoreFull && error != Error::kStoreUnavailable) return 4;
    auto const count = [&] {
        std::int64_t tokens = -1;
        auto const counted = read(*store, [&](Snapshot const& s) -> Result<void> {
            tokens = s.users->find(alice).value()->token_count;
            return {};
        });
        return counted ? tokens : -1;
    };
    if (count() != kept) return 5;  // nothing of the refused token, and reads succeed

    rlimit const lifted{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &lifted) != 0) return 6;
    if (!write(*store, [&](Transaction const& t) { return set_admin(t, alice, true); })) return 7;  // as soon as there is space again
    return count() == kept ? 0 : 8;
}

TEST(SqliteStoreOnFullDisk, RejectsWritesUnchangedAndContinuesReading) {
    SqliteTestLocation location;
    auto const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(fill_the_disk(location));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SqliteChangeFeed, SendsAResetWhenMissedChangesWereDeleted) {
    SqliteTestLocation location;
    auto const store = location.open();
    ChangeRecorder recorder;
    ASSERT_TRUE(store->attach(recorder));
    recorder.take();
    OtherProgram{location.path()}.run("INSERT INTO changes (user) VALUES (1), (2), (3); DELETE FROM changes WHERE seq < 3");
    ASSERT_TRUE(refresh(*store));
    EXPECT_EQ(recorder.take(), (Words{"start over", "complete"}));
}

TEST(SqliteChangeFeed, KeepsTheLatestHundredThousandChanges) {
    SqliteTestLocation location;
    auto const store = location.open();
    OtherProgram other{location.path()};
    auto const add_changes = [&](std::string const& rows) {
        other.run(
            ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows + ") INSERT INTO changes (user) SELECT i FROM n")
                .c_str());
    };
    auto const kept = [&] { return other.run("SELECT count(*) FROM changes"); };
    auto const commit = [&] { return write(*store, [](Transaction const&) -> Result<void> { return {}; }); };
    add_changes("110000");
    ASSERT_TRUE(commit());
    EXPECT_EQ(kept(), "110000") << "the history may exceed its limit by a margin";
    add_changes("1");
    ASSERT_TRUE(commit());
    EXPECT_EQ(kept(), "100000");
    EXPECT_EQ(other.run("SELECT max(seq) FROM changes"), "110001") << "the latest";
}

/// Once armed, interrupts every statement from the end of the next commit on, or only from the statement after it,
/// until repair() is called. Affects all connections that are opened while it exists.
class FaultAfterCommit {
  public:
    enum class From { kEndOfCommit, kNextStatement };
    explicit FaultAfterCommit(From from) : from_{from} {
        instance = this;
        sqlite3_auto_extension(reinterpret_cast<void (*)()>(&install));
    }
    ~FaultAfterCommit() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&install)); }
    FaultAfterCommit(FaultAfterCommit const&) = delete;
    FaultAfterCommit& operator=(FaultAfterCommit const&) = delete;

    void arm() { state_ = State::kArmed; }
    void repair() { state_ = State::kNone; }

  private:
    enum class State { kNone, kArmed, kCommitting, kBroken };

    void move(State from, State to) { state_.compare_exchange_strong(from, to); }
    static FaultAfterCommit& of(void* fault) { return *static_cast<FaultAfterCommit*>(fault); }
    static int on_commit(void* fault) {
        of(fault).move(State::kArmed, of(fault).from_ == From::kEndOfCommit ? State::kBroken : State::kCommitting);
        return 0;
    }
    static int on_statement(unsigned, void* fault, void*, void*) {
        of(fault).move(State::kCommitting, State::kBroken);
        return 0;
    }
    static int on_step(void* fault) { return of(fault).state_ == State::kBroken ? 1 : 0; }

    static int install(sqlite3* handle, char const**, void const*) {
        sqlite3_commit_hook(handle, &on_commit, instance);
        sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, &on_statement, instance);
        sqlite3_progress_handler(handle, 1, &on_step, instance);
        return SQLITE_OK;
    }

    static inline FaultAfterCommit* instance = nullptr;
    From from_;
    std::atomic<State> state_ = State::kNone;
};

class SignalingListener final : public authority::ChangeListener {
  public:
    void on_changes(std::span<authority::Change const>) override { received.release(); }
    std::counting_semaphore<> received{0};
};

class SqliteChangeFeedAfterCommit : public testing::TestWithParam<FaultAfterCommit::From> {};

INSTANTIATE_TEST_SUITE_P(Faults, SqliteChangeFeedAfterCommit,
                         testing::Values(FaultAfterCommit::From::kEndOfCommit, FaultAfterCommit::From::kNextStatement),
                         [](auto const& from) { return from.param == FaultAfterCommit::From::kEndOfCommit ? "EndOfCommit" : "NextStatement"; });

TEST_P(SqliteChangeFeedAfterCommit, RetriesAFailedAnnouncementWithoutFurtherRequests) {
    FaultAfterCommit fault{GetParam()};
    SqliteTestLocation location;
    auto const store = location.open();
    SignalingListener listener;
    ASSERT_TRUE(store->attach(listener));
    listener.received.acquire();
    fault.arm();
    auto const answer = write(*store, [](Transaction const& t) -> Result<void> {
        auto const made = t.users->insert({.id = {}, .name = "alice", .password_hash = "hash", .is_admin = false, .ceiling = {}, .created_at = {}});
        return made ? Result<void>{} : std::unexpected{made.error()};
    });
    ASSERT_FALSE(answer) << "the response must not say that the token is valid";
    EXPECT_EQ(answer.error(), Error::kStoreOutcomeUnknown);
    EXPECT_FALSE(listener.received.try_acquire());
    fault.repair();
    EXPECT_TRUE(listener.received.try_acquire_for(std::chrono::seconds{30}));
}

}  // namespace
}  // namespace warder::tests
