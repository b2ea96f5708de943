// SPDX-License-Identifier: MIT
#include "core/grants/path.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace warder {
namespace {

std::string canonicalized(std::string_view target, EncodedSlash encoded_slash = EncodedSlash::kRejected) {
    std::array<char, 4096> buffer{};
    auto const path = canonicalize_path(target, buffer, encoded_slash);
    return path ? std::string{path->text()} : "rejected: " + std::string{describe(path.error())};
}

PathError error_of(std::string_view target, EncodedSlash encoded_slash = EncodedSlash::kRejected) {
    std::array<char, 4096> buffer{};
    auto const path = canonicalize_path(target, buffer, encoded_slash);
    EXPECT_FALSE(path.has_value()) << target;
    return path ? PathError::kTooLong : path.error();
}

TEST(CanonicalizePath, KeepsPlainPathsAndDropsTheQuery) {
    for (auto const* path : {"/", "/a", "/a/", "/a/b.c/..d/...", "/a;b=c", "/$&'()*+,;=:@!~", "/a|^`{}<>[]", "/.a", "/..a/a.."})
        EXPECT_EQ(canonicalized(path), path);
    EXPECT_EQ(canonicalized("/a?b/../c#d"), "/a");
    EXPECT_EQ(canonicalized("/?"), "/");
}

TEST(CanonicalizePath, DecodesUnreservedCharactersOnceAndUppercasesOtherEscapes) {
    EXPECT_EQ(canonicalized("/%61%7e%2D%5F%39%5a"), "/a~-_9Z");
    EXPECT_EQ(canonicalized("/%3a%c3%a9%2a%20%22"), "/%3A%C3%A9%2A%20%22");
    EXPECT_EQ(canonicalized("/%25"), "/%25");
    EXPECT_EQ(canonicalized("/%25g1"), "/%25g1");
    EXPECT_EQ(canonicalized("/%254"), "/%254");
}

TEST(CanonicalizePath, RejectsAmbiguousPaths) {
    for (auto const* path : {"", "a", "*", "http://x/", "%2Fa", "?"}) EXPECT_EQ(error_of(path), PathError::kNoSlash) << path;
    for (auto const* path : {"//", "//a", "/a//", "/a//b", "///"}) EXPECT_EQ(error_of(path), PathError::kEmptySegment) << path;
    for (auto const* path : {"/.", "/..", "/a/.", "/a/../b", "/./", "/%2e", "/%2E%2e/", "/.%2e", "/..;", "/.;a=b/c", "/..%3bx", "/%2e%3B", "/a/..?x"})
        EXPECT_EQ(error_of(path), PathError::kDotSegment) << path;
    for (auto const* path : {"/%", "/%2", "/a%", "/%2g", "/%g2", "/%/a", "/%%20", "/%2?a"}) EXPECT_EQ(error_of(path), PathError::kBadEscape) << path;
    for (auto const* path : {"/%2f", "/a%2Fb", "/%5c", "/%00", "/%1f", "/%0a", "/%7f", "/%252e", "/%25%32e", "/%25%32%65", "/%252%65", "/%25aF"})
        EXPECT_EQ(error_of(path), PathError::kForbiddenEscape) << path;
    for (auto const* path : {"/a b", "/a\\b", "/a#b", "/\x01", "/a\x7F", "/\xC3\xA9", "/a\n", "/\t"})
        EXPECT_EQ(error_of(path), PathError::kForbiddenByte) << path;
    EXPECT_EQ(error_of(std::string_view{"/a\0b", 4}), PathError::kForbiddenByte);
    EXPECT_EQ(error_of("/" + std::string(4096, 'a')), PathError::kTooLong);
}

TEST(CanonicalizePath, KeepsEncodedSlashWhenAllowed) {
    constexpr auto kAllowed = EncodedSlash::kAllowed;
    EXPECT_EQ(canonicalized("/group%2Fproject", kAllowed), "/group%2Fproject");
    EXPECT_EQ(canonicalized("/%61%2fb%2Fc/d?e%2F", kAllowed), "/a%2Fb%2Fc/d");
    EXPECT_EQ(canonicalized("/a%2F.b/c%2F..d%2F...", kAllowed), "/a%2F.b/c%2F..d%2F...");
    EXPECT_EQ(canonicalized("/a%2F", kAllowed), "/a%2F") << "as one slash at the end";
    EXPECT_EQ(canonicalized("/%25%2F41", kAllowed), "/%25%2F41");
}

TEST(CanonicalizePath, TreatsAllowedEncodedSlashAsASegmentSeparator) {
    constexpr auto kAllowed = EncodedSlash::kAllowed;
    for (auto const* path : {"/%2F", "/%2Fb", "/%2f/b", "/a/%2F", "/a/%2fb", "/a%2F/", "/a%2F/b", "/a%2F%2Fb", "/a%2F%2F", "/a%2F%2f/b", "/a/%2F/"})
        EXPECT_EQ(error_of(path, kAllowed), PathError::kEmptySegment) << path;
    for (auto const* path : {"/..%2Fx", "/.%2fx", "/a%2F..", "/a%2F.", "/a%2F../b", "/a%2F.;x", "/a%2F..%3Bx", "/a/..;b%2Fc", "/a%2f%2E%2e%2fb",
                             "/%2e%2F", "/a%2F./", "/a%2F..?x", "/a/../%2Fb"})
        EXPECT_EQ(error_of(path, kAllowed), PathError::kDotSegment) << path;
    for (auto const* path : {"/a%252Fb", "/a%252fb", "/a%25%32%46", "/a%25%32F", "/a%5Cb", "/a%2F%5c", "/a%2F%00"})
        EXPECT_EQ(error_of(path, kAllowed), PathError::kForbiddenEscape) << path;
    for (auto const* path : {"/a%2", "/a%2F%", "/a%%2F", "/a%2%2F"}) EXPECT_EQ(error_of(path, kAllowed), PathError::kBadEscape) << path;
    EXPECT_EQ(error_of("%2Fa", kAllowed), PathError::kNoSlash);
}

TEST(CanonicalizePath, ReportsWhetherThePathHasAnEncodedSlash) {
    std::array<char, 64> buffer{};
    EXPECT_TRUE(canonicalize_path("/a%2fb", buffer, EncodedSlash::kAllowed)->has_encoded_slash());
    EXPECT_FALSE(canonicalize_path("/a/b?c%2Fd", buffer, EncodedSlash::kAllowed)->has_encoded_slash());
    EXPECT_FALSE(canonicalize_path("/a/b", buffer)->has_encoded_slash());
}

TEST(CanonicalizePath, ReportsTheOffsetOfTheError) {
    std::array<char, 64> buffer{};
    EXPECT_EQ(core::canonicalize_path_at("/ab//c", buffer).error().offset, 4U);
    EXPECT_EQ(core::canonicalize_path_at("/a/%2e%2e/b", buffer).error().offset, 3U);
    EXPECT_EQ(core::canonicalize_path_at("/ab/%4", buffer).error().offset, 4U);
    EXPECT_EQ(core::canonicalize_path_at("/%61%2f", buffer).error().offset, 4U);
    EXPECT_EQ(core::canonicalize_path_at("/%61%25%34%31", buffer).error().offset, 4U);
    EXPECT_EQ(core::canonicalize_path_at("/%61 ", buffer).error().offset, 4U);
    EXPECT_EQ(core::canonicalize_path_at("/%61%2F%2F", buffer, EncodedSlash::kAllowed).error().offset, 7U);
    EXPECT_EQ(core::canonicalize_path_at("/%61%2F../b", buffer, EncodedSlash::kAllowed).error().offset, 7U);
}

}  // namespace
}  // namespace warder
