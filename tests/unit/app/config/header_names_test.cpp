// SPDX-License-Identifier: MIT
#include "app/config/header_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warder::app {
namespace {

using testing::HasSubstr;

TEST(HeaderNames, GatewaySetsFramingConnectionAndClientHeaders) {
    for (auto const* const name : {"Host", "content-length", "Transfer-Encoding", "UPGRADE", "Connection", "Proxy-Authorization", "X-Forwarded-For",
                                   "x-forwarded-anything", "X-Warder-User"})
        EXPECT_TRUE(is_set_by_the_gateway(name)) << name;
    for (auto const* const name : {"X-Api-Key", "Hosts", "X-Host", "X-Forwarded", "Content-Type", "Forwarded", "X-Warder"})
        EXPECT_FALSE(is_set_by_the_gateway(name)) << name;
}

TEST(HeaderNames, OtherMeaningsAreThoseOfUpstreamsAndOfAuthorization) {
    for (auto const* const name : {"Authorization", "cookie", "Accept", "Accept-Language", "Content-Type", "Sec-WebSocket-Key", "If-None-Match",
                                   "Access-Control-Request-Method", "X-Original-URI", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Amz-Copy-Source",
                                   "Destination", "Range", "X-CSRF-Token"})
        EXPECT_TRUE(has_other_meaning(name)) << name;
    for (auto const* const name : {"X-Api-Key", "Api-Token", "Contents", "Iffy", "Override", "X-Original"})
        EXPECT_FALSE(has_other_meaning(name)) << name;
}

TEST(HeaderNames, TokenHeaderIsReturnedInLowerCase) {
    EXPECT_EQ(read_token_header("X-Api-Key").value_or(""), "x-api-key");
    EXPECT_EQ(read_token_header("PRIVATE-TOKEN").value_or(""), "private-token");
}

TEST(HeaderNames, TokenHeaderMustBeTheNameOfAHeader) {
    for (auto const* const name : {"", "X Api", "X-Api-Key:", "sch\xC3\xBCssel", "a\tb", "(key)"}) {
        auto const read = read_token_header(name);
        ASSERT_FALSE(read) << name;
        EXPECT_THAT(read.error(), HasSubstr("expected the name of a header")) << name;
    }
}

TEST(HeaderNames, TokenHeaderIsNoneThatIsReadAnyway) {
    for (auto const* const name : {"Authorization", "authorization", "X-Warder-Token", "x-warder-token"}) {
        auto const read = read_token_header(name);
        ASSERT_FALSE(read) << name;
        EXPECT_THAT(read.error(), HasSubstr("is read from this header anyway")) << name;
    }
}

TEST(HeaderNames, TokenHeaderHasNoOtherMeaning) {
    for (auto const* const name : {"Cookie", "Host", "X-Forwarded-User", "X-Warder-User", "Content-Type", "If-Match", "X-HTTP-Method-Override"}) {
        auto const read = read_token_header(name);
        ASSERT_FALSE(read) << name;
        EXPECT_THAT(read.error(), HasSubstr("has another meaning")) << name;
    }
}

}  // namespace
}  // namespace warder::app
