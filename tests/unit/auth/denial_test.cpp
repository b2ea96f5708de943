// SPDX-License-Identifier: MIT
#include "auth/denial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace warder::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> values_of(http::Response const& response, std::string_view name) {
    std::vector<std::string> values;
    for (auto const& header : response.headers) {
        if (header.name == name) values.push_back(header.value);
    }
    return values;
}

std::vector<std::string> challenges(http::Response const& response) { return values_of(response, "WWW-Authenticate"); }

http::Response api_response(DenialReason reason, Challenges const& offered = {}) { return to_response({.reason = reason}, Surface::kApi, offered); }

std::string const kBasicChallenge = R"(Basic realm="warder", charset="UTF-8")";
std::string const kBearerChallenge = R"(Bearer realm="warder")";

TEST(DenialReasonTest, EachHasItsOwnNameAndAResponseThatIsAnError) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDenialReasons; ++i) {
        auto const reason = static_cast<DenialReason>(i);
        EXPECT_TRUE(names.insert(code(reason)).second) << code(reason);
        auto const response = api_response(reason);
        EXPECT_GE(response.status, 400U) << code(reason);
        EXPECT_THAT(response.body, Not(HasSubstr(R"("message":"")"))) << code(reason);
    }
}

TEST(DenialReasonTest, OfATokenErrorSaysWhichCheckFailed) {
    using authority::TokenError;
    EXPECT_EQ(code(reason_of(TokenError::kNotAToken)), "malformed_token");
    EXPECT_EQ(code(reason_of(TokenError::kBadHeader)), "malformed_token");
    EXPECT_EQ(code(reason_of(TokenError::kBadClaims)), "malformed_token");
    EXPECT_EQ(code(reason_of(TokenError::kUnknownKey)), "unknown_key");
    EXPECT_EQ(code(reason_of(TokenError::kBadSignature)), "bad_signature");
    EXPECT_EQ(code(reason_of(TokenError::kExpired)), "expired");
    EXPECT_EQ(code(reason_of(TokenError::kNotRegistered)), "revoked");
    EXPECT_EQ(code(reason_of(TokenError::kFromTheFuture)), "not_yet_valid");
    EXPECT_EQ(code(reason_of(TokenError::kDisabled)), "disabled");
    EXPECT_EQ(code(reason_of(TokenError::kStaleIndex)), "stale_index");
}

TEST(DenialResponse, ChallengesBasicBeforeBearerWhereBothAreAccepted) {
    auto const response = api_response(DenialReason::kNoCredential);
    EXPECT_EQ(response.status, 401U);
    EXPECT_THAT(challenges(response), ElementsAre(kBasicChallenge, kBearerChallenge));
    EXPECT_THAT(response.body, HasSubstr(R"("error":"unauthorized")"));
}

TEST(DenialResponse, ChallengesOnlyBasicWhereNoTokenIsAccepted) {
    EXPECT_THAT(challenges(api_response(DenialReason::kPasswordRequired, {.has_bearer = false})), ElementsAre(kBasicChallenge));
}

TEST(DenialResponse, ChallengesOnlyBearerForScripts) {
    EXPECT_THAT(challenges(api_response(DenialReason::kNoCredential, {.is_script = true})), ElementsAre(kBearerChallenge));
    EXPECT_THAT(challenges(api_response(DenialReason::kNoSession, {.has_basic = false, .has_bearer = false, .is_script = true})),
                ElementsAre(kBearerChallenge));
}

TEST(DenialResponse, DescribesATokenOnlyInTheBearerChallengeAndNeverWhichCheckFailed) {
    auto const described = [](std::string const& text) { return kBearerChallenge + R"(, error="invalid_token", error_description=")" + text + "\""; };
    EXPECT_THAT(challenges(api_response(DenialReason::kExpired)), ElementsAre(kBasicChallenge, described("expired")));
    EXPECT_THAT(challenges(api_response(DenialReason::kRevoked)), ElementsAre(kBasicChallenge, described("revoked")));
    for (auto const reason : {DenialReason::kMalformedToken, DenialReason::kBadSignature, DenialReason::kUnknownKey, DenialReason::kNotYetValid}) {
        auto const response = api_response(reason);
        EXPECT_THAT(challenges(response), ElementsAre(kBasicChallenge, described("not valid")));
        EXPECT_EQ(response.body, api_response(DenialReason::kMalformedToken).body);
    }
}

TEST(DenialResponse, ChallengesAfterADenialByGrantsButNotAfterOthers) {
    EXPECT_THAT(challenges(api_response(DenialReason::kOutOfScope)), ElementsAre(R"(Bearer realm="warder", error="insufficient_scope")"));
    EXPECT_THAT(challenges(api_response(DenialReason::kCsrf)), IsEmpty());
}

TEST(DenialResponse, OfAnAmbiguousCredentialIs400And403AtTheDecisionEndpoint) {
    Denial const denial{.reason = DenialReason::kAmbiguousCredential};
    EXPECT_EQ(to_response(denial, Surface::kGateway).status, 400U);
    auto const decision = to_response(denial, Surface::kDecision);
    EXPECT_EQ(decision.status, 403U);
    EXPECT_THAT(decision.body, HasSubstr(R"("error":"ambiguous_request")"));
}

TEST(DenialResponse, BoundsRetryAfter) {
    auto const after = [](int seconds, DenialReason reason = DenialReason::kThrottled) {
        return values_of(to_response({.reason = reason, .retry_after = std::chrono::seconds{seconds}}, Surface::kApi), "Retry-After");
    };
    EXPECT_THAT(after(600), ElementsAre("60"));
    EXPECT_THAT(after(0), ElementsAre("1"));
    EXPECT_THAT(after(86'400, DenialReason::kRateLimited), ElementsAre("86400"));
    EXPECT_THAT(after(86'401, DenialReason::kRateLimited), ElementsAre("86400"));
}

TEST(DenialResponse, OfAStaleIndexIs503WithRetryAfterOnEverySurface) {
    for (auto const surface : {Surface::kApi, Surface::kDecision, Surface::kGateway}) {
        auto const response = to_response({.reason = DenialReason::kStaleIndex}, surface);
        EXPECT_EQ(response.status, 503U);
        EXPECT_THAT(values_of(response, "Retry-After"), ElementsAre("1"));
        EXPECT_THAT(challenges(response), IsEmpty()) << "the credential may be right";
        EXPECT_THAT(response.body, HasSubstr(R"("error":"unavailable")"));
    }
}

TEST(MisdirectedTest, NamesTheSettingAndQuotesTheHost) {
    auto const response = to_response(misdirected("e\"vil\n.test", "gateway.hosts"), Surface::kGateway);
    EXPECT_EQ(response.status, 421U);
    EXPECT_THAT(response.body, HasSubstr("gateway.hosts"));
    EXPECT_EQ(response.body.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace warder::auth
