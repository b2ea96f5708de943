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

using Kind = Credential::Kind;

/// A registry with one active token of the user alice.
class ReadCredentialTest : public testing::Test {
  protected:
    ReadCredentialTest() {
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

    Credential read_fields(std::initializer_list<http::HeaderField> fields, TokenSource place = TokenSource::kAnywhere) {
        http::Request request;
        for (auto const& field : fields) request.fields[request.field_count++] = field;
        return read_credential(request, verifier_, *scratch_, place);
    }
    Credential basic(std::string const& name, std::string const& password) {
        header_ = "Basic " + encode(name + ":" + password);
        return read_fields({{"Authorization", header_}});
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
};

TEST_F(ReadCredentialTest, FindsATokenInEverySupportedHeader) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(read_fields({{"authorization", bearer}}).kind, Kind::kToken);
    EXPECT_EQ(read_fields({{"X-Warder-Token", token_}}).kind, Kind::kToken);
    for (auto const* name : {"alice", "ALICE", "token"}) {
        auto const credential = basic(name, token_);
        EXPECT_EQ(credential.kind, Kind::kToken) << name;
        EXPECT_EQ(credential.token_text(), token_);
    }
}

TEST_F(ReadCredentialTest, RejectsATokenWithAnotherUserName) {
    for (auto const* name : {"bob", "Token", ""}) {
        auto const credential = basic(name, token_);
        EXPECT_EQ(credential.kind, Kind::kBadToken) << name;
        EXPECT_EQ(credential.problem, TokenProblem::kNotValid);
    }
}

TEST_F(ReadCredentialTest, DistinguishesExpiredFromInvalidTokens) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(read_fields({{"authorization", "Bearer nonsense"}}).problem, TokenProblem::kNotValid);
    clock_.advance(std::chrono::hours{2});
    auto const expired = read_fields({{"authorization", bearer}});
    EXPECT_EQ(expired.kind, Kind::kBadToken);
    EXPECT_EQ(expired.problem, TokenProblem::kExpired);
}

TEST_F(ReadCredentialTest, ReturnsAPasswordUnchecked) {
    auto const credential = basic("alice", "correct horse");
    EXPECT_EQ(credential.kind, Kind::kPassword);
    ASSERT_TRUE(credential.password.has_value());
    EXPECT_EQ(credential.password->password.view(), "correct horse");
}

TEST_F(ReadCredentialTest, DistinguishesMissingFromMalformedCredentials) {
    EXPECT_EQ(read_fields({}).kind, Kind::kNothing);
    EXPECT_EQ(read_fields({{"authorization", "Digest x"}}).kind, Kind::kMalformed);
    EXPECT_EQ(read_fields({{"authorization", "Digest x"}}).problem, TokenProblem::kNone);
    EXPECT_EQ(read_fields({{"authorization", "Bearer"}}).problem, TokenProblem::kNotValid);
}

TEST_F(ReadCredentialTest, IgnoresAuthorizationIfOnlyItsOwnHeaderIsRead) {
    auto const bearer = "Bearer " + token_;
    EXPECT_EQ(read_fields({{"authorization", bearer}}, TokenSource::kOwnHeader).kind, Kind::kNothing);
    EXPECT_EQ(read_fields({{"authorization", "Basic eA=="}, {"x-warder-token", token_}}, TokenSource::kOwnHeader).kind, Kind::kToken);
}

}  // namespace
}  // namespace warder::auth
