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

/// Where no file may grow further: what a full disk is to SQLite. @return 0, or which expectation failed.
int fill_the_disk(SqlitePlace& place) {
    std::signal(SIGXFSZ, SIG_IGN);
    CountingRandom random;
    auto const store = place.open();
    UserId alice{};
    auto const made = write(*store, [&](Transaction& t) -> Result<void> {
        alice = t.insert_user({.id = {}, .name = "alice", .password_hash = "hash", .is_admin = false, .ceiling = {}, .created_at = {}}).value();
        return {};
    });
    if (!made) return 1;
    rlimit const limit{.rlim_cur = 300'000, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;

    std::int64_t kept = 0;
    std::optional<Error> refusal;
    while (!refusal && kept < 10'000) {
        TokenRecord token;
        token.id = TokenId::make(random);
        token.owner = alice;
        token.description = std::string(200, 'x');
        auto const written = write(*store, [&](Transaction& t) { return t.insert_token(token, {}); });
        if (written) ++kept;
        else refusal = written.error();
    }
    if (!refusal) return 3;
    if (refusal != Error::kStoreFull && refusal != Error::kStoreUnavailable) return 4;
    auto const count = [&] {
        std::int64_t tokens = -1;
        auto const counted = read(*store, [&](Snapshot& s) -> Result<void> {
            tokens = s.user(alice).value()->token_count;
            return {};
        });
        return counted ? tokens : -1;
    };
    if (count() != kept) return 5;  // nothing of the refused one, and reading goes on

    rlimit const lifted{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &lifted) != 0) return 6;
    if (!write(*store, [&](Transaction& t) { return t.set_admin(alice, true); })) return 7;  // as soon as there is room again
    return count() == kept ? 0 : 8;
}

TEST(SqliteOnAFullDisk, RefusesWithItsStateUnchangedAndGoesOnReading) {
    SqlitePlace place;
    auto const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(fill_the_disk(place));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SqliteFeed, StartsOverWhenTheHistoryItMissedIsNoLongerKept) {
    SqlitePlace place;
    auto const store = place.open();
    Notes notes;
    ASSERT_TRUE(store->attach(notes));
    notes.take();
    OtherProgram{place.path()}.run("INSERT INTO changes (user) VALUES (1), (2), (3); DELETE FROM changes WHERE seq < 3");
    ASSERT_TRUE(refresh(*store));
    EXPECT_EQ(notes.take(), (Words{"start over", "complete"}));
}

TEST(SqliteFeed, KeepsTheLatestHundredThousandChangesHoweverFewCommitsMadeThem) {
    SqlitePlace place;
    auto const store = place.open();
    OtherProgram other{place.path()};
    auto const add_changes = [&](std::string const& rows) {
        other.run(
            ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows + ") INSERT INTO changes (user) SELECT i FROM n")
                .c_str());
    };
    auto const kept = [&] { return other.run("SELECT count(*) FROM changes"); };
    auto const commit = [&] { return write(*store, [](Transaction&) -> Result<void> { return {}; }); };
    add_changes("110000");
    ASSERT_TRUE(commit());
    EXPECT_EQ(kept(), "110000") << "some more may gather";
    add_changes("1");
    ASSERT_TRUE(commit());
    EXPECT_EQ(kept(), "100000");
    EXPECT_EQ(other.run("SELECT max(seq) FROM changes"), "110001") << "the latest";
}

/// Once armed, interrupts every statement from the end of the next commit on, or only from the statement behind it, until mended. On all connections
/// that are opened while it lives.
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
    void mend() { state_ = State::kNone; }

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

class Doorbell final : public authority::ChangeListener {
  public:
    void on_changes(std::span<authority::Change const>) override { rung.release(); }
    std::counting_semaphore<> rung{0};
};

class SqliteFeedBehindItsCommit : public testing::TestWithParam<FaultAfterCommit::From> {};

INSTANTIATE_TEST_SUITE_P(Faults, SqliteFeedBehindItsCommit,
                         testing::Values(FaultAfterCommit::From::kEndOfCommit, FaultAfterCommit::From::kNextStatement),
                         [](auto const& from) { return from.param == FaultAfterCommit::From::kEndOfCommit ? "EndOfCommit" : "NextStatement"; });

TEST_P(SqliteFeedBehindItsCommit, TellsByItselfWhatItCouldNotTellAtOnce) {
    FaultAfterCommit fault{GetParam()};
    SqlitePlace place;
    auto const store = place.open();
    Doorbell doorbell;
    ASSERT_TRUE(store->attach(doorbell));
    doorbell.rung.acquire();
    fault.arm();
    auto const answer = write(*store, [](Transaction& t) -> Result<void> {
        auto const made = t.insert_user({.id = {}, .name = "alice", .password_hash = "hash", .is_admin = false, .ceiling = {}, .created_at = {}});
        return made ? Result<void>{} : std::unexpected{made.error()};
    });
    ASSERT_FALSE(answer) << "whoever asked must not be told that it acts";
    EXPECT_EQ(answer.error(), Error::kStoreOutcomeUnknown);
    EXPECT_FALSE(doorbell.rung.try_acquire());
    fault.mend();
    EXPECT_TRUE(doorbell.rung.try_acquire_for(std::chrono::seconds{30}));
}

}  // namespace
}  // namespace warder::tests
