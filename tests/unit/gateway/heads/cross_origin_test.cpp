// SPDX-License-Identifier: MIT
#include "gateway/heads/cross_origin.hpp"

#include "http/request_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers added_for(std::string_view origins) {
    http::tests::RequestText const text{"GET /a\nHost: warder.test\n" + std::string{origins}};
    http::Response response;
    allow_cross_origin_reading(response, text.request());
    Headers added;
    for (auto const& [name, value] : response.headers) added.emplace_back(name, value);
    return added;
}

TEST(AllowCrossOriginReading, AllowsTheOriginToReadStatusChallengeAndRetryAfter) {
    EXPECT_EQ(added_for("Origin: https://app.test:8443\n"), (Headers{{"Vary", "Origin"},
                                                                     {"Access-Control-Allow-Origin", "https://app.test:8443"},
                                                                     {"Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After"}}));
}

TEST(AllowCrossOriginReading, RepeatsAnOpaqueOriginInsteadOfAWildcard) {
    // Never "*": a cache would serve such a response to all origins.
    EXPECT_EQ(added_for("Origin: null\n").at(1), std::pair(std::string{"Access-Control-Allow-Origin"}, std::string{"null"}));
}

TEST(AllowCrossOriginReading, AddsOnlyVaryWithoutExactlyOneOrigin) {
    Headers const vary{{"Vary", "Origin"}};
    EXPECT_EQ(added_for(""), vary);
    EXPECT_EQ(added_for("Origin:\n"), vary);
    EXPECT_EQ(added_for("Origin: https://a.test\nOrigin: https://b.test\n"), vary);
    EXPECT_EQ(added_for("Origin: https://a.test\nORIGIN: https://a.test\n"), vary);
}

TEST(AllowCrossOriginReading, NeverAllowsBrowserCredentials) {
    for (auto const& [name, value] : added_for("Origin: https://app.test\n")) EXPECT_NE(name, "Access-Control-Allow-Credentials");
}

}  // namespace
}  // namespace warder::gateway
