// SPDX-License-Identifier: MIT
#include "auth/credential.hpp"

#include "auth/test_context.hpp"
#include "authority/sign_in/begin_session.hpp"
#include "authority/sign_in/session_store.hpp"
#include "index/user_directory.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace warder::auth {
namespace {

/// An active token and an active session of the user alice.
class AuthenticateTest : public testing::Test {
  protected:
    /// Returns the name of the reason for a denial; empty if the credential is accepted.
    std::string_view denial_of(std::initializer_list<http::HeaderField> fields,
                               AuthenticationPolicy const& policy = {.takes_token = true, .takes_password = true}) {
        http::Request request;
        request.method = method_;
        for (auto const& field : fields) request.fields[request.field_count++] = field;
        auto const& base = tests_.services();
        Services const services{base.authority, base.sign_in, *used_sessions_, base.hasher,  base.directory, base.verifier,
                                base.usage,     base.clock,   base.log,        base.denials, base.presets};
        auto const test_context = tests_.request_context();
        RequestContext const context{.services = services,
                                     .usage = test_context.usage,
                                     .metrics = test_context.metrics,
                                     .began = test_context.began,
                                     .date = "",
                                     .checked_head = head_};
        RequestLog log{context, Surface::kApi, request, {}};
        found_ = {};
        auto authenticated = authenticate(request, policy, {.address = client_, .is_secure = is_secure_}, context, log);
        if (authenticated) found_ = std::move(*authenticated);
        return authenticated ? std::string_view{} : code(authenticated.error().reason);
    }
    std::string_view denial_of_basic(std::string const& name, std::string const& password,
                                     AuthenticationPolicy const& policy = {.takes_token = true, .takes_password = true}) {
        header_ = "Basic " + encode(name + ":" + password);
        return denial_of({{"Authorization", header_}}, policy);
    }
    static std::string encode(std::string const& text) {
        auto encoded = core::to_base64url(text);
        for (char& c : encoded) c = c == '-' ? '+' : c == '_' ? '/' : c;
        while (encoded.size() % 4 != 0) encoded += '=';
        return encoded;
    }

    warder::tests::CountingRandom random_;
    tests::TestContext tests_;
    index::UserDirectory directory_;
    authority::SessionTable session_table_{tests_.clock(), {}};
    authority::Sessions sessions_{session_table_, directory_, random_};
    authority::Sessions* used_sessions_ = &sessions_;
    authority::Sessions::NewSession session_ = begin_session();
    std::string token_ = tests_.mint(), header_;
    std::string method_ = "GET";
    bool is_secure_ = false;
    AddressBytes client_{};
    CheckedHead const* head_ = nullptr;
    Authentication found_;

  private:
    authority::Sessions::NewSession begin_session() {
        UserRecord record;
        record.id = UserId{1};
        record.name = "alice";
        record.password_hash = "hash";
        directory_.put(record);
        return warder::tests::begin(sessions_, *directory_.find("alice"));
    }
};

TEST_F(AuthenticateTest, TakesATokenInTheNamedHeaderAsOneMoreCredential) {
    AuthenticationPolicy const policy{.takes_token = true, .token_header = "x-api-key"};
    EXPECT_EQ(denial_of({{"X-Api-Key", token_}}, policy), "");
    EXPECT_EQ(denial_of({{"X-Warder-Token", token_}}, policy), "");
    EXPECT_EQ(denial_of({{"X-Api-Key", token_}}), "no_credential");
    auto const bearer = "Bearer " + token_;
    for (auto const& value : {std::string{}, std::string{"x"}, bearer}) EXPECT_EQ(denial_of({{"X-Api-Key", value}}, policy), "malformed_token");
    EXPECT_EQ(denial_of({{"X-Api-Key", token_}, {"Authorization", bearer}}, policy), "ambiguous_credential");
    EXPECT_EQ(denial_of({{"X-Api-Key", token_}, {"X-Warder-Token", token_}}, policy), "ambiguous_credential");
    EXPECT_EQ(denial_of({{"x-api-key", token_}, {"X-API-KEY", "x"}}, policy), "ambiguous_credential");
    AuthenticationPolicy const passing{.takes_token = true, .token_source = TokenSource::kOwnHeader, .token_header = "x-api-key"};
    EXPECT_EQ(denial_of({{"X-Api-Key", token_}, {"Authorization", "Digest x"}}, passing), "");
    EXPECT_EQ(denial_of({{"X-Api-Key", token_}, {"X-Warder-Token", token_}}, passing), "ambiguous_credential");
}

constexpr AuthenticationPolicy kPasswordOrSession{.takes_password = true, .takes_session = true};

TEST_F(AuthenticateTest, DeniesEveryCredentialThatNeedsTheIndexWhileItIsStale) {
    auto const session = "warder_session=" + std::string{session_.id.view()};
    auto const bearer = "Bearer " + token_;
    tests_.make_index_stale();
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "stale_index");
    EXPECT_EQ(denial_of({{"X-Warder-Token", token_}}), "stale_index");
    EXPECT_EQ(denial_of_basic("alice", token_), "stale_index");
    EXPECT_EQ(denial_of_basic("bob", token_), "stale_index") << "before the user of the token is compared";
    EXPECT_EQ(tests_.uses_of_last(), 0);
    EXPECT_EQ(denial_of_basic("alice", "correct horse"), "stale_index");
    EXPECT_FALSE(found_.password.has_value()) << "the password must not be hashed";
    EXPECT_EQ(denial_of({{"Cookie", session}}, kPasswordOrSession), "stale_index");
    tests_.revoke_last();
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "stale_index") << "of an unknown token too";

    tests_.make_index_fresh();
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "revoked");
    EXPECT_EQ(denial_of_basic("alice", "correct horse"), "");
    EXPECT_EQ(denial_of({{"Cookie", session}}, kPasswordOrSession), "");
}

