// SPDX-License-Identifier: MIT
#include "server/room_searches.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace warder::server {
namespace {

TEST(RoomSearchesTest, AnAttemptWithoutOtherSearchesIsNotOverlapped) {
    RoomSearches all;
    { RoomSearches::Search const earlier{all}; }
    RoomSearches::Search search{all};
    search.begin_attempt();
    EXPECT_FALSE(search.is_overlapped());
}

TEST(RoomSearchesTest, AnAttemptIsOverlappedByASearchThatEndedMeanwhile) {
    RoomSearches all;
    std::optional<RoomSearches::Search> earlier{std::in_place, all};
    RoomSearches::Search search{all};
    search.begin_attempt();
    earlier.reset();
    EXPECT_TRUE(search.is_overlapped());
    search.begin_attempt();
    EXPECT_FALSE(search.is_overlapped());
}

TEST(RoomSearchesTest, AnAttemptIsOverlappedByASearchThatBeganAndEndedMeanwhile) {
    RoomSearches all;
    RoomSearches::Search search{all};
    search.begin_attempt();
    { RoomSearches::Search const later{all}; }
    EXPECT_TRUE(search.is_overlapped());
}

}  // namespace
}  // namespace warder::server
