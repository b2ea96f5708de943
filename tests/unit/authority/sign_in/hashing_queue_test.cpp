// SPDX-License-Identifier: MIT
#include "authority/sign_in/hashing_queue.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using JobAction = HashingQueue::JobAction;
using Names = std::vector<std::string>;

class HashingQueueTest : public testing::Test {
  protected:
    void push(std::string const& name, std::uint8_t address, bool has_failed_lately = false) {
        auto refused = queue_.push([this, name](JobAction action) { (action == JobAction::kRun ? done_ : rejected_).push_back(name); },
                                   {.address = {address}, .has_failed_lately = has_failed_lately}, capacity_, now_);
        if (refused) (*refused)(JobAction::kReject);
    }
    Names run_all() {
        done_.clear();
        while (!queue_.empty()) queue_.pop()(JobAction::kRun);
        return done_;
    }

    HashingQueue queue_;
    std::size_t capacity_ = 64;
    HashingQueue::TimePoint now_{};
    Names done_;
    Names rejected_;
};

TEST_F(HashingQueueTest, RunsJobsOfOneAddressInArrivalOrder) {
    for (auto const* name : {"a", "b", "c", "d", "e"}) push(name, 1);
    EXPECT_EQ(run_all(), (Names{"a", "b", "c", "d", "e"}));
}

TEST_F(HashingQueueTest, RunsTheNewestAddressFirstAndTheOldestEveryFourthTurn) {
    for (std::uint8_t address = 1; address <= 9; ++address) push(std::to_string(address), address);
    EXPECT_EQ(run_all(), (Names{"9", "8", "7", "1", "6", "5", "4", "2", "3"}));
}

TEST_F(HashingQueueTest, AlternatesBetweenAddresses) {
    for (int i = 0; i < 6; ++i) push("crowd " + std::to_string(i), 1);
    push("alone", 2);
    EXPECT_EQ(run_all().front(), "alone");
    for (int i = 0; i < 6; ++i) push("crowd " + std::to_string(i), 1);
    queue_.pop()(JobAction::kRun);
    push("alone", 2);
    EXPECT_EQ(run_all().front(), "alone");
}

TEST_F(HashingQueueTest, RunsAddressesWithoutARecentFailureFirst) {
    push("knows the password", 1);
    push("guesses", 2, true);
    push("guesses too", 3, true);
    EXPECT_EQ(run_all(), (Names{"knows the password", "guesses too", "guesses"}));
}

TEST_F(HashingQueueTest, FullQueueRejectsTheAddressThatFilledIt) {
    capacity_ = 2;
    for (auto const* name : {"a", "b", "c"}) push(name, 1);
    EXPECT_EQ(rejected_, Names{"c"});
}

TEST_F(HashingQueueTest, FullQueueDropsTheNewestJobOfTheAddressWithTheMostJobs) {
    capacity_ = 4;
    for (auto const* name : {"a", "b", "c"}) push(name, 1);
    push("x", 2);
    push("newcomer", 3);
    EXPECT_EQ(rejected_, Names{"c"});
    push("y", 2);
    EXPECT_EQ(rejected_, (Names{"c", "y"})) << "a replacement would gain nothing";
    EXPECT_EQ(queue_.size(), 4U);
}

TEST_F(HashingQueueTest, NewAddressDisplacesTheOldestFailingAddress) {
    capacity_ = 3;
    push("clean", 1);
    push("guesser 1", 2, true);
    push("guesser 2", 3, true);
    push("newcomer", 4);
    EXPECT_EQ(rejected_, Names{"guesser 1"});
    push("guesser 3", 5, true);
    EXPECT_EQ(rejected_, (Names{"guesser 1", "guesser 2"}));
}

TEST_F(HashingQueueTest, FailingAddressDoesNotDisplaceOnesWithoutFailure) {
    capacity_ = 2;
    push("clean 1", 1);
    push("clean 2", 2);
    push("guesser", 3, true);
    EXPECT_EQ(rejected_, Names{"guesser"});
}

