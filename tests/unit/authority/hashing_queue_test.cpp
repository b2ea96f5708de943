// SPDX-License-Identifier: MIT
#include "authority/hashing_queue.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using Fate = HashingQueue::Fate;
using Names = std::vector<std::string>;

class HashingQueueTest : public testing::Test {
  protected:
    void push(std::string const& name, std::uint8_t address, bool has_failed_lately = false) {
        auto refused = queue_.push([this, name](Fate fate) { (fate == Fate::kRun ? done_ : refused_).push_back(name); },
                                   {.address = {address}, .has_failed_lately = has_failed_lately}, room_);
        if (refused) (*refused)(Fate::kRefuse);
    }
    Names run_all() {
        done_.clear();
        while (!queue_.empty()) queue_.pop()(Fate::kRun);
        return done_;
    }

    HashingQueue queue_;
    std::size_t room_ = 64;
    Names done_;
    Names refused_;
};

TEST_F(HashingQueueTest, JobsOfOneAddressRunInTheOrderTheyCame) {
    for (auto const* name : {"a", "b", "c", "d", "e"}) push(name, 1);
    EXPECT_EQ(run_all(), (Names{"a", "b", "c", "d", "e"}));
}

TEST_F(HashingQueueTest, NewestAddressGoesFirstAndEachFourthTurnIsTheOldestOnes) {
    for (std::uint8_t address = 1; address <= 9; ++address) push(std::to_string(address), address);
    EXPECT_EQ(run_all(), (Names{"9", "8", "7", "1", "6", "5", "4", "2", "3"}));
}

TEST_F(HashingQueueTest, AddressesTakeTurns) {
    for (int i = 0; i < 6; ++i) push("crowd " + std::to_string(i), 1);
    push("alone", 2);
    EXPECT_EQ(run_all().front(), "alone");
    for (int i = 0; i < 6; ++i) push("crowd " + std::to_string(i), 1);
    queue_.pop()(Fate::kRun);
    push("alone", 2);
    EXPECT_EQ(run_all().front(), "alone");
}

TEST_F(HashingQueueTest, AddressesWithoutARecentFailureGoFirst) {
    push("knows the password", 1);
    push("guesses", 2, true);
    push("guesses too", 3, true);
    EXPECT_EQ(run_all(), (Names{"knows the password", "guesses too", "guesses"}));
}

TEST_F(HashingQueueTest, FullQueueRefusesTheAddressThatFilledIt) {
    room_ = 2;
    for (auto const* name : {"a", "b", "c"}) push(name, 1);
    EXPECT_EQ(refused_, Names{"c"});
}

TEST_F(HashingQueueTest, FullQueueTakesTheNewestJobOfTheAddressWithTheMost) {
    room_ = 4;
    for (auto const* name : {"a", "b", "c"}) push(name, 1);
    push("x", 2);
    push("newcomer", 3);
    EXPECT_EQ(refused_, Names{"c"});
    push("y", 2);
    EXPECT_EQ(refused_, (Names{"c", "y"})) << "that would only change places";
    EXPECT_EQ(queue_.size(), 4U);
}

TEST_F(HashingQueueTest, NewcomerWithoutAFailureDisplacesTheOldestWithOne) {
    room_ = 3;
    push("clean", 1);
    push("guesser 1", 2, true);
    push("guesser 2", 3, true);
    push("newcomer", 4);
    EXPECT_EQ(refused_, Names{"guesser 1"});
    push("guesser 3", 5, true);
    EXPECT_EQ(refused_, (Names{"guesser 1", "guesser 2"}));
}

TEST_F(HashingQueueTest, NewcomerWithAFailureDisplacesNobodyWithoutOne) {
    room_ = 2;
    push("clean 1", 1);
    push("clean 2", 2);
    push("guesser", 3, true);
    EXPECT_EQ(refused_, Names{"guesser"});
}

TEST_F(HashingQueueTest, NewestAddressDisplacesTheOldestWhereNobodyFailed) {
    room_ = 2;
    for (std::uint8_t address = 1; address <= 4; ++address) push(std::to_string(address), address);
    EXPECT_EQ(refused_, (Names{"1", "2"}));
    EXPECT_EQ(run_all(), (Names{"4", "3"}));
}

TEST_F(HashingQueueTest, CrowdOfGuessersDelaysANewcomerByNoMoreThanTwoTurns) {
    for (std::uint8_t address = 1; address <= 200; ++address) push("guess", address, true);
    for (int i = 0; i < 7; ++i) {
        push("newcomer", 201);
        done_.clear();
        queue_.pop()(Fate::kRun);
        if (done_ != Names{"newcomer"}) queue_.pop()(Fate::kRun);
        EXPECT_EQ(done_.back(), "newcomer");
        push("guess", 202, true);
    }
}

TEST_F(HashingQueueTest, GivesEveryJobBack) {
    for (std::uint8_t address = 1; address <= 3; ++address) {
        push("first", address);
        push("second", address);
    }
    EXPECT_EQ(queue_.take_all().size(), 6U);
    EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace warder::authority