TEST_F(AuthenticateTest, DeniesWhatNeedsNoIndexForItsOwnFaultWhileTheIndexIsStale) {
    auto const bearer = "Bearer " + token_;
    tests_.make_index_stale();
    EXPECT_EQ(denial_of({}), "no_credential");
    EXPECT_EQ(denial_of({{"Authorization", bearer}, {"X-Warder-Token", token_}}), "ambiguous_credential");
    EXPECT_EQ(denial_of({{"Authorization", "Bearer x"}}), "malformed_token");
    EXPECT_EQ(denial_of({{"Authorization", "Digest x"}}), "wrong_password");
    EXPECT_EQ(denial_of({{"Cookie", "warder_session=a; warder_session=b"}}, kPasswordOrSession), "no_session");
    EXPECT_EQ(denial_of({{"Authorization", bearer}}, kPasswordOrSession), "password_required");
    EXPECT_EQ(denial_of_basic("alice", "correct horse", kTokensOnly), "token_required");
    EXPECT_EQ(denial_of({{"Authorization", bearer}}, {}), "") << "no credential is needed";
    tests_.clock().advance(std::chrono::hours{1});
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "expired");
}

TEST_F(AuthenticateTest, DeniesATokenFromAnAddressThatItsPolicyExcludes) {
    auto const bearer = "Bearer " + tests_.mint_with({.allowed_from = NetworkList::parse(std::vector<std::string>{"10.0.0.0/8"}).value()});
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "address_not_allowed");
    EXPECT_EQ(tests_.uses_of_last(), 1) << "a valid token that was refused was used";
    EXPECT_EQ(denial_of({{"Authorization", bearer}}, kPasswordOrSession), "password_required");
    client_ = parse_address("10.1.2.3").value();
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "");
    EXPECT_EQ(tests_.uses_of_last(), 3);
}

TEST_F(AuthenticateTest, DeniesATokenBeyondItsRateAndTakesNothingItself) {
    auto const bearer = "Bearer " + tests_.mint_with({.rate_limit = RateLimit{.count = 2, .unit = RateLimit::Unit::kMinute}});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(denial_of({{"Authorization", bearer}}), "");
    auto const token = *found_.principal.token;
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(take_from_rate(token, tests_.services()));
    auto const denied = take_from_rate(token, tests_.services());
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().reason, DenialReason::kRateLimited);
    EXPECT_EQ(denied.error().retry_after, std::chrono::seconds{30});
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "rate_limited");
    EXPECT_EQ(denial_of({{"Authorization", bearer}}, kPasswordOrSession), "password_required");
    tests_.clock().advance(std::chrono::milliseconds{29'999});
    EXPECT_EQ(take_from_rate(token, tests_.services()).error().retry_after, std::chrono::seconds{1}) << "rounded up";
    tests_.clock().advance(std::chrono::milliseconds{1});
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "");
    auto const bucket = take_returnably_from_rate(token, tests_.services());
    ASSERT_TRUE(bucket && *bucket);
    (*bucket)->give_back(tests_.clock().steady_now());
    EXPECT_TRUE(take_from_rate(token, tests_.services()));
    EXPECT_FALSE(take_from_rate(token, tests_.services()));
    tests_.revoke_last();
    EXPECT_EQ(take_from_rate(token, tests_.services()).error().reason, DenialReason::kRevoked);
}

