// SPDX-License-Identifier: MIT
#include "authority/audit_bounds.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

AuditEvent event(std::string actor, std::string action, std::string target, std::string address = "192.0.2.1") {
    return {.time = {}, .actor = std::move(actor), .address = std::move(address), .action = std::move(action), .target = std::move(target)};
}

class AuditBoundsTest : public testing::Test {
  protected:
    /// Handles the event of a change that was made.
    void handle(AuditEvent event) {
        if (bounds_.sums_up(event)) bounds_.add(std::move(event));
        else ++written_;
    }
    static std::vector<std::string> texts(std::vector<AuditBounds::Sum> const& sums) {
        std::vector<std::string> all;
        for (auto const& sum : sums) {
            auto const event = AuditBounds::to_event(sum);
            all.push_back(event.actor.value_or("-") + " " + event.address.value_or("-") + " " + event.action + " " + event.target);
        }
        std::ranges::sort(all);
        return all;
    }

    tests::ManualClock clock_;
    AuditBounds bounds_{clock_};
    int written_ = 0;
};

TEST_F(AuditBoundsTest, WritesSixtyEventsAMinuteIndividually) {
    for (int i = 0; i < 60; ++i) handle(event("alice", "token.updated", "t"));
    EXPECT_EQ(written_, 60);
    EXPECT_TRUE(bounds_.take_all().empty());
}

TEST_F(AuditBoundsTest, SumsUpFurtherEventsOfTheSameActionAndTarget) {
    for (int i = 0; i < 100; ++i) handle(event("alice", "token.updated", "t"));
    EXPECT_EQ(written_, 60);
    EXPECT_TRUE(bounds_.take_due().empty()) << "the minute is not over";
    clock_.advance(minutes{1});
    EXPECT_EQ(texts(bounds_.take_due()), std::vector<std::string>{"alice 192.0.2.1 token.updated t (40 times)"});
    EXPECT_TRUE(bounds_.take_all().empty()) << "logged once";
}

TEST_F(AuditBoundsTest, WritesTheFirstEventOfEachActionAndTarget) {
    for (int i = 0; i < 500; ++i) handle(event("alice", "token.created", std::to_string(i)));
    EXPECT_EQ(written_, 500);
    handle(event("alice", "token.revoked", "7"));
    EXPECT_EQ(written_, 501);
    handle(event("alice", "token.revoked", "7"));
    EXPECT_EQ(written_, 501);
    EXPECT_EQ(texts(bounds_.take_all()), std::vector<std::string>{"alice 192.0.2.1 token.revoked 7"});
}

TEST_F(AuditBoundsTest, CountsEventsPerActor) {
    for (int i = 0; i < 60; ++i) handle(event("alice", "token.updated", "t"));
    for (int i = 0; i < 60; ++i) handle(event("bob", "token.updated", "t"));
    EXPECT_EQ(written_, 120);
}

TEST_F(AuditBoundsTest, OmitsTheAddressFromASumOfSeveralAddresses) {
    for (int i = 0; i < 61; ++i) handle(event("alice", "token.updated", "t"));
    handle(event("alice", "token.updated", "t", "192.0.2.2"));
    EXPECT_EQ(texts(bounds_.take_all()), std::vector<std::string>{"alice - token.updated t (2 times)"});
}

TEST_F(AuditBoundsTest, SumsUpEachMinuteSeparately) {
    for (int minute = 0; minute < 3; ++minute) {
        for (int i = 0; i < 70; ++i) handle(event("alice", "token.updated", "t"));
        clock_.advance(minutes{1});
    }
    EXPECT_EQ(written_, 180);
    EXPECT_EQ(texts(bounds_.take_due()), std::vector<std::string>(3, "alice 192.0.2.1 token.updated t (10 times)"));
}

TEST_F(AuditBoundsTest, AddsSumsThatCouldNotBeWrittenToLaterOnes) {
    for (int i = 0; i < 70; ++i) handle(event("alice", "token.updated", "t"));
    auto const sums = bounds_.take_all();
    handle(event("alice", "token.updated", "t"));
    bounds_.put_back(sums);
    EXPECT_EQ(texts(bounds_.take_all()), std::vector<std::string>{"alice 192.0.2.1 token.updated t (11 times)"});
}

TEST_F(AuditBoundsTest, LimitsTheChangesPerUserAndRefillsOverTime) {
    for (std::int64_t i = 0; i < AuditBounds::kChanges; ++i) ASSERT_TRUE(bounds_.admit_change("alice"));
    EXPECT_FALSE(bounds_.admit_change("alice"));
    EXPECT_TRUE(bounds_.admit_change("bob"));
    clock_.advance(seconds{2});
    EXPECT_TRUE(bounds_.admit_change("alice"));
    EXPECT_TRUE(bounds_.admit_change("alice"));
    EXPECT_FALSE(bounds_.admit_change("alice"));
    EXPECT_TRUE(bounds_.take_due().empty());
    EXPECT_FALSE(bounds_.admit_change("alice")) << "taking the due sums does not refill the limit";
}

}  // namespace
}  // namespace warder::authority
