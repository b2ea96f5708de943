// SPDX-License-Identifier: MIT
// File system failures while users.json is written: each step fails, one after another.
#include "store/users_json/faulty_files.hpp"
#include "store/users_json/location.hpp"

#include <optional>
#include <set>
#include <vector>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

class UsersJsonFaults : public testing::Test {
  protected:
    UsersJsonFaults() {
        auto const store = location_.open();
        EXPECT_TRUE(write(*store, [&](Transaction const& t) -> Result<void> {
            alice_ =
                t.users->insert({.id = {}, .name = "alice", .password_hash = hash_of("hash"), .is_admin = false, .ceiling = {}, .created_at = {}})
                    .value();
            return {};
        }));
    }

    Result<void> mint(authority::Store& store, std::string const& description) {
        TokenRecord token;
        token.id = TokenId::make(random_);
        token.owner = alice_;
        token.description = description;
        token.lifetime = Seconds{60};
        token.expires_at = Instant{std::chrono::seconds{60}};
        token.digest = {};
        return write(store, [&](Transaction const& t) { return insert(t, token); });
    }
    static std::set<std::string> descriptions(authority::Store& store) {
        std::set<std::string> found;
        EXPECT_TRUE(read(store, [&](Snapshot const& s) -> Result<void> {
            auto const tokens = s.tokens->list({}).value();
            for (auto const& token : tokens) found.insert(token.description);
            return {};
        }));
        return found;
    }
    /// Returns how many steps one mint takes.
    int count_steps() {
        auto const plan = std::make_shared<FaultPlan>();
        auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
        EXPECT_TRUE(mint(*store, "counted"));
        return plan->steps;
    }

    UsersJsonTestLocation location_;
    CountingRandom random_;
    UserId alice_{};
};

using Names = std::set<std::string>;

TEST_F(UsersJsonFaults, FailingStepRejectsTheWriteAndChangesNothing) {
    auto const steps = count_steps();
    EXPECT_GE(steps, 7) << "lock, write, sync, link, rename, rename, sync of the directory";
    for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(step);
        auto const plan = std::make_shared<FaultPlan>();
        auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
        ChangeRecorder recorder;
        ASSERT_TRUE(store->attach(recorder));
        recorder.take();
        auto const before = descriptions(*store);
        auto const text = location_.text();
        *plan = {.steps = 0, .fails_from = step, .fails_until = step + 1};
        auto const refused = mint(*store, "refused");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), Error::kStoreUnavailable);
        EXPECT_EQ(descriptions(*store), before);
        EXPECT_EQ(recorder.take(), Words{});
        EXPECT_EQ(location_.text(), text);
        EXPECT_FALSE(std::filesystem::exists(location_.path().string() + ".new"));

        auto const name = "step " + std::to_string(step);
        ASSERT_TRUE(mint(*store, name)) << "as soon as it works again";
        EXPECT_EQ(recorder.take(), Words{"token"});
        EXPECT_EQ(UsersJsonTestLocation::text_of_file(location_.backup()), text);
        EXPECT_TRUE(descriptions(*location_.open()).contains(name));
    }
}

TEST_F(UsersJsonFaults, ReportsStoreFullWhenThereIsNoSpace) {
    auto const plan = std::make_shared<FaultPlan>();
    auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
    for (int const number : {ENOSPC, EDQUOT, EFBIG}) {
        *plan = {.steps = 0, .fails_from = 1, .fails_until = 2, .number = number};
        auto const refused = mint(*store, "x");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), Error::kStoreFull);
    }
}

TEST_F(UsersJsonFaults, ProcessExitAtAnyStepLeavesOldOrNewContent) {
    auto const steps = count_steps();
    for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(step);
        auto const before = descriptions(*location_.open());
        auto after = before;
        after.insert("ended at " + std::to_string(step));
        auto const plan = std::make_shared<FaultPlan>();
        {
            auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
            *plan = {.steps = 0, .fails_from = step, .fails_until = 1000};
            EXPECT_FALSE(mint(*store, "ended at " + std::to_string(step)));
        }
        EXPECT_EQ(location_.error_message(), "");
        auto const found = descriptions(*location_.open());
        EXPECT_TRUE(found == before || found == after);
        auto const next = location_.open();
        EXPECT_TRUE(mint(*next, "next " + std::to_string(step)));
    }
}

TEST_F(UsersJsonFaults, ReportsUnknownOutcomeAndRereadsWhenRollbackFails) {
    auto const steps = count_steps();
    auto const plan = std::make_shared<FaultPlan>();
    auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
    ChangeRecorder recorder;
    ASSERT_TRUE(store->attach(recorder));
    recorder.take();
    *plan = {.steps = 0, .fails_from = steps - 1, .fails_until = 1000};  // the sync of the directory, and all that would undo the rename
    auto const answer = mint(*store, "in doubt");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), Error::kStoreOutcomeUnknown);
    EXPECT_EQ(recorder.take(), Words{"token"});
    EXPECT_TRUE(descriptions(*store).contains("in doubt"));
    *plan = {};
    ASSERT_TRUE(mint(*store, "next"));
    EXPECT_TRUE(descriptions(*location_.open()).contains("in doubt"));
}

TEST_F(UsersJsonFaults, CopiesTheBackupWhenHardLinksAreNotSupported) {
    auto const text = location_.text();
    auto const plan = std::make_shared<FaultPlan>();
    auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
    *plan = {.steps = 0, .fails_from = 3, .fails_until = 4, .number = EPERM};
    ASSERT_TRUE(mint(*store, "copied"));
    EXPECT_EQ(UsersJsonTestLocation::text_of_file(location_.backup()), text);
    EXPECT_NE(location_.text(), text);
}

}  // namespace
}  // namespace warder::tests
