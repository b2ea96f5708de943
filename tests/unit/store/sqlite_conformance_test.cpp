// SPDX-License-Identifier: MIT
#include "store_conformance.hpp"

#include "log/log.hpp"
#include "store/sqlite_store.hpp"

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

class SqlitePlace final : public Place {
  public:
    SqlitePlace() {
        auto folder = (std::filesystem::temp_directory_path() / "warder-store-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) std::abort();
        folder_ = folder;
    }
    ~SqlitePlace() override { std::filesystem::remove_all(folder_); }
    SqlitePlace(SqlitePlace const&) = delete;
    SqlitePlace& operator=(SqlitePlace const&) = delete;

    std::unique_ptr<authority::Store> open() override { return store::open_sqlite(path(), store::OpenMode::kCreate, log_).value(); }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "warder.db"; }

  private:
    std::filesystem::path folder_;
    log::Logger log_{log::Level::kError, log::Format::kLogfmt};
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(Candidate{"sqlite", [] { return std::make_unique<SqlitePlace>(); }}),
                         [](auto const& candidate) { return candidate.param.name; });

/// Where no file may grow further: what a full disk is to SQLite. @return 0, or which expectation failed.
int fill_the_disk(SqlitePlace& place) {
    std::signal(SIGXFSZ, SIG_IGN);
    CountingRandom random;
    auto const store = place.open();
    UserId alice{};
    auto const made = write(*store, [&](Transaction& t) -> Result<void> {
        alice = t.insert_user("alice", "hash", false, Instant{}).value();
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
        auto const written = write(*store, [&](Transaction& t) { return t.insert_token(token); });
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

class Kinds final : public authority::Listener {
  public:
    void on_changes(std::span<authority::Change const> changes) override {
        for (auto const& change : changes) has_started_over |= std::holds_alternative<authority::StartOver>(change);
    }
    bool has_started_over = false;
};

TEST(SqliteFeed, StartsOverWhenTheHistoryItMissedIsNoLongerKept) {
    SqlitePlace place;
    auto const store = place.open();
    Kinds kinds;
    ASSERT_TRUE(store->attach(kinds));
    kinds.has_started_over = false;

    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(place.path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "INSERT INTO changes (user) VALUES (1), (2), (3); DELETE FROM changes WHERE seq < 3", nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_TRUE(refresh(*store));
    EXPECT_TRUE(kinds.has_started_over);
    sqlite3_close(other);
}

}  // namespace
}  // namespace warder::tests