TEST_F(AuthenticateTest, ReturnsTheBucketThatARequestWasTakenFromAlsoIfTheLimitHasChanged) {
    auto const bearer = "Bearer " + tests_.mint_with({.rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kMinute}});
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "");
    auto const token = *found_.principal.token;
    auto const bucket = take_returnably_from_rate(token, tests_.services());
    ASSERT_TRUE(bucket && *bucket);
    EXPECT_FALSE(take_returnably_from_rate(token, tests_.services()));
    tests_.edit_last({.rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kHour}});
    EXPECT_TRUE(take_from_rate(token, tests_.services()));
    (*bucket)->give_back(tests_.clock().steady_now());
    EXPECT_FALSE(take_from_rate(token, tests_.services())) << "nothing was taken from the new bucket for it";
}

TEST_F(AuthenticateTest, TakesARequestOnceAlthoughItIsAuthenticatedAgainWithItsBody) {
    auto const bearer = "Bearer " + tests_.mint_with({.rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kMinute}});
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "");
    CheckedHead const head{.bucket = take_returnably_from_rate(*found_.principal.token, tests_.services()).value()};
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "rate_limited");
    head_ = &head;
    EXPECT_EQ(denial_of({{"Authorization", bearer}}), "");
}

TEST_F(AuthenticateTest, AcceptsARestrictedTokenWithItsRestrictionIfThePolicyDoes) {
    auto policy = kTokensOnly;
    policy.accepts_restricted_token = true;
    auto const reason_of_restriction = [&](std::string const& bearer) -> std::string {
        EXPECT_EQ(denial_of({{"Authorization", bearer}}, policy), "");
        return found_.principal.restriction ? std::string{code(found_.principal.restriction->reason)} : "";
    };
    EXPECT_EQ(reason_of_restriction("Bearer " + token_), "");
    EXPECT_EQ(
        reason_of_restriction("Bearer " + tests_.mint_with({.allowed_from = NetworkList::parse(std::vector<std::string>{"10.0.0.0/8"}).value()})),
        "address_not_allowed");
    EXPECT_TRUE(found_.principal.is_token());
    auto const disabled = tests_.mint_with({.is_enabled = false});
    EXPECT_EQ(reason_of_restriction("Bearer " + disabled), "disabled");
    EXPECT_FALSE(found_.principal.token);
    EXPECT_EQ(found_.principal.disabled_token->username, "alice");
    EXPECT_EQ(denial_of_basic("bob", disabled, policy), "malformed_token");
    EXPECT_EQ(denial_of({{"Authorization", "Bearer " + disabled}}), "disabled");
    tests_.revoke_last();
    EXPECT_EQ(denial_of({{"Authorization", "Bearer " + disabled}}, policy), "revoked");
}

TEST_F(AuthenticateTest, FindsATokenInEverySupportedHeader) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(denial_of({{"authorization", bearer}}), "");
    EXPECT_TRUE(found_.principal.token.has_value());
    EXPECT_EQ(denial_of({{"X-Warder-Token", token_}}), "");
    EXPECT_TRUE(found_.principal.token.has_value());
    for (auto const* name : {"alice", "ALICE", "token"}) {
        EXPECT_EQ(denial_of_basic(name, token_), "") << name;
        EXPECT_TRUE(found_.principal.token.has_value());
        EXPECT_EQ(found_.principal.token_text(), token_);
    }
}

TEST_F(AuthenticateTest, RejectsATokenWithAnotherUserName) {
    for (auto const* name : {"bob", "Token", ""}) {
        EXPECT_EQ(denial_of_basic(name, token_), "malformed_token") << name;
        EXPECT_FALSE(found_.principal.token.has_value());
    }
}

TEST_F(AuthenticateTest, SaysWhyATokenIsRejected) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(denial_of({{"authorization", "Bearer nonsense"}}), "malformed_token");
    EXPECT_EQ(denial_of({{"authorization", "Bearer"}}), "malformed_token");
    tests_.clock().advance(std::chrono::hours{2});
    EXPECT_EQ(denial_of({{"authorization", bearer}}), "expired");
}

TEST_F(AuthenticateTest, ReturnsAPasswordUnchecked) {
    EXPECT_EQ(denial_of_basic("alice", "correct horse"), "");
    ASSERT_TRUE(found_.password.has_value());
    EXPECT_EQ(found_.password->password.view(), "correct horse");
    EXPECT_FALSE(found_.principal.user.has_value());
}

TEST_F(AuthenticateTest, DistinguishesMissingFromMalformedCredentials) {
    EXPECT_EQ(denial_of({}), "no_credential");
    EXPECT_EQ(denial_of({{"authorization", "Digest x"}}), "wrong_password");
}

