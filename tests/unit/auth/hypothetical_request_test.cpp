// SPDX-License-Identifier: MIT
#include "auth/hypothetical_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::auth {
namespace {

using testing::Eq;
using testing::Optional;

PathError error_of(std::string_view uri) {
    auto const read = HypotheticalRequest::read("GET", uri);
    EXPECT_FALSE(read) << uri << " is accepted as " << read->access(nullptr).path.text();
    return read ? PathError::kTooLong : read.error();
}

TEST(HypotheticalRequest, CanonicalizesAPathWithoutAHost) {
    auto const read = HypotheticalRequest::read("GET", "/a/%7eb%c3%a9?c=/../d");
    ASSERT_TRUE(read);
    auto const access = read->access(nullptr);
    EXPECT_EQ(access.method, "GET");
    EXPECT_EQ(access.host, std::nullopt);
    EXPECT_EQ(access.path.text(), "/a/~b%C3%A9");
    EXPECT_EQ(access.rpc_methods, nullptr);
}

TEST(HypotheticalRequest, TakesTheHostOfAnAbsoluteUrl) {
    auto const read = HypotheticalRequest::read("GET", "HTTPS://Example.org:8443/a?b");
    ASSERT_TRUE(read);
    EXPECT_THAT(read->access(nullptr).host, Optional(Eq("Example.org:8443")));
    EXPECT_EQ(read->access(nullptr).path.text(), "/a");
}

TEST(HypotheticalRequest, ReadsAUrlWithoutAPathAsTheRoot) {
    for (auto const* url : {"http://a", "http://a?b=/c", "http://a/"}) {
        auto const read = HypotheticalRequest::read("GET", url);
        ASSERT_TRUE(read) << url;
        EXPECT_THAT(read->access(nullptr).host, Optional(Eq("a"))) << url;
        EXPECT_EQ(read->access(nullptr).path.text(), "/") << url;
    }
}

TEST(HypotheticalRequest, RejectsTextThatIsNeitherAPathNorAnHttpUrl) {
    for (auto const* uri : {"", "a", "?a", "*", "example.org:443", "ftp://a/b", "://a/b", "http:/a", " /a", "ws://a/b"})
        EXPECT_EQ(error_of(uri), PathError::kNoSlash) << uri;
}

TEST(HypotheticalRequest, RejectsAPathThatServersReadDifferently) {
    EXPECT_EQ(error_of("//a/b"), PathError::kEmptySegment);
    EXPECT_EQ(error_of("http://a//b"), PathError::kEmptySegment);
    EXPECT_EQ(error_of("http://a/b/../c"), PathError::kDotSegment);
    EXPECT_EQ(error_of("/a/%2e%2E"), PathError::kDotSegment);
    EXPECT_EQ(error_of("/a%2Fb"), PathError::kForbiddenEscape);
    EXPECT_EQ(error_of("/a%zz"), PathError::kBadEscape);
    EXPECT_EQ(error_of("/a#b"), PathError::kForbiddenByte);
    EXPECT_EQ(error_of("/gr\xC3\xB6\xC3\x9F"
                       "e"),
              PathError::kForbiddenByte);
    EXPECT_EQ(error_of(std::string_view{"/a\0b", 4}), PathError::kForbiddenByte);
}

TEST(HypotheticalRequest, KeepsTheMethodAsWritten) {
    std::vector<std::string> const everything{"/**"};
    auto const grants = GrantList::parse(everything).value();
    for (auto const* method : {"GET", "get", "", "BREW", "G\x01T"}) {
        auto const read = HypotheticalRequest::read(method, "/a");
        ASSERT_TRUE(read) << method;
        EXPECT_EQ(read->access(nullptr).method, method);
    }
    EXPECT_NE(grants->covering(HypotheticalRequest::read("GET", "/a")->access(nullptr)), nullptr);
    EXPECT_EQ(grants->covering(HypotheticalRequest::read("get", "/a")->access(nullptr)), nullptr);
}

TEST(HypotheticalRequest, DistinguishesAnEmptyHostFromNoHost) {
    auto const read = HypotheticalRequest::read("GET", "http:///a");
    ASSERT_TRUE(read);
    EXPECT_THAT(read->access(nullptr).host, Optional(Eq("")));
    std::vector<std::string> const texts{"GET //a.example/a"};
    EXPECT_EQ(GrantList::parse(texts).value()->covering(read->access(nullptr)), nullptr);
}

TEST(HypotheticalRequest, PassesTheRpcMethodsOn) {
    RpcMethods const methods{"getbalance"};
    std::vector<std::string> const texts{"POST /a rpc:getbalance"};
    auto const grants = GrantList::parse(texts).value();
    auto const read = HypotheticalRequest::read("POST", "/a");
    ASSERT_TRUE(read);
    EXPECT_NE(grants->covering(read->access(&methods)), nullptr);
    EXPECT_EQ(grants->covering(read->access(nullptr)), nullptr);
}

TEST(HypotheticalRequest, OwnsItsTextAfterTheSourcesAreGoneAndItIsMoved) {
    auto method = std::string{"PUT"};
    auto uri = std::string{"http://h/"} + std::string(100, 'p');
    auto read = HypotheticalRequest::read(method, uri);
    ASSERT_TRUE(read);
    method.assign(method.size(), 'x');
    uri.assign(uri.size(), 'x');
    auto const moved = std::move(*read);
    EXPECT_EQ(moved.access(nullptr).method, "PUT");
    EXPECT_THAT(moved.access(nullptr).host, Optional(Eq("h")));
    EXPECT_EQ(moved.access(nullptr).path.text(), '/' + std::string(100, 'p'));
}

}  // namespace
}  // namespace warder::auth
