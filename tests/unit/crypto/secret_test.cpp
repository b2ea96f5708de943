// SPDX-License-Identifier: MIT
#include "crypto/secret.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace warder::crypto {
namespace {

bool holds(void const* memory, std::size_t size, std::string_view text) {
    return std::string_view{static_cast<char const*>(memory), size}.contains(text);
}

TEST(Secret, ReturnsTheTextPassedToTheConstructor) {
    EXPECT_TRUE(Secret{}.empty());
    EXPECT_EQ(Secret{"correct horse"}.view(), "correct horse");
    EXPECT_EQ(Secret{"correct horse"}.copy().view(), "correct horse");
    EXPECT_EQ(Secret{"1234"}.bytes().size(), 4U);
}

TEST(Secret, LeavesNoBytesInAMovedFromObject) {
    Secret short_one{"hunter2"};  // stored inside the object itself
    void const* const first_address = &short_one;
    ASSERT_TRUE(holds(first_address, sizeof(Secret), "hunter2"));
    Secret moved{std::move(short_one)};
    void const* const second_address = &moved;
    EXPECT_EQ(moved.view(), "hunter2");
    EXPECT_FALSE(holds(first_address, sizeof(Secret), "unter2"));

    Secret target{"something else that is long enough for the heap"};
    target = std::move(moved);
    EXPECT_EQ(target.view(), "hunter2");
    EXPECT_FALSE(holds(second_address, sizeof(Secret), "unter2"));
}

TEST(WipeAtEnd, WipesTheTextOnEarlyReturn) {
    std::string text{"a key that lies on the heap, being long enough"};
    auto const size = text.size();
    [&text] {
        WipeAtEnd const wiped{text};
        if (!text.empty()) return;
    }();
    EXPECT_TRUE(text.empty());
    EXPECT_FALSE(holds(text.data(), size, "key")) << "the old content is overwritten, not only omitted";
}

TEST(Secret, KeepsALongTextThroughMoves) {
    std::string const text(200, 's');
    Secret first{text};
    Secret second{"x"};
    second = std::move(first);
    EXPECT_EQ(second.view(), text);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the test checks that it is empty
}

TEST(Secret, LeavesNoBytesInMemoryAfterDestruction) {
    alignas(Secret) std::array<std::byte, sizeof(Secret)> memory{};
    auto* const secret = new (memory.data()) Secret{"hunter2"};
    ASSERT_TRUE(holds(memory.data(), memory.size(), "hunter2"));
    secret->~Secret();
    EXPECT_FALSE(holds(memory.data(), memory.size(), "unter2"));
}

TEST(Wipe, OverwritesTheWholeCapacityOfAString) {
    std::string text(100, 'p');
    void const* const memory = text.data();
    text.resize(10);
    wipe(text);
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(text.data(), memory);
    text.resize(100, '\0');
    EXPECT_FALSE(text.contains('p'));
}

TEST(Wipe, OverwritesAByteArray) {
    std::array<std::byte, 8> bytes{};
    bytes.fill(std::byte{7});
    wipe(bytes);
    EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(EqualInConstantTime, ReturnsTheSameAsOperatorEqual) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "xbc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time("", "a"));
}

}  // namespace
}  // namespace warder::crypto
