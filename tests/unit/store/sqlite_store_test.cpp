// SPDX-License-Identifier: MIT
#include "store/sqlite_store.hpp"

#include "fakes.hpp"
#include "log/log.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace warder::store {
namespace {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

/// Notes what it hears, as one word a change.
class Notes final : public authority::Listener {
  public:
    void on_changes(std::span<authority::Change const> changes) override {
        ++calls;
        for (auto const& change : changes) {
            if (auto const* const put = std::get_if<authority::TokenPut>(&change)) heard.push_back(put->token.is_edited ? "token edited" : "token");
            else if (std::holds_alternative<authority::TokenGone>(change)) heard.emplace_back("token gone");
            else if (auto const* const user = std::get_if<authority::UserPut>(&change)) heard.push_back("user " + user->user.name);
            else if (std::holds_alternative<authority::UserGone>(change)) heard.emplace_back("user gone");
            else heard.emplace_back("start over");
        }
    }
    std::vector<std::string> take() { return std::exchange(heard, {}); }
    std::vector<std::string> heard;
    int calls = 0;
};

using Words = std::vector<std::string>;

class SqliteStore : public testing::Test {
  protected:
    SqliteStore() {
        auto folder = (std::filesystem::temp_directory_path() / "warder-store-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) std::abort();
        folder_ = folder;
        store_ = open();
    }
    ~SqliteStore() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    SqliteStore(SqliteStore const&) = delete;
    SqliteStore& operator=(SqliteStore const&) = delete;

    std::filesystem::path path() const { return folder_ / "warder.db"; }
    std::unique_ptr<authority::Store> open(OpenMode mode = OpenMode::kCreate) { return open_sqlite(path(), mode, log_).value(); }
    std::string complaint(OpenMode mode = OpenMode::kCreate) {
        store_.reset();
        auto const opened = open_sqlite(path(), mode, log_);
        return opened ? "" : opened.error().message;
    }

    static Result<void> write(authority::Store& store, authority::Store::Work work) {
        std::promise<Result<void>> promise;
        store.write(std::move(work), [&](Result<void> result) { promise.set_value(std::move(result)); });
        return promise.get_future().get();
    }
    static Result<void> read(authority::Store& store, authority::Store::Query query) {
        std::promise<Result<void>> promise;
        store.read(std::move(query), [&](Result<void> result) { promise.set_value(std::move(result)); });
        return promise.get_future().get();
    }
    static Result<void> refresh(authority::Store& store) {
        std::promise<Result<void>> promise;
        store.refresh([&](Result<void> result) { promise.set_value(std::move(result)); });
        return promise.get_future().get();
    }

    /// Keeps the writer busy until the promise is kept: what is asked of it meanwhile shares the next commit.
    std::promise<void> hold_the_writer() {
        std::promise<void> hold;
        std::promise<void> started;
        auto const has_started = started.get_future();
        store_->write(
            [held = hold.get_future().share(), &started](Transaction&) -> Result<void> {
                started.set_value();
                held.wait();
                return {};
            },
            [](Result<void>) {});
        has_started.wait();
        return hold;
    }

    TokenRecord token(UserId owner, std::string description = "ci") {
        return {.id = TokenId::make(random_), .owner = owner, .description = std::move(description), .life = Seconds{1.5}, .issued_at = at(100), .expires_at = at(200),
                .digest = {7}, .key_id = "k", .is_edited = false, .succession = {}};
    }
    static Instant at(std::int64_t seconds) { return Instant{std::chrono::seconds{seconds}}; }

    UserId add_user(std::string const& name) {
        UserId id{};
        EXPECT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
            auto const made = t.insert_user(name, "hash", false, at(5));
            if (!made) return std::unexpected{made.error()};
            id = *made;
            return {};
        }));
        return id;
    }
    std::optional<TokenRecord> find(authority::Store& store, TokenId const& id) {
        std::optional<TokenRecord> found;
        EXPECT_TRUE(read(store, [&](Snapshot& s) -> Result<void> {
            found = s.token(id).value();
            return {};
        }));
        return found;
    }

    std::filesystem::path folder_;
    tests::CountingRandom random_;
    log::Logger log_{log::Level::kError, log::Format::kLogfmt};
    std::unique_ptr<authority::Store> store_;
};

TEST_F(SqliteStore, KeepsEveryFieldAcrossARestart) {
    auto record = token(add_user("alice"), "caf\xC3\xA9");
    record.succession = {.ends_at = at(150), .successor = TokenId::make(random_)};
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.insert_token(record); }));
    store_.reset();
    store_ = open(OpenMode::kExisting);
    auto const found = find(*store_, record.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->description, record.description);
    EXPECT_EQ(found->life, record.life);
    EXPECT_EQ(found->issued_at, record.issued_at);
    EXPECT_EQ(found->expires_at, record.expires_at);
    EXPECT_EQ(found->digest, record.digest);
    EXPECT_EQ(found->key_id, "k");
    EXPECT_EQ(found->succession, record.succession);
}

