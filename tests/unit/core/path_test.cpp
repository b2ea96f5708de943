// SPDX-License-Identifier: MIT
#include "core/path.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace warder {
namespace {

std::string judged(std::string_view target) {
    std::array<char, 4096> room{};
    auto const path = judge_path(target, room);
    return path ? std::string{path->text()} : "refused: " + std::string{describe(path.error())};
}

PathFault fault_of(std::string_view target) {
    std::array<char, 4096> room{};
    auto const path = judge_path(target, room);
    EXPECT_FALSE(path.has_value()) << target;
    return path ? PathFault::kTooLong : path.error();
}

TEST(JudgePath, LeavesAPlainPathAsItIsAndCutsTheQuery) {
    for (auto const* path : {"/", "/a", "/a/", "/a/b.c/..d/...", "/a;b=c", "/$&'()*+,;=:@!~", "/a|^`{}<>[]", "/.a", "/..a/a.."})
        EXPECT_EQ(judged(path), path);
    EXPECT_EQ(judged("/a?b/../c#d"), "/a");
    EXPECT_EQ(judged("/?"), "/");
}

TEST(JudgePath, DecodesUnreservedCharactersOnceAndWritesOtherEscapesInUpperCase) {
    EXPECT_EQ(judged("/%61%7e%2D%5F%39%5a"), "/a~-_9Z");
    EXPECT_EQ(judged("/%3a%c3%a9%2a%20%22"), "/%3A%C3%A9%2A%20%22");
    EXPECT_EQ(judged("/%25"), "/%25");
    EXPECT_EQ(judged("/%25g1"), "/%25g1");
    EXPECT_EQ(judged("/%254"), "/%254");
}

TEST(JudgePath, RefusesWhatAnyServerCouldReadInAnotherWay) {
    for (auto const* path : {"", "a", "*", "http://x/", "%2Fa", "?"}) EXPECT_EQ(fault_of(path), PathFault::kNoSlash) << path;
    for (auto const* path : {"//", "//a", "/a//", "/a//b", "///"}) EXPECT_EQ(fault_of(path), PathFault::kEmptySegment) << path;
    for (auto const* path : {"/.", "/..", "/a/.", "/a/../b", "/./", "/%2e", "/%2E%2e/", "/.%2e", "/..;", "/.;a=b/c", "/..%3bx", "/%2e%3B", "/a/..?x"})
        EXPECT_EQ(fault_of(path), PathFault::kDotSegment) << path;
    for (auto const* path : {"/%", "/%2", "/a%", "/%2g", "/%g2", "/%/a", "/%%20", "/%2?a"}) EXPECT_EQ(fault_of(path), PathFault::kBadEscape) << path;
    for (auto const* path : {"/%2f", "/a%2Fb", "/%5c", "/%00", "/%1f", "/%0a", "/%7f", "/%252e", "/%25%32e", "/%25%32%65", "/%252%65", "/%25aF"})
        EXPECT_EQ(fault_of(path), PathFault::kForbiddenEscape) << path;
    for (auto const* path : {"/a b", "/a\\b", "/a#b", "/\x01", "/a\x7F", "/\xC3\xA9", "/a\n", "/\t"})
        EXPECT_EQ(fault_of(path), PathFault::kForbiddenByte) << path;
    EXPECT_EQ(fault_of(std::string_view{"/a\0b", 4}), PathFault::kForbiddenByte);
    EXPECT_EQ(fault_of("/" + std::string(4096, 'a')), PathFault::kTooLong);
}

TEST(JudgePath, SaysWhereTheFaultIs) {
    std::array<char, 64> room{};
    EXPECT_EQ(core::judge_path_at("/ab//c", room).error().offset, 4U);
    EXPECT_EQ(core::judge_path_at("/a/%2e%2e/b", room).error().offset, 3U);
    EXPECT_EQ(core::judge_path_at("/ab/%4", room).error().offset, 4U);
    EXPECT_EQ(core::judge_path_at("/%61%2f", room).error().offset, 4U);
    EXPECT_EQ(core::judge_path_at("/%61%25%34%31", room).error().offset, 4U);
    EXPECT_EQ(core::judge_path_at("/%61 ", room).error().offset, 4U);
}

}  // namespace
}  // namespace warder
