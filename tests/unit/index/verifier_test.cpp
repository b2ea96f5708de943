// SPDX-License-Identifier: MIT
#include "warder/verifier.hpp"

#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "fakes.hpp"
#include "index/freshness.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace warder::index {
namespace {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::seconds;

class VerifierTest : public testing::Test {
  protected:
    VerifierTest() {
        registry_.put_user(UserId{1}, "alice", false);
        registry_.put_user(UserId{2}, "bob", true);
    }

    Instant now() const { return floor<seconds>(clock_.now()); }

    core::Claims claims(std::string_view username = "alice") {
        return {.username = username,
                .id = TokenId::make(random_),
                .description = "ci runner",
                .expires_at = now() + hours{1},
                .issued_at = now(),
                .not_before = {}};
    }

    std::string sign(std::string const& header, std::string_view payload) const {
        auto text = header + "." + core::to_base64url(payload);
        auto const mac = keys_.read()->signing().mac.sign(text);
        return text + "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
    }
    std::string sign(core::Claims const& claims) const { return sign(core::make_jws_header({}), core::write_claims(claims)); }

    void register_token(std::string_view text, TokenId const& id, UserId owner, Instant ends_at) {
        registry_.put({.id = id, .owner = owner, .ends_at = ends_at, .digest = crypto::sha256(text), .is_edited = false});
    }
    std::string registered(core::Claims const& claims, UserId owner = UserId{1}) {
        auto text = sign(claims);
        register_token(text, claims.id, owner, claims.expires_at);
        return text;
    }

    std::string verdict(std::string_view token) {
        auto const verified = verifier_.verify(token);
        return std::string{verified ? "ok" : authority::code(verified.error())};
    }

    tests::ManualClock clock_;
    tests::CountingRandom random_;
    Registry registry_{7};
    KeyRingHandle keys_{crypto::KeyRing::make(random_, Instant{})};
    authority::Verifier verifier_{registry_, keys_, clock_};
};

/// The index is fresh for 30 s from the start of the test.
class StaleVerifierTest : public VerifierTest {
  protected:
    StaleVerifierTest() { freshness_.prove(freshness_.now()); }

    std::string verdict(std::string_view token) {
        auto const verified = verifier_.verify(token);
        return std::string{verified ? "ok" : authority::code(verified.error())};
    }