TEST_F(SqliteStore, AFailedRequestLeavesNoTraceAndHarmsNoOther) {
    auto const alice = add_user("alice");
    auto const kept = token(alice, "kept");
    auto const undone = token(alice, "undone");
    auto hold = hold_the_writer();
    std::promise<Result<void>> first;
    std::promise<Result<void>> second;
    store_->write(
        [&](Transaction& t) -> Result<void> {
            if (auto inserted = t.insert_token(undone); !inserted) return inserted;
            return std::unexpected{Error::kDescriptionTakenOrBlank};
        },
        [&](Result<void> result) { first.set_value(std::move(result)); });
    store_->write([&](Transaction& t) { return t.insert_token(kept); }, [&](Result<void> result) { second.set_value(std::move(result)); });
    hold.set_value();

    auto const refused = first.get_future().get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::kDescriptionTakenOrBlank);
    EXPECT_TRUE(second.get_future().get());
    EXPECT_FALSE(find(*store_, undone.id));
    EXPECT_TRUE(find(*store_, kept.id));
}

TEST_F(SqliteStore, TellsWhatIsThereThenEachChangeBeforeItIsAcknowledged) {
    auto const alice = add_user("alice");
    auto const record = token(alice);
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.insert_token(record); }));
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    EXPECT_EQ(notes.take(), (Words{"start over", "user alice", "token"}));

    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_description(record.id, "other"); }));
    EXPECT_EQ(notes.take(), Words{"token edited"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_token(record.id); }));
    EXPECT_EQ(notes.take(), Words{"token gone"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_user(alice); }));
    EXPECT_EQ(notes.take(), Words{"user gone"});
    store_.reset();
}

TEST_F(SqliteStore, HearsOfAnotherProcessWhenAskedToRefresh) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto other = open(OpenMode::kExisting);
    auto const record = token(alice);
    ASSERT_TRUE(write(*other, [&](Transaction& t) { return t.insert_token(record); }));
    ASSERT_TRUE(refresh(*store_));
    EXPECT_EQ(notes.take(), Words{"token"});
    store_.reset();
}

TEST_F(SqliteStore, ConcurrentWritesShareACommit) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    notes.calls = 0;
    auto hold = hold_the_writer();
    std::vector<std::promise<Result<void>>> promises(50);
    for (std::size_t i = 0; i < promises.size(); ++i)
        store_->write([this, alice, i](Transaction& t) { return t.insert_token(token(alice, std::to_string(i))); },
                      [&promise = promises[i]](Result<void> result) { promise.set_value(std::move(result)); });
    hold.set_value();
    for (auto& promise : promises) EXPECT_TRUE(promise.get_future().get());
    EXPECT_EQ(notes.take().size(), 50U);
    EXPECT_EQ(notes.calls, 1);
    store_.reset();
}

TEST_F(SqliteStore, NamesAreUniqueIgnoringCaseAndIdsAreNotUsedAgain) {
    auto const alice = add_user("Alice");
    auto const again = write(*store_, [&](Transaction& t) -> Result<void> {
        auto const made = t.insert_user("aLICE", "hash", false, at(5));
        return made ? Result<void>{} : std::unexpected{made.error()};
    });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), Error::kUserExists);
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_user(alice); }));
    EXPECT_NE(add_user("Alice"), alice);
}

TEST_F(SqliteStore, CountsTheTokensOfAUser) {
    auto const alice = add_user("alice");
    auto const one = token(alice, "one");
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.insert_token(one); }));
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.insert_token(token(alice, "two")); }));
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_token(one.id); }));
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_token(one.id); }));
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        EXPECT_EQ(s.user(alice).value()->token_count, 1);
        return {};
    }));
}

TEST_F(SqliteStore, IsForItsOwnerAlone) {
    struct stat facts{};
    ASSERT_EQ(stat(path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    chmod(path().c_str(), 0644);
    EXPECT_NE(complaint().find("chmod 600"), std::string::npos);
}

TEST_F(SqliteStore, RefusesWhatIsNoStoreOfThisVersion) {
    store_.reset();
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &raw), SQLITE_OK);
    sqlite3_exec(raw, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
    EXPECT_NE(complaint().find("newer version"), std::string::npos);
    sqlite3_exec(raw, "PRAGMA user_version = 1; PRAGMA application_id = 5", nullptr, nullptr, nullptr);
    sqlite3_close(raw);
    EXPECT_NE(complaint().find("another program"), std::string::npos);

    for (auto const* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path().string() + suffix);
    std::ofstream{path()} << std::string(5000, 'x');
    chmod(path().c_str(), 0600);
    EXPECT_NE(complaint().find("can't be read"), std::string::npos);
}

TEST_F(SqliteStore, IsNotMadeByACommandThatOnlyUsesIt) {
    store_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    EXPECT_NE(complaint(OpenMode::kExisting).find("there is no store"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace warder::store
