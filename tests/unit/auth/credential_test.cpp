// SPDX-License-Identifier: MIT
#include "auth/credential.hpp"

#include "core/claims.hpp"
#include "core/jws.hpp"
#include "core/text/base64url.hpp"
#include "crypto/hmac.hpp"
#include "fakes.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>

namespace warder::auth {
namespace {

/// A registry with one active token of the user alice.
class AuthenticateTest : public testing::Test {
  protected:
    AuthenticateTest() {
        registry_.put_user(UserId{1}, "alice", false);
        auto const now = std::chrono::floor<std::chrono::seconds>(clock_.now());
        core::Claims const claims{.username = "alice",
                                  .id = TokenId::make(random_),
                                  .description = "ci",
                                  .expires_at = now + std::chrono::hours{1},
                                  .issued_at = now,
                                  .not_before = {}};
        token_ = core::make_jws_header({}) + "." + core::to_base64url(core::write_claims(claims));
        auto const mac = keys_.read()->signing().mac.sign(token_);
        token_ += "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
        registry_.put({.id = claims.id, .owner = UserId{1}, .ends_at = claims.expires_at, .digest = crypto::sha256(token_), .is_edited = false});
    }

    /// Returns the name of the reason for a denial; empty if the credential is accepted.
    std::string_view denial_of(std::initializer_list<http::HeaderField> fields,
                               AuthenticationPolicy const& policy = {.takes_token = true, .takes_password = true}) {
        http::Request request;
        for (auto const& field : fields) request.fields[request.field_count++] = field;
        credential_ = {};
        auto const authenticated = authenticate(request, policy, verifier_, *scratch_, credential_);
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

    warder::tests::ManualClock clock_;
    warder::tests::CountingRandom random_;
    index::KeyRingHandle keys_{crypto::KeyRing::make(random_, Instant{})};
    index::Registry registry_{7};
    authority::Verifier verifier_{registry_, keys_, clock_};
    std::unique_ptr<authority::VerifierScratch> scratch_ = std::make_unique<authority::VerifierScratch>();
    std::string token_, header_;
    Credential credential_;
};

TEST_F(AuthenticateTest, FindsATokenInEverySupportedHeader) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(denial_of({{"authorization", bearer}}), "");
    EXPECT_TRUE(credential_.token.has_value());
    EXPECT_EQ(denial_of({{"X-Warder-Token", token_}}), "");
    EXPECT_TRUE(credential_.token.has_value());
    for (auto const* name : {"alice", "ALICE", "token"}) {
        EXPECT_EQ(denial_of_basic(name, token_), "") << name;
        EXPECT_TRUE(credential_.token.has_value());
        EXPECT_EQ(credential_.token_text(), token_);
    }
}

TEST_F(AuthenticateTest, RejectsATokenWithAnotherUserName) {
    for (auto const* name : {"bob", "Token", ""}) {
        EXPECT_EQ(denial_of_basic(name, token_), "malformed_token") << name;
        EXPECT_FALSE(credential_.token.has_value());
    }
}

TEST_F(AuthenticateTest, SaysWhyATokenIsRejected) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(denial_of({{"authorization", "Bearer nonsense"}}), "malformed_token");
    EXPECT_EQ(denial_of({{"authorization", "Bearer"}}), "malformed_token");
    clock_.advance(std::chrono::hours{2});
    EXPECT_EQ(denial_of({{"authorization", bearer}}), "expired");
}

TEST_F(AuthenticateTest, ReturnsAPasswordUnchecked) {
    EXPECT_EQ(denial_of_basic("alice", "correct horse"), "");
    ASSERT_TRUE(credential_.password.has_value());
    EXPECT_EQ(credential_.password->password.view(), "correct horse");
}

TEST_F(AuthenticateTest, DistinguishesMissingFromMalformedCredentials) {
    EXPECT_EQ(denial_of({}), "no_credential");
    EXPECT_EQ(denial_of({{"authorization", "Digest x"}}), "wrong_password");
}

TEST_F(AuthenticateTest, AcceptsNothingOnlyWhereASessionMayTakeItsPlace) {
    EXPECT_EQ(denial_of({}, {.takes_session = true}), "");
    EXPECT_FALSE(credential_.token || credential_.password);
}

TEST_F(AuthenticateTest, RejectsThePasswordWhereOnlyTokensAreAccepted) {
    EXPECT_EQ(denial_of_basic("alice", "correct horse", kTokensOnly), "token_required");
    EXPECT_EQ(denial_of_basic("alice", "correct horse", {.takes_session = true}), "no_session");
    EXPECT_FALSE(credential_.password.has_value());
}

TEST_F(AuthenticateTest, RejectsGoodAndBadTokensAlikeWhereNoneIsAccepted) {
    AuthenticationPolicy const policy{.takes_password = true, .takes_session = true};
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(denial_of({{"authorization", bearer}}, policy), "password_required");
    EXPECT_TRUE(credential_.token.has_value()) << "its use is counted";
    EXPECT_EQ(denial_of({{"authorization", "Bearer nonsense"}}, policy), "password_required");
    EXPECT_EQ(denial_of({{"authorization", "Bearer"}}, policy), "password_required");
    EXPECT_EQ(denial_of_basic("bob", token_, policy), "password_required");
}

TEST_F(AuthenticateTest, IgnoresAuthorizationIfOnlyItsOwnHeaderIsRead) {
    auto const bearer = "Bearer " + token_;
    AuthenticationPolicy const policy{.takes_token = true, .token_source = TokenSource::kOwnHeader};
    EXPECT_EQ(denial_of({{"authorization", bearer}}, policy), "no_credential");
    EXPECT_EQ(denial_of({{"authorization", "Basic eA=="}, {"x-warder-token", token_}}, policy), "");
    EXPECT_TRUE(credential_.token.has_value());
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