    Freshness freshness_{&tests::ManualBootClock::now};
    authority::Verifier verifier_{registry_, keys_, clock_, &freshness_, seconds{30}};
};

TEST_F(StaleVerifierTest, RejectsEveryTokenThatOnlyTheIndexCanDecide) {
    auto const mine = claims();
    auto const valid = registered(mine);
    auto const unknown = sign(claims());
    auto const disabled = registered(claims());
    registry_.put({.id = verifier_.verify(disabled)->id,
                   .owner = UserId{1},
                   .ends_at = now() + hours{1},
                   .digest = crypto::sha256(disabled),
                   .policy = {.endpoints = nullptr, .is_enabled = false}});
    auto const with_other_key = sign(core::make_jws_header("other"), core::write_claims(claims()));
    EXPECT_EQ(verdict(valid), "ok");
    EXPECT_EQ(verdict(unknown), "not_registered");
    EXPECT_EQ(verdict(disabled), "disabled");
    EXPECT_EQ(verdict(with_other_key), "unknown_key");
    EXPECT_FALSE(verifier_.is_stale());

    tests::ManualBootClock::advance(seconds{31});
    EXPECT_TRUE(verifier_.is_stale());
    for (auto const& token : {valid, unknown, disabled, with_other_key}) EXPECT_EQ(verdict(token), "stale_index");
    EXPECT_EQ(verifier_.identify(valid)->id, mine.id);

    freshness_.prove(freshness_.now());
    EXPECT_EQ(verdict(valid), "ok");
    EXPECT_EQ(verdict(with_other_key), "unknown_key");
}

TEST_F(StaleVerifierTest, RejectsOtherTokensForTheirOwnFault) {
    auto const valid = registered(claims());
    auto expired = claims();
    expired.expires_at = now();
    auto const tampered = valid.substr(0, valid.rfind('.') + 1) + std::string(43, 'A');
    tests::ManualBootClock::advance(seconds{31});
    EXPECT_EQ(verdict("eyJ"), "not_a_token");
    EXPECT_EQ(verdict(sign(R"(e30)", core::write_claims(claims()))), "bad_header");
    EXPECT_EQ(verdict(tampered), "bad_signature");
    EXPECT_EQ(verdict(sign(core::make_jws_header({}), "{}")), "bad_claims");
    EXPECT_EQ(verdict(registered(expired)), "expired");
}

TEST_F(StaleVerifierTest, AcceptsNothingBeforeTheFirstProof) {
    Freshness const never{&tests::ManualBootClock::now};
    authority::Verifier const verifier{registry_, keys_, clock_, &never, std::chrono::hours{1}};
    EXPECT_TRUE(verifier.is_stale());
    EXPECT_EQ(verifier.verify(registered(claims())).error(), authority::TokenError::kStaleIndex);
}

TEST_F(VerifierTest, CannotTellWhetherATokenOfAKeyThatOnlyOthersHaveIsValid) {
    auto const with_kid = [this](std::string_view kid) { return sign(core::make_jws_header(kid), core::write_claims(claims())); };
    auto const own = registered(claims());
    auto const foreign = own.substr(0, own.rfind('.') + 1) + std::string(43, 'A');
    auto const own_id = keys_.read()->signing().id;
    EXPECT_EQ(verdict(with_kid("theirs")), "unknown_key");

    keys_.replace(crypto::KeyRing{*keys_.read()}.lacking({{.id = "theirs", .origin = crypto::KeyOrigin::kRotated}}));
    EXPECT_EQ(verdict(with_kid("theirs")), "stale_index");
    EXPECT_EQ(verdict(with_kid("nobody's")), "unknown_key");
    EXPECT_EQ(verdict(foreign), "bad_signature");
    EXPECT_EQ(verdict(own), "ok");
    EXPECT_FALSE(verifier_.identify(with_kid("theirs")));

    keys_.replace(crypto::KeyRing{*keys_.read()}.lacking({{.id = "imported", .origin = crypto::KeyOrigin::kImported}}));
    EXPECT_EQ(verdict(with_kid("theirs")), "unknown_key");
    EXPECT_EQ(verdict(foreign), "stale_index") << "a key without an id in its tokens may have signed it";
    auto named_foreign = with_kid(own_id);
    named_foreign.replace(named_foreign.rfind('.') + 1, std::string::npos, std::string(43, 'A'));
    EXPECT_EQ(verdict(named_foreign), "bad_signature");
    EXPECT_EQ(verdict(own), "ok");
}

TEST_F(VerifierTest, IsNeverStaleWithALocalStore) {
    tests::ManualBootClock::advance(hours{24});
    EXPECT_FALSE(verifier_.is_stale());
    EXPECT_EQ(verdict(registered(claims())), "ok");
}

TEST_F(VerifierTest, AcceptsARegisteredTokenAndReturnsItsOwner) {
    auto const mine = claims("bob");
    auto const text = registered(mine, UserId{2});
    std::string description;
    auto const verified = verifier_.verify(text, description);
    ASSERT_TRUE(verified) << authority::code(verified.error());
    EXPECT_EQ(verified->id, mine.id);
    EXPECT_EQ(verified->owner, UserId{2});
    EXPECT_EQ(verified->username, "bob");
    EXPECT_EQ(description, "ci runner");
    EXPECT_FALSE(verifier_.verify(text + "x", description));
    EXPECT_EQ(description, "ci runner") << "unchanged";
    EXPECT_EQ(verified->ends_at, mine.expires_at);
    EXPECT_TRUE(verified->is_admin);
}

Grants grants(std::vector<std::string> const& texts) { return texts.empty() ? nullptr : GrantList::parse(texts).value(); }

TEST(Scope, CouldCoverByRpcIfEachListCoversOrCould) {
    std::string const rpc = "POST /rpc rpc:get*";
    std::string const plain = "/rpc";
    std::string const other = "/x";
    struct {
        std::vector<std::string> endpoints, ceiling;
        bool expected;
    } const rows[] = {
        {{rpc}, {}, true},         {{}, {rpc}, true},        {{rpc}, {plain}, true},  {{plain}, {rpc}, true},
        {{rpc}, {rpc}, true},      {{other, rpc}, {}, true}, {{}, {}, false},         {{plain}, {}, false},
        {{plain, rpc}, {}, false}, {{rpc}, {other}, false},  {{other}, {rpc}, false}, {{other}, {}, false},
    };
    std::array<char, 16> buffer{};
    auto const path = canonicalize_path("/rpc", buffer).value();
    for (auto const& [endpoints, ceiling, expected] : rows) {
        auto const own = grants(endpoints);
        auto const bound = grants(ceiling);
        Scope const scope{.endpoints = own.get(), .ceiling = bound.get()};
        auto const shown = testing::PrintToString(endpoints) + " under " + testing::PrintToString(ceiling);
        EXPECT_EQ(scope.could_cover_by_rpc({.method = "POST", .host = {}, .path = path, .rpc_methods = {}}), expected) << shown;
        EXPECT_FALSE(scope.could_cover_by_rpc({.method = "GET", .host = {}, .path = path, .rpc_methods = {}})) << shown;
    }
}

TEST_F(VerifierTest, RejectsAnUnregisteredToken) { EXPECT_EQ(verdict(sign(claims())), "not_registered"); }

TEST_F(VerifierTest, RejectsADifferentTokenWithARegisteredId) {
    auto mine = claims();
    registered(mine);
    mine.expires_at += hours{1};
    EXPECT_EQ(verdict(sign(mine)), "not_registered");
}

TEST_F(VerifierTest, RejectsATokenRegisteredForAnotherUser) { EXPECT_EQ(verdict(registered(claims("alice"), UserId{2})), "not_registered"); }

TEST_F(VerifierTest, RejectsATokenFromTheSecondOfItsExpiry) {
    auto const text = registered(claims());
    clock_.advance(hours{1} - std::chrono::nanoseconds{1});
    EXPECT_EQ(verdict(text), "ok");
    clock_.advance(std::chrono::nanoseconds{1});
    EXPECT_EQ(verdict(text), "expired");
}

TEST_F(VerifierTest, RejectsARenewedTokenAfterItsOverlapEnds) {
    auto const mine = claims();
    auto const text = sign(mine);
    register_token(text, mine.id, UserId{1}, now() + seconds{5});
    EXPECT_EQ(verdict(text), "ok");
    clock_.advance(seconds{5});
    EXPECT_EQ(verdict(text), "not_registered");
}

TEST_F(VerifierTest, ToleratesAtMostOneMinuteOfClockSkew) {
    auto early = claims();
    early.issued_at = now() + seconds{60};
    EXPECT_EQ(verdict(registered(early)), "ok");
    early.id = TokenId::make(random_);
    early.issued_at = now() + seconds{61};
    EXPECT_EQ(verdict(registered(early)), "from_the_future");
}

TEST_F(VerifierTest, RejectsATokenWithNotBeforeInTheFuture) {
    auto const mine = claims();
    auto payload = core::write_claims(mine);
    payload.insert(payload.size() - 1, ",\"nbf\":" + std::to_string((now() + seconds{61}).time_since_epoch().count()));
    auto const text = sign(core::make_jws_header({}), payload);
    register_token(text, mine.id, UserId{1}, mine.expires_at);
    EXPECT_EQ(verdict(text), "from_the_future");
}

TEST_F(VerifierTest, ReportsBadSignatureBeforeCheckingTheClaims) {
    auto stale = claims();
    stale.expires_at = now() - seconds{1};
    auto text = registered(stale);
    text[text.size() - 10] = text[text.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(verdict(text), "bad_signature");
}

TEST_F(VerifierTest, RejectsATokenWithAnyFlippedBit) {
    auto const text = registered(claims());
    for (std::size_t at = 0; at < text.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            auto forged = text;
            forged[at] = static_cast<char>(forged[at] ^ (1 << bit));
            ASSERT_NE(verdict(forged), "ok") << "byte " << at << " bit " << bit;
        }
}

TEST_F(VerifierTest, RejectsOtherAlgorithms) {
    auto const payload = core::write_claims(claims());
    for (std::string_view const header :
         {R"({"typ":"JWT","alg":"none"})", R"({"alg":"HS384"})", R"({"alg":"RS256"})", R"({"alg":"hs256"})", R"({"typ":"JWT"})"})
        EXPECT_EQ(verdict(sign(core::to_base64url(header), payload)), "bad_header") << header;
}

TEST_F(VerifierTest, RejectsATokenWithoutSignature) {
    auto const text = registered(claims());
    auto const unsigned_text = text.substr(0, text.rfind('.') + 1);
    EXPECT_EQ(verdict(unsigned_text), "not_a_token");
}

TEST_F(VerifierTest, AcceptsTheHeaderAsPyJwtWritesIt) {
    auto const mine = claims();
    auto const text = sign(core::to_base64url(R"({"alg":"HS256","typ":"JWT"})"), core::write_claims(mine));
    register_token(text, mine.id, UserId{1}, mine.expires_at);
    EXPECT_EQ(verdict(text), "ok");
}

TEST_F(VerifierTest, AcceptsTokensOfARotatedKeyUntilItIsRemoved) {
    auto const text = registered(claims());
    auto const first_id = keys_.read()->signing().id;
    keys_.replace(keys_.read()->rotated(random_, now()));
    EXPECT_EQ(verdict(text), "ok");
    keys_.replace(*keys_.read()->without(first_id));
    EXPECT_EQ(verdict(text), "unknown_key");
}

TEST_F(VerifierTest, SelectsTheKeyNamedByKidAndRejectsUnknownKids) {
    keys_.replace(keys_.read()->rotated(random_, now()));
    auto const mine = claims();
    auto const text = sign(core::make_jws_header(keys_.read()->signing().id), core::write_claims(mine));
    register_token(text, mine.id, UserId{1}, mine.expires_at);
    EXPECT_EQ(verdict(text), "ok");

    EXPECT_EQ(verdict(sign(core::make_jws_header("elsewhere"), core::write_claims(mine))), "unknown_key");
    // The signature of the new key is not valid for the first key, whose tokens have no kid.
    EXPECT_EQ(verdict(sign(mine)), "bad_signature");
}

TEST_F(VerifierTest, AcceptsTokensWithoutKidSignedByAnImportedKey) {
    auto const mine = claims();
    auto text = core::make_jws_header({}) + "." + core::to_base64url(core::write_claims(mine));
    auto const mac = crypto::HmacKey{crypto::Secret{"specter's"}.bytes()}.sign(text);
    text += "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
    register_token(text, mine.id, UserId{1}, mine.expires_at);
    EXPECT_EQ(verdict(text), "bad_signature");
    auto const own = registered(claims());
    keys_.replace(keys_.read()->with_imported(crypto::Secret{"specter's"}, random_, now()).value());
    EXPECT_EQ(verdict(text), "ok");
    EXPECT_EQ(verdict(own), "ok");
    auto const rotated = keys_.read()->rotated(random_, now());
    keys_.replace(rotated.without(rotated.keys().front()->id).value());
    EXPECT_EQ(verdict(text), "ok");
    EXPECT_EQ(verdict(own), "bad_signature");
}

TEST_F(VerifierTest, RejectsATokenLongerThanEightKibibytes) { EXPECT_EQ(verdict(std::string(8193, 'a')), "not_a_token"); }

TEST_F(VerifierTest, RejectsATokenOfADeletedUser) {
    auto const text = registered(claims());
    registry_.erase_user(UserId{1});
    EXPECT_EQ(verdict(text), "not_registered");
}

}  // namespace
}  // namespace warder::index
