// SPDX-License-Identifier: MIT
#include "auth/errors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::auth {
namespace {

using authority::Error;

std::vector<std::string> challenges(http::Response const& response) {
    std::vector<std::string> lines;
    for (auto const& header : response.headers) {
        if (header.name == "WWW-Authenticate") lines.push_back(header.value);
    }
    return lines;
}

std::string const kBasic = R"(Basic realm="warder", charset="UTF-8")";
std::string const kBearer = R"(Bearer realm="warder")";

TEST(Refuse, WritesTheMessageBeforeTheErrorCode) {
    auto const response = error_response(400, "bad_field", "The key \"x\" is missing.");
    EXPECT_EQ(response.body, R"({"message":"The key \"x\" is missing.","error":"bad_field"})");
}

TEST(Refuse, KeepsSpectersMessages) {
    EXPECT_EQ(error_response(Error::kTokenNotFound).body,
              R"({"message":"Token does not exist, make sure to enter correct token id","error":"unknown_token"})");
    EXPECT_EQ(error_response(Error::kTokenNotFound).status, 404U);
    EXPECT_EQ(error_response(Error::kDescriptionTakenOrBlank).body,
              R"({"message":"Token description already exists or is blank","error":"bad_description"})");
    EXPECT_EQ(error_response(Error::kDescriptionTakenOrBlank).status, 400U);
}

TEST(Refuse, Returns501ForAnOperationThatTheStoreDoesNotSupport) {
    auto const response = error_response(Error::kNotSupportedByStore);
    EXPECT_EQ(response.status, 501U);
    EXPECT_NE(response.body.find(R"("error":"not_implemented")"), std::string::npos) << response.body;
}

TEST(Refuse, SetsRetryAfterWithinBounds) {
    auto const busy = error_response(Error::kBusy);
    EXPECT_EQ(busy.status, 503U);
    ASSERT_EQ(busy.headers.size(), 1U);
    EXPECT_EQ(busy.headers[0].name, "Retry-After");
    EXPECT_EQ(temporary_error(429, "throttled", "", std::chrono::seconds{600}).headers[0].value, "60");
    EXPECT_EQ(temporary_error(429, "throttled", "", std::chrono::seconds{0}).headers[0].value, "1");
}

TEST(RefuseLife, QuotesTheInputEscapedAndTruncated) {
    auto const response = invalid_lifetime("is not a valid duration.", "6 fort\"\n\xC3\xA9" + std::string(200, 'x'));
    EXPECT_NE(response.body.find(R"(6 fort\"\\x0Aéxxx)"), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find(std::string(70, 'x')), std::string::npos);
    for (auto const* example : {"6 minutes", "1h30m", "3 months"}) EXPECT_NE(response.body.find(example), std::string::npos);
}

TEST(RefuseUnauthorized, ChallengesBasicBeforeBearerWhereBothAreAccepted) {
    auto const response = unauthorized({.takes_bearer = true});
    EXPECT_EQ(challenges(response), (std::vector{kBasic, kBearer}));
    EXPECT_NE(response.body.find(R"("error":"unauthorized")"), std::string::npos);
    EXPECT_NE(response.body.find("The server could not verify that you are authorized"), std::string::npos);
}

TEST(RefuseUnauthorized, ChallengesOnlyBasicWhereNoTokenIsAccepted) {
    auto const response = unauthorized({.problem = TokenProblem::kNotValid});
    EXPECT_EQ(challenges(response), std::vector{kBasic});
    EXPECT_NE(response.body.find(R"("error":"unauthorized")"), std::string::npos);
}

TEST(RefuseUnauthorized, ChallengesOnlyBearerForScripts) {
    EXPECT_EQ(challenges(unauthorized({.takes_bearer = true, .is_script = true})), std::vector{kBearer});
    EXPECT_EQ(challenges(unauthorized({.is_script = true})), std::vector{kBearer});
}

TEST(RefuseUnauthorized, DescribesATokenErrorOnlyInTheBearerChallenge) {
    auto const expired = unauthorized({.takes_bearer = true, .problem = TokenProblem::kExpired});
    EXPECT_EQ(challenges(expired), (std::vector{kBasic, kBearer + R"(, error="invalid_token", error_description="expired")"}));
    EXPECT_NE(expired.body.find(R"("error":"invalid_token")"), std::string::npos);
    auto const bad = unauthorized({.takes_bearer = true, .problem = TokenProblem::kNotValid});
    EXPECT_EQ(challenges(bad)[1], kBearer + R"(, error="invalid_token", error_description="not valid")");
}

}  // namespace
}  // namespace warder::auth
