// SPDX-License-Identifier: MIT
#include "index/grant_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::index {
namespace {

Grants list(std::string text) { return GrantList::parse(std::vector<std::string>{std::move(text)}).value(); }

TEST(GrantTable, StoresEqualListsOnce) {
    GrantTable table;
    auto const one = table.keep(list("/a"));
    EXPECT_EQ(table.keep(list("/a")), one);
    EXPECT_NE(table.keep(list("/b")), one);
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.read(one)->grants().front().text(), "/a");
}

TEST(GrantTable, RemovesAListWhenItsLastUserDropsIt) {
    GrantTable table;
    auto const number = table.keep(list("/a"));
    static_cast<void>(table.keep(list("/a")));
    table.drop(number);
    auto const held = table.read(number);
    ASSERT_NE(held, nullptr);
    table.drop(number);
    EXPECT_EQ(table.read(number), nullptr);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(held->grants().front().text(), "/a") << "its holder keeps it";
    EXPECT_EQ(table.keep(list("/b")), number) << "its number is used again";
}

TEST(GrantTable, FreesAListThatIsNoLongerReferenced) {
    GrantTable table;
    auto grants = list("/a");
    std::weak_ptr<GrantList const> const watched = grants;
    auto const number = table.keep(grants);
    grants.reset();
    table.drop(number);
    for (int i = 0; i < 200; ++i) table.drop(table.keep(list("/" + std::to_string(i))));
    EXPECT_TRUE(watched.expired());
}

TEST(GrantTable, MapsNoGrantsToTheReservedNumber) {
    GrantTable table;
    EXPECT_EQ(table.keep(nullptr), GrantTable::kNone);
    EXPECT_EQ(table.read(GrantTable::kNone), nullptr);
    table.drop(GrantTable::kNone);
}

}  // namespace
}  // namespace warder::index
