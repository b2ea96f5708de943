// SPDX-License-Identifier: MIT
#include "auth/authorization_header.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace warder::auth {
namespace {

bool is_cross_site(http::Request const& request) { return find_cross_site(request).has_value(); }

http::Request request_with(std::initializer_list<http::HeaderField> fields) {
    http::Request request;
    for (auto const& field : fields) request.fields[request.field_count++] = field;
    return request;
}

TEST(ReadAuthorization, ReadsABearerTokenWithAnyCaseOfTheScheme) {
    for (auto const* value : {"Bearer abc.DEF-_~+/==", "bearer abc.DEF-_~+/==", "BEARER  abc.DEF-_~+/=="}) {
        auto const read = read_authorization(value);
        ASSERT_TRUE(std::holds_alternative<BearerAuthorization>(read)) << value;
        EXPECT_EQ(std::get<BearerAuthorization>(read).token, "abc.DEF-_~+/==");
    }
}

TEST(ReadAuthorization, ReadsANameAndAPasswordWithColons) {
    auto const read = read_authorization("basic YWxpY2U6YTpiw6k=");
    ASSERT_TRUE(std::holds_alternative<BasicAuthorization>(read));
    EXPECT_EQ(std::get<BasicAuthorization>(read).username, "alice");
    EXPECT_EQ(std::get<BasicAuthorization>(read).password.view(), "a:b\xC3\xA9");
}

TEST(ReadAuthorization, ReportsMalformedForOtherSchemesAndInvalidValues) {
    // no value, another scheme, no colon ("alice"), an invalid character, missing padding, invalid UTF-8, a control
    // character
    for (auto const* value : {"", "Basic", "Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer =", "Digest x",
                              "Basic YWxpY2U=", "Basic YWxp*2U6eA==", "Basic YTpi/w", "Basic YTr/", "Basic YToB", "Basic YTpi YTpi", "Bearer:abc"}) {
        EXPECT_TRUE(std::holds_alternative<MalformedAuthorization>(read_authorization(value))) << value;
    }
    EXPECT_TRUE(std::get<MalformedAuthorization>(read_authorization("Bearer a,b")).is_bearer);
    EXPECT_FALSE(std::get<MalformedAuthorization>(read_authorization("Basic *")).is_bearer);
}

TEST(FindCrossSite, TrustsSecFetchSite) {
    EXPECT_FALSE(is_cross_site(request_with({{"Host", "h"}})));
    EXPECT_FALSE(is_cross_site(request_with({{"Host", "h"}, {"Sec-Fetch-Site", "same-origin"}})));
    EXPECT_FALSE(is_cross_site(request_with({{"Host", "h"}, {"Sec-Fetch-Site", "none"}})));
    EXPECT_TRUE(is_cross_site(request_with({{"Host", "h"}, {"Sec-Fetch-Site", "same-site"}})));
    EXPECT_TRUE(is_cross_site(request_with({{"Host", "h"}, {"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "cross-site"}})));
}

TEST(FindCrossSite, ComparesOriginWithHost) {
    auto const is_rejected = [](std::string_view origin, std::string_view host) {
        return is_cross_site(request_with({{"Host", host}, {"Origin", origin}}));
    };
    EXPECT_FALSE(is_rejected("http://h", "h"));
    EXPECT_FALSE(is_rejected("http://H:80", "h"));
    EXPECT_FALSE(is_rejected("https://h", "h:443"));
    EXPECT_FALSE(is_rejected("http://[::1]:8441", "[::1]:8441"));
    EXPECT_TRUE(is_rejected("http://h:8441", "h"));
    EXPECT_TRUE(is_rejected("http://evil", "h"));
    EXPECT_TRUE(is_rejected("http://h/path", "h"));
    EXPECT_TRUE(is_rejected("null", "null"));
    EXPECT_TRUE(is_rejected("", ""));
}

}  // namespace
}  // namespace warder::auth