TEST_F(AuthenticateTest, ReadsNoCredentialWhereNoneIsAccepted) {
    EXPECT_EQ(denial_of({}, {}), "");
    EXPECT_EQ(denial_of({{"authorization", "Bearer nonsense"}}, {}), "");
    EXPECT_FALSE(found_.principal.token || found_.principal.user || found_.password);
}

TEST_F(AuthenticateTest, RejectsMoreThanOneCredential) {
    for (auto const& policy : {AuthenticationPolicy{}, kTokensOnly, kPasswordOrSession}) {
        EXPECT_EQ(denial_of({{"Authorization", "Basic x"}, {"authorization", "Basic x"}}, policy), "ambiguous_credential");
        EXPECT_EQ(denial_of({{"Authorization", "Basic x"}, {"x-warder-token", "x"}}, policy), "ambiguous_credential");
        EXPECT_EQ(denial_of({{"X-Warder-Token", "x"}, {"x-warder-token", "x"}}, policy), "ambiguous_credential");
    }
}

TEST_F(AuthenticateTest, FindsTheUserOfASession) {
    auto const cookie = "warder_session=" + std::string{session_.id.view()};
    EXPECT_EQ(denial_of({{"cookie", cookie}}, kPasswordOrSession), "");
    ASSERT_TRUE(found_.principal.user && found_.principal.session);
    EXPECT_EQ(found_.principal.user->name, "alice");
    EXPECT_EQ(found_.principal.session_id, session_.id.view());
    EXPECT_EQ(denial_of({{"cookie", cookie}}, kTokensOnly), "no_credential");
    EXPECT_EQ(denial_of({}, {.takes_session = true}), "no_credential");
}

TEST_F(AuthenticateTest, LeavesASessionToBeConfirmedThatAnotherNodeMayKnow) {
    warder::tests::SessionStoreFake store;
    authority::Sessions shared{session_table_, directory_, random_, &store};
    used_sessions_ = &shared;
    auto const cookie = "warder_session=" + std::string(authority::Sessions::kIdLength, 'A');
    EXPECT_EQ(denial_of({{"cookie", cookie}}, kPasswordOrSession), "");
    EXPECT_EQ(found_.unconfirmed_session, std::string(authority::Sessions::kIdLength, 'A'));
    EXPECT_FALSE(found_.principal.user || found_.principal.session);
    EXPECT_EQ(denial_of({{"cookie", "warder_session=x"}}, kPasswordOrSession), "no_session");
    EXPECT_EQ(denial_of({{"cookie", "warder_session=" + std::string{session_.id.view()}}}, kPasswordOrSession), "");
    EXPECT_TRUE(found_.unconfirmed_session.empty());
    EXPECT_TRUE(found_.principal.session);
    tests_.make_index_stale();
    EXPECT_EQ(denial_of({{"cookie", cookie}}, kPasswordOrSession), "stale_index");
}

TEST_F(AuthenticateTest, RejectsASessionThatIsUnknownAmbiguousOrFromAnInsecureCookie) {
    auto const cookie = "warder_session=" + std::string{session_.id.view()};
    EXPECT_EQ(denial_of({{"cookie", "warder_session=x"}}, kPasswordOrSession), "no_session");
    EXPECT_EQ(denial_of({{"cookie", cookie + "; " + cookie}}, kPasswordOrSession), "no_session");
    is_secure_ = true;
    EXPECT_EQ(denial_of({{"cookie", cookie}}, kPasswordOrSession), "no_credential");
    EXPECT_EQ(denial_of({{"cookie", "__Host-" + cookie}}, kPasswordOrSession), "");
    sessions_.end(session_.id.view(), [](auto const&) {});
    EXPECT_EQ(denial_of({{"cookie", "__Host-" + cookie}}, kPasswordOrSession), "no_session");
}

TEST_F(AuthenticateTest, RequiresTheCsrfTokenOfASessionForAChange) {
    auto const cookie = "warder_session=" + std::string{session_.id.view()};
    auto const& csrf = session_.session.csrf_token;
    for (auto const* method : {"POST", "PATCH", "DELETE", "BREW"}) {
        method_ = method;
        EXPECT_EQ(denial_of({{"cookie", cookie}}, kPasswordOrSession), "csrf") << method;
        EXPECT_EQ(denial_of({{"cookie", cookie}, {"x-warder-csrf", "x"}}, kPasswordOrSession), "csrf") << method;
        EXPECT_EQ(denial_of({{"cookie", cookie}, {"x-warder-csrf", csrf}, {"x-warder-csrf", csrf}}, kPasswordOrSession), "csrf") << method;
        EXPECT_EQ(denial_of({{"cookie", cookie}, {"x-warder-csrf", csrf}}, kPasswordOrSession), "") << method;
    }
    method_ = "HEAD";
    EXPECT_EQ(denial_of({{"cookie", cookie}}, kPasswordOrSession), "");
}