TEST_F(HashingQueueTest, FullQueueDropsTheOldestAddressWhenNoneFailed) {
    capacity_ = 2;
    for (std::uint8_t address = 1; address <= 4; ++address) push(std::to_string(address), address);
    EXPECT_EQ(rejected_, (Names{"1", "2"}));
    EXPECT_EQ(run_all(), (Names{"4", "3"}));
}

TEST_F(HashingQueueTest, ManyFailingAddressesDelayANewAddressByAtMostTwoTurns) {
    for (std::uint8_t address = 1; address <= 200; ++address) push("guess", address, true);
    for (int i = 0; i < 7; ++i) {
        push("newcomer", 201);
        done_.clear();
        queue_.pop()(JobAction::kRun);
        if (done_ != Names{"newcomer"}) queue_.pop()(JobAction::kRun);
        EXPECT_EQ(done_.back(), "newcomer");
        push("guess", 202, true);
    }
}

TEST_F(HashingQueueTest, RunsANewAddressBeforeRejectedOnesThatRetry) {
    capacity_ = 2;
    for (std::uint8_t address = 1; address <= 4; ++address) push("first " + std::to_string(address), address);
    EXPECT_EQ(rejected_, (Names{"first 1", "first 2"}));
    push("newcomer", 9);
    push("retry 1", 1);
    push("retry 2", 2);
    EXPECT_EQ(rejected_, (Names{"first 1", "first 2", "first 3", "retry 1", "retry 2"})) << "neither displaces an address that was never refused";
    EXPECT_EQ(run_all(), (Names{"newcomer", "first 4"}));
}

TEST_F(HashingQueueTest, RanksAnAddressByItsNumberOfRejections) {
    capacity_ = 1;
    push("in place", 1);
    for (int i = 0; i < 3; ++i) push("hammers", 2, true);
    push("waits", 3, true);
    capacity_ = 3;
    push("hammers", 2);
    push("waits", 3);
    EXPECT_EQ(run_all(), (Names{"in place", "waits", "hammers"}));
}

TEST_F(HashingQueueTest, ForgetsARejectionAfterAMinute) {
    capacity_ = 1;
    push("in place", 1);
    push("refused", 2, true);
    now_ += HashingQueue::kRememberedFor - std::chrono::seconds{1};
    push("refused", 2, true);
    now_ += HashingQueue::kRememberedFor - std::chrono::seconds{1};
    push("in place", 1);
    EXPECT_EQ(queue_.remembered(), 2U) << "each refused attempt restarts the minute";
    now_ += std::chrono::seconds{1};
    push("refused", 3, true);
    EXPECT_EQ(queue_.remembered(), 2U) << "address 2 is forgotten";
}

TEST_F(HashingQueueTest, LimitsTheNumberOfRememberedAddresses) {
    capacity_ = 1;
    push("in place", 1);
    for (std::size_t i = 0; i < HashingQueue::kRemembered + 100; ++i) {
        IpAddress address{2};
        address[1] = static_cast<std::uint8_t>(i);
        address[2] = static_cast<std::uint8_t>(i >> 8U);
        static_cast<void>(queue_.push([](JobAction) {}, {.address = address, .has_failed_lately = true}, capacity_, now_));
    }
    EXPECT_LE(queue_.remembered(), HashingQueue::kRemembered + 1);
}

TEST_F(HashingQueueTest, ManyRetryingAddressesDelayANewAddressByAtMostTwoTurns) {
    capacity_ = 8;
    for (std::uint8_t address = 1; address <= 200; ++address) push("crowd", address);
    for (std::uint8_t address = 1; address <= 200; ++address) push("crowd", address);
    for (std::uint8_t newcomer = 201; newcomer <= 220; ++newcomer) {
        push("newcomer", newcomer);
        for (std::uint8_t address = 1; address <= 200; ++address) push("crowd", address);
        done_.clear();
        queue_.pop()(JobAction::kRun);
        if (done_ != Names{"newcomer"}) queue_.pop()(JobAction::kRun);
        EXPECT_EQ(done_.back(), "newcomer");
    }
}

TEST_F(HashingQueueTest, TakeAllReturnsEveryJob) {
    for (std::uint8_t address = 1; address <= 3; ++address) {
        push("first", address);
        push("second", address);
    }
    EXPECT_EQ(queue_.take_all().size(), 6U);
    EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace warder::authority
