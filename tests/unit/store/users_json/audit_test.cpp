// SPDX-License-Identifier: MIT
// The audit log next to users.json: two files that must stay consistent, whatever fails and whenever a process ends.
#include "store/users_json/faulty_files.hpp"
#include "store/users_json/location.hpp"

#include <fstream>
#include <sys/stat.h>

namespace warder::tests {
namespace {

using authority::AuditEvent;
using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

class UsersJsonAudit : public testing::Test {
  protected:
    static AuditEvent event(std::string target) {
        return {.time = Instant{std::chrono::seconds{1'800'000'000}},
                .actor = "alice",
                .address = {},
                .action = "user.created",
                .target = std::move(target)};
    }
    static Result<void> add_user(authority::Store& store, std::string const& name) {
        return write(store, [&](Transaction const& t) -> Result<void> {
            auto const made =
                t.users->insert({.id = {}, .name = name, .password_hash = hash_of("hash"), .is_admin = false, .ceiling = {}, .created_at = {}});
            return made ? t.audit->append(event(name)) : std::unexpected{made.error()};
        });
    }
    /// Returns the names of the users, and the targets of the audit events, oldest first.
    static std::pair<Words, Words> users_and_events(authority::Store& store) {
        std::pair<Words, Words> found;
        EXPECT_TRUE(read(store, [&](Snapshot const& s) -> Result<void> {
            auto const users = s.users->list().value();
            for (auto const& user : users) found.first.push_back(user.name);
            auto const events = s.audit->list({}).value();
            for (auto const& [id, one] : events) found.second.insert(found.second.begin(), one.target);
            return {};
        }));
        return found;
    }
    static void expect_consistent(authority::Store& store) {
        auto const [users, events] = users_and_events(store);
        EXPECT_EQ(users, events);
    }
    int count_steps() {
        auto const plan = std::make_shared<FaultPlan>();
        auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
        *plan = {};
        EXPECT_TRUE(add_user(*store, "counted"));
        return plan->steps;
    }

    UsersJsonTestLocation location_;
};

TEST_F(UsersJsonAudit, IsReadableOnlyByItsOwnerAndRequiredForChanges) {
    auto const store = location_.open();
    ASSERT_TRUE(add_user(*store, "alice"));
    struct stat facts{};
    ASSERT_EQ(stat(location_.audit().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    chmod(location_.audit().c_str(), 0644);
    EXPECT_EQ(add_user(*store, "bob").error(), Error::kStoreUnavailable) << "no change is made without its audit event";
    chmod(location_.audit().c_str(), 0600);
    EXPECT_EQ(users_and_events(*location_.open()).first, Words{"alice"});
}

TEST_F(UsersJsonAudit, FailingStepRollsBackChangeAndEvent) {
    auto const steps = count_steps();
    EXPECT_GE(steps, 8) << "those of users.json, and an append";
    for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(step);
        auto const plan = std::make_shared<FaultPlan>();
        auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
        auto const before = users_and_events(*store);
        *plan = {.steps = 0, .fails_from = step, .fails_until = step + 1};
        ASSERT_FALSE(add_user(*store, "refused"));
        EXPECT_EQ(users_and_events(*store), before);
        EXPECT_EQ(users_and_events(*location_.open()), before);
        ASSERT_TRUE(add_user(*store, "step" + std::to_string(step))) << "as soon as it works again";
        expect_consistent(*store);
        expect_consistent(*location_.open());
    }
}

TEST_F(UsersJsonAudit, ProcessExitAtAnyStepLeavesBothFilesOrNeitherChanged) {
    auto const steps = count_steps();
    for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(step);
        auto const plan = std::make_shared<FaultPlan>();
        {
            auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
            *plan = {.steps = 0, .fails_from = step, .fails_until = 1000};
            EXPECT_FALSE(add_user(*store, "ended" + std::to_string(step)));
        }
        expect_consistent(*location_.open());
        ASSERT_TRUE(add_user(*location_.open(), "next" + std::to_string(step)));
        expect_consistent(*location_.open());
    }
}

TEST_F(UsersJsonAudit, RemovesAnIncompleteLastLine) {
    ASSERT_TRUE(add_user(*location_.open(), "alice"));
    auto const text = UsersJsonTestLocation::text_of_file(location_.audit());
    std::ofstream{location_.audit(), std::ios::binary | std::ios::app} << R"({"id":2,"time":18)";
    auto const store = location_.open();
    expect_consistent(*store);
    ASSERT_TRUE(add_user(*store, "bob"));
    expect_consistent(*store);
    EXPECT_TRUE(UsersJsonTestLocation::text_of_file(location_.audit()).starts_with(text + R"({"id":2,"time":1800000000,)"));
}

TEST_F(UsersJsonAudit, IgnoresAnUnreadableLineAndKeepsIt) {
    ASSERT_TRUE(add_user(*location_.open(), "alice"));
    std::ofstream{location_.audit(), std::ios::binary | std::ios::app} << "nonsense\n";
    auto const store = location_.open();
    ASSERT_TRUE(add_user(*store, "bob"));
    expect_consistent(*store);
    EXPECT_NE(UsersJsonTestLocation::text_of_file(location_.audit()).find("nonsense\n"), std::string::npos);
}

TEST_F(UsersJsonAudit, EventWithoutAChangeDoesNotRewriteUsersJson) {
    auto const store = location_.open();
    ASSERT_TRUE(add_user(*store, "alice"));
    struct stat before{};
    struct stat after{};
    ASSERT_EQ(stat(location_.path().c_str(), &before), 0);
    ASSERT_TRUE(write(*store, [](Transaction const& t) { return t.audit->append(event("sign-in")); }));
    ASSERT_EQ(stat(location_.path().c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_EQ(users_and_events(*location_.open()).second, (Words{"alice", "sign-in"})) << "it reports no change that could be missing";
}

TEST_F(UsersJsonAudit, FailedPurgeKeepsAllEvents) {
    auto const plan = std::make_shared<FaultPlan>();
    auto const store = location_.open(std::make_unique<FaultyFiles>(plan));
    ASSERT_TRUE(add_user(*store, "alice"));
    auto const purge = [&] {
        return write(*store, [&](Transaction const& t) -> Result<void> {
            auto const gone = t.audit->purge(Instant{std::chrono::seconds{1'800'000'001}}, 100);
            return gone ? Result<void>{} : std::unexpected{gone.error()};
        });
    };
    for (int step = 1; step < 4; ++step) {
        *plan = {.steps = 0, .fails_from = step, .fails_until = step + 1};
        EXPECT_FALSE(purge()) << step;
        EXPECT_EQ(users_and_events(*store).second, Words{"alice"}) << step;
    }
    *plan = {};
    EXPECT_TRUE(purge());
    EXPECT_EQ(users_and_events(*store).second, Words{});
    EXPECT_FALSE(std::filesystem::exists(location_.audit().string() + ".new"));
}

}  // namespace
}  // namespace warder::tests