TEST_F(AuthenticateTest, PrefersAnyOtherCredentialToASession) {
    auto const cookie = "warder_session=" + std::string{session_.id.view()};
    EXPECT_EQ(denial_of({{"cookie", cookie}, {"authorization", "Digest x"}}, kPasswordOrSession), "wrong_password");
    EXPECT_EQ(denial_of({{"cookie", cookie}, {"x-warder-token", token_}}, kPasswordOrSession), "password_required");
}

TEST_F(AuthenticateTest, RejectsAChangeByAPageOfAnotherSiteIfThePolicySaysSo) {
    AuthenticationPolicy const policy{.rejects_cross_site = true};
    EXPECT_EQ(denial_of({{"sec-fetch-site", "cross-site"}}, policy), "");
    method_ = "POST";
    EXPECT_EQ(denial_of({{"sec-fetch-site", "cross-site"}}, policy), "cross_site");
    EXPECT_EQ(denial_of({{"sec-fetch-site", "same-origin"}}, policy), "");
    EXPECT_EQ(denial_of({{"sec-fetch-site", "cross-site"}}, {}), "");
}

TEST_F(AuthenticateTest, CountsTheUseOfAValidTokenOnce) {
    EXPECT_EQ(denial_of({{"x-warder-token", token_}}), "");
    EXPECT_EQ(tests_.uses_of_last(), 1);
    EXPECT_EQ(denial_of({{"x-warder-token", token_}}, {.takes_token = true, .counts_use = false}), "");
    EXPECT_EQ(tests_.uses_of_last(), 1);
    EXPECT_EQ(denial_of({{"x-warder-token", token_}}, {.takes_password = true, .counts_use = false}), "password_required");
    EXPECT_EQ(tests_.uses_of_last(), 2) << "only authentication counts the use of a rejected token";
    EXPECT_EQ(denial_of({{"x-warder-token", token_ + "x"}}), "bad_signature");
    EXPECT_EQ(tests_.uses_of_last(), 2);
}

TEST_F(AuthenticateTest, RejectsThePasswordWhereOnlyTokensAreAccepted) {
    EXPECT_EQ(denial_of_basic("alice", "correct horse", kTokensOnly), "token_required");
    EXPECT_EQ(denial_of_basic("alice", "correct horse", {.takes_session = true}), "no_session");
    EXPECT_FALSE(found_.password.has_value());
}

TEST_F(AuthenticateTest, RejectsGoodAndBadTokensAlikeWhereNoneIsAccepted) {
    AuthenticationPolicy const policy{.takes_password = true, .takes_session = true};
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(denial_of({{"authorization", bearer}}, policy), "password_required");
    EXPECT_EQ(tests_.uses_of_last(), 1) << "its use is counted";
    EXPECT_EQ(denial_of({{"authorization", "Bearer nonsense"}}, policy), "password_required");
    EXPECT_EQ(denial_of({{"authorization", "Bearer"}}, policy), "password_required");
    EXPECT_EQ(denial_of_basic("bob", token_, policy), "password_required");
}

TEST_F(AuthenticateTest, IgnoresAuthorizationIfOnlyItsOwnHeaderIsRead) {
    auto const bearer = "Bearer " + token_;
    AuthenticationPolicy const policy{.takes_token = true, .token_source = TokenSource::kOwnHeader};
    EXPECT_EQ(denial_of({{"authorization", bearer}}, policy), "no_credential");
    EXPECT_EQ(denial_of({{"authorization", "Basic eA=="}, {"x-warder-token", token_}}, policy), "");
    EXPECT_TRUE(found_.principal.token.has_value());
}

TEST_F(AuthenticateTest, OffersTheChallengesOfThePolicy) {
    http::Request const request;
    auto const tokens = challenges_for(kTokensOnly, request);
    EXPECT_TRUE(tokens.has_basic && tokens.has_bearer && !tokens.is_script) << "a token may be sent as a Basic password";
    auto const passwords = challenges_for({.takes_password = true, .takes_session = true}, request);
    EXPECT_TRUE(passwords.has_basic && !passwords.has_bearer && !passwords.is_script);
    auto const sessions = challenges_for({.takes_session = true}, request);
    EXPECT_TRUE(!sessions.has_basic && !sessions.has_bearer && sessions.is_script);
}

}  // namespace
}  // namespace warder::auth
