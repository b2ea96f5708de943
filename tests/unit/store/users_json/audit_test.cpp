// SPDX-License-Identifier: MIT
// The audit log beside users.json: two files that must tell one story, whatever fails and whenever a process ends.
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
        return write(store, [&](Transaction& t) -> Result<void> {
            auto const made =
                t.insert_user({.id = {}, .name = name, .password_hash = hash_of("hash"), .is_admin = false, .ceiling = {}, .created_at = {}});
            return made ? t.add_audit_event(event(name)) : std::unexpected{made.error()};
        });
    }
    /// The users, and the users of which the events tell, oldest first.
    static std::pair<Words, Words> told(authority::Store& store) {
        std::pair<Words, Words> found;
        EXPECT_TRUE(read(store, [&](Snapshot& s) -> Result<void> {
            auto const users = s.users().value();
            for (auto const& user : users) found.first.push_back(user.name);
            auto const events = s.audit_events({}).value();
            for (auto const& [id, one] : events) found.second.insert(found.second.begin(), one.target);
            return {};
        }));
        return found;
    }
    static void expect_one_story(authority::Store& store) {
        auto const [users, events] = told(store);
        EXPECT_EQ(users, events);
    }
    int count_steps() {
        auto const plan = std::make_shared<FaultPlan>();
        auto const store = place_.open(std::make_unique<FaultyFiles>(plan));
        *plan = {};
        EXPECT_TRUE(add_user(*store, "counted"));
        return plan->steps;
    }

    UsersJsonPlace place_;
};

TEST_F(UsersJsonAudit, IsForItsOwnerAlone) {
    auto const store = place_.open();
    ASSERT_TRUE(add_user(*store, "alice"));
    struct stat facts{};
    ASSERT_EQ(stat(place_.audit().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    chmod(place_.audit().c_str(), 0644);
    EXPECT_EQ(add_user(*store, "bob").error(), Error::kStoreUnavailable) << "no change without its event";
    chmod(place_.audit().c_str(), 0600);
    EXPECT_EQ(told(*place_.open()).first, Words{"alice"});
}

TEST_F(UsersJsonAudit, AFailingStepRefusesChangeAndEvent) {
    auto const steps = count_steps();
    EXPECT_GE(steps, 8) << "those of users.json, and an append";
    for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(step);
        auto const plan = std::make_shared<FaultPlan>();
        auto const store = place_.open(std::make_unique<FaultyFiles>(plan));
        auto const before = told(*store);
        *plan = {.steps = 0, .fails_from = step, .fails_until = step + 1};
        ASSERT_FALSE(add_user(*store, "refused"));
        EXPECT_EQ(told(*store), before);
        EXPECT_EQ(told(*place_.open()), before);
        ASSERT_TRUE(add_user(*store, "step" + std::to_string(step))) << "as soon as it works again";
        expect_one_story(*store);
        expect_one_story(*place_.open());
    }
}

TEST_F(UsersJsonAudit, AProcessThatEndsAtAnyStepLeavesBothOrNone) {
    auto const steps = count_steps();
    for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(step);
        auto const plan = std::make_shared<FaultPlan>();
        {
            auto const store = place_.open(std::make_unique<FaultyFiles>(plan));
            *plan = {.steps = 0, .fails_from = step, .fails_until = 1000};
            EXPECT_FALSE(add_user(*store, "ended" + std::to_string(step)));
        }
        expect_one_story(*place_.open());
        ASSERT_TRUE(add_user(*place_.open(), "next" + std::to_string(step)));
        expect_one_story(*place_.open());
    }
}

TEST_F(UsersJsonAudit, HalfALineOfAProcessThatWasKilledGoes) {
    ASSERT_TRUE(add_user(*place_.open(), "alice"));
    auto const text = UsersJsonPlace::text_of_file(place_.audit());
    std::ofstream{place_.audit(), std::ios::binary | std::ios::app} << R"({"id":2,"time":18)";
    auto const store = place_.open();
    expect_one_story(*store);
    ASSERT_TRUE(add_user(*store, "bob"));
    expect_one_story(*store);
    EXPECT_TRUE(UsersJsonPlace::text_of_file(place_.audit()).starts_with(text + R"({"id":2,"time":1800000000,)"));
}

TEST_F(UsersJsonAudit, ALineThatCannotBeReadHidesNoOther) {
    ASSERT_TRUE(add_user(*place_.open(), "alice"));
    std::ofstream{place_.audit(), std::ios::binary | std::ios::app} << "nonsense\n";
    auto const store = place_.open();
    ASSERT_TRUE(add_user(*store, "bob"));
    expect_one_story(*store);
    EXPECT_NE(UsersJsonPlace::text_of_file(place_.audit()).find("nonsense\n"), std::string::npos);
}

TEST_F(UsersJsonAudit, EventsWithoutAChangeLeaveUsersJsonAlone) {
    auto const store = place_.open();
    ASSERT_TRUE(add_user(*store, "alice"));
    struct stat before{};
    struct stat after{};
    ASSERT_EQ(stat(place_.path().c_str(), &before), 0);
    ASSERT_TRUE(write(*store, [](Transaction& t) { return t.add_audit_event(event("sign-in")); }));
    ASSERT_EQ(stat(place_.path().c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_EQ(told(*place_.open()).second, (Words{"alice", "sign-in"})) << "it tells of no change that could be missing";
}

TEST_F(UsersJsonAudit, APurgeThatFailsLosesNothing) {
    auto const plan = std::make_shared<FaultPlan>();
    auto const store = place_.open(std::make_unique<FaultyFiles>(plan));
    ASSERT_TRUE(add_user(*store, "alice"));
    auto const purge = [&] {
        return write(*store, [&](Transaction& t) -> Result<void> {
            auto const gone = t.purge_audit(Instant{std::chrono::seconds{1'800'000'001}}, 100);
            return gone ? Result<void>{} : std::unexpected{gone.error()};
        });
    };
    for (int step = 1; step < 4; ++step) {
        *plan = {.steps = 0, .fails_from = step, .fails_until = step + 1};
        EXPECT_FALSE(purge()) << step;
        EXPECT_EQ(told(*store).second, Words{"alice"}) << step;
    }
    *plan = {};
    EXPECT_TRUE(purge());
    EXPECT_EQ(told(*store).second, Words{});
    EXPECT_FALSE(std::filesystem::exists(place_.audit().string() + ".new"));
}

}  // namespace
}  // namespace warder::tests
