// SPDX-License-Identifier: MIT
#include "auth/errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::auth {
namespace {

using authority::Error;

TEST(ErrorResponse, WritesTheMessageBeforeTheErrorCode) {
    auto const response = error_response(400, "bad_field", "The key \"x\" is missing.");
    EXPECT_EQ(response.body, R"({"message":"The key \"x\" is missing.","error":"bad_field"})");
}

TEST(ErrorResponse, KeepsSpectersMessages) {
    EXPECT_EQ(error_response(Error::kTokenNotFound).body,
              R"({"message":"Token does not exist, make sure to enter correct token id","error":"unknown_token"})");
    EXPECT_EQ(error_response(Error::kTokenNotFound).status, 404U);
    EXPECT_EQ(error_response(Error::kDescriptionTakenOrBlank).body,
              R"({"message":"Token description already exists or is blank","error":"bad_description"})");
    EXPECT_EQ(error_response(Error::kDescriptionTakenOrBlank).status, 400U);
}

TEST(ErrorResponse, Returns501ForAnOperationThatTheStoreDoesNotSupport) {
    auto const response = error_response(Error::kNotSupportedByStore);
    EXPECT_EQ(response.status, 501U);
    EXPECT_NE(response.body.find(R"("error":"not_implemented")"), std::string::npos) << response.body;
}

TEST(ErrorResponse, SetsRetryAfterWithinBounds) {
    auto const busy = error_response(Error::kBusy);
    EXPECT_EQ(busy.status, 503U);
    ASSERT_EQ(busy.headers.size(), 1U);
    EXPECT_EQ(busy.headers[0].name, "Retry-After");
    EXPECT_EQ(temporary_error(429, "throttled", "", std::chrono::seconds{600}).headers[0].value, "60");
    EXPECT_EQ(temporary_error(429, "throttled", "", std::chrono::seconds{0}).headers[0].value, "1");
}

TEST(InvalidLifetime, QuotesTheInputEscapedAndTruncated) {
    auto const response = invalid_lifetime("is not a valid duration.", "6 fort\"\n\xC3\xA9" + std::string(200, 'x'));
    EXPECT_NE(response.body.find(R"(6 fort\"\\x0Aéxxx)"), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find(std::string(70, 'x')), std::string::npos);
    for (auto const* example : {"6 minutes", "1h30m", "3 months"}) EXPECT_NE(response.body.find(example), std::string::npos);
}

}  // namespace
}  // namespace warder::auth
