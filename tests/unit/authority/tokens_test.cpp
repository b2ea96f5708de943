// SPDX-License-Identifier: MIT
#include "authority/real_store.hpp"
#include "warder/verifier.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::authority {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using warder::tests::wait;

class AuthorityTokens : public warder::tests::RealStore {
  protected:
    Result<OwnedToken> show(Principal const& principal, TokenId const& id) {
        return wait<OwnedToken>([&](auto done) { authority_.show(principal, id, std::move(done)); });
    }
    Result<OwnedToken> describe(Principal const& principal, TokenId const& id, std::string text) {
        return wait<OwnedToken>([&](auto done) { authority_.edit(principal, id, {.description = std::move(text), .policy = {}}, std::move(done)); });
    }
    Result<void> revoke(Principal const& principal, TokenId const& id) {
        return wait<void>([&](auto done) { authority_.revoke(principal, id, std::move(done)); });
    }
    Result<MintedToken> renew(Principal const& principal, TokenId const& id, RenewRequest request = {}) {
        return wait<MintedToken>([&](auto done) { authority_.renew(principal, id, request, std::move(done)); });
    }
    Result<TokenPage> list(Principal const& principal, ListRequest request = {}) {
        return wait<TokenPage>([&](auto done) { authority_.list(principal, request, std::move(done)); });
    }
    std::vector<std::string> descriptions_of(Principal const& principal, ListRequest const& request = {}) {
        std::vector<std::string> descriptions;
        auto const page = list(principal, request).value();
        for (auto const& token : page.tokens) descriptions.push_back(token.record.description);
        return descriptions;
    }
    bool is_accepted(MintedToken const& token) { return verifier_.verify(token.text).has_value(); }
    template <class T>
    static Error error_of(Result<T> const& result) {
        EXPECT_FALSE(result.has_value());
        return result ? Error::kBusy : result.error();
    }

    Principal alice_ = add_user("alice");
    Principal bob_ = add_user("bob");
    Principal root_ = add_user("root", true);
    Verifier verifier_{index_.registry(), keys_, clock_};
};

TEST_F(AuthorityTokens, MintedTokenIsAcceptedImmediately) {
    auto const token = mint(alice_, "ci runner");
    ASSERT_TRUE(token);
    EXPECT_TRUE(is_accepted(*token));
    EXPECT_EQ(token->record.expires_at - token->record.issued_at, seconds{360});
}

TEST_F(AuthorityTokens, RevokedTokenIsRejectedImmediately) {
    auto const token = mint(alice_, "ci runner").value();
    ASSERT_TRUE(revoke(alice_, token.record.id));
    EXPECT_FALSE(is_accepted(token));
    EXPECT_EQ(error_of(revoke(alice_, token.record.id)), Error::kTokenNotFound);
}

TEST_F(AuthorityTokens, FractionalLifetimeRoundsTheExpiryUp) {
    auto const token = mint(alice_, "short", Seconds{1.5}).value();
    EXPECT_EQ(token.record.expires_at - token.record.issued_at, seconds{2});
    EXPECT_EQ(token.record.lifetime, Seconds{1.5});
}

TEST_F(AuthorityTokens, DescriptionsAreUniqueAmongActiveTokensOfAUser) {
    ASSERT_TRUE(mint(alice_, "ci runner"));
    EXPECT_EQ(error_of(mint(alice_, "ci runner")), Error::kDescriptionTakenOrBlank);
    EXPECT_TRUE(mint(alice_, "CI runner"));
    EXPECT_TRUE(mint(bob_, "ci runner"));
    clock_.advance(seconds{360});
    EXPECT_TRUE(mint(alice_, "ci runner"));
}

TEST_F(AuthorityTokens, RejectsInvalidDescriptionsAndLifetimes) {
    EXPECT_EQ(error_of(mint(alice_, " \t ")), Error::kDescriptionTakenOrBlank);
    EXPECT_EQ(error_of(mint(alice_, std::string(201, 'x'))), Error::kDescriptionTooLong);
    EXPECT_EQ(error_of(mint(alice_, "a\x01")), Error::kDescriptionHasControl);
    EXPECT_EQ(error_of(mint(alice_, "\xFF")), Error::kDescriptionNotText);
    EXPECT_EQ(error_of(mint(alice_, "x", Seconds{0.5})), Error::kLifetimeTooShort);
    EXPECT_EQ(error_of(mint(alice_, "x", Seconds{86'401})), Error::kLifetimeTooLong);
    EXPECT_TRUE(descriptions_of(alice_).empty());
}

TEST_F(AuthorityTokens, RejectsMoreTokensThanTheLimitPerUser) {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(mint(alice_, std::to_string(i)));
    EXPECT_EQ(error_of(mint(alice_, "one more")), Error::kTooManyTokens);
    EXPECT_TRUE(mint(bob_, "one more"));
}

TEST_F(AuthorityTokens, HidesTokensOfOtherUsersExceptFromAdministrators) {
    auto const id = mint(alice_, "ci runner").value().record.id;
    EXPECT_EQ(error_of(show(bob_, id)), Error::kTokenNotFound);
    EXPECT_EQ(error_of(describe(bob_, id, "mine now")), Error::kTokenNotFound);
    EXPECT_EQ(error_of(revoke(bob_, id)), Error::kTokenNotFound);
    EXPECT_EQ(error_of(renew(bob_, id)), Error::kTokenNotFound);
    EXPECT_EQ(show(root_, id).value().owner_name, "alice");
    EXPECT_EQ(error_of(renew(root_, id)), Error::kForbidden);
    EXPECT_TRUE(revoke(root_, id));
}

TEST_F(AuthorityTokens, ChangedDescriptionKeepsTheTokenValidAndSetsEditedFlag) {
    auto const token = mint(alice_, "old name").value();
    EXPECT_EQ(describe(alice_, token.record.id, "new name").value().record.description, "new name");
    auto const verified = verifier_.verify(token.text);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->is_edited);
    EXPECT_EQ(show(alice_, token.record.id).value().record.description, "new name");
}

TEST_F(AuthorityTokens, EditMayKeepTheDescriptionButNotTakeAnotherTokens) {
    auto const token = mint(alice_, "one").value();
    ASSERT_TRUE(mint(alice_, "two"));
    EXPECT_TRUE(describe(alice_, token.record.id, "one"));
    EXPECT_EQ(error_of(describe(alice_, token.record.id, "two")), Error::kDescriptionTakenOrBlank);
    EXPECT_EQ(show(alice_, token.record.id).value().record.description, "one");
}

TEST_F(AuthorityTokens, RenewalWithoutOverlapEndsTheOldTokenImmediately) {
    auto const old = mint(alice_, "ci runner").value();
    auto const fresh = renew(alice_, old.record.id);
    ASSERT_TRUE(fresh);
    EXPECT_FALSE(is_accepted(old));
    EXPECT_TRUE(is_accepted(*fresh));
    EXPECT_EQ(fresh->record.lifetime, old.record.lifetime);
    EXPECT_EQ(descriptions_of(alice_), std::vector<std::string>{"ci runner"});
    EXPECT_EQ(error_of(renew(alice_, old.record.id)), Error::kTokenNotFound);
}

TEST_F(AuthorityTokens, RenewalWithOverlapAcceptsBothTokensUntilItEnds) {
    auto const old = mint(alice_, "ci runner").value();
    auto const fresh = renew(alice_, old.record.id, {.lifetime = Seconds{600}, .overlap = Seconds{60}}).value();
    EXPECT_TRUE(is_accepted(old));
    EXPECT_TRUE(is_accepted(fresh));
    EXPECT_EQ(descriptions_of(alice_).size(), 2U);
    EXPECT_EQ(error_of(renew(alice_, old.record.id)), Error::kAlreadyRenewed);
    EXPECT_EQ(error_of(renew(bob_, old.record.id)), Error::kTokenNotFound);
    EXPECT_EQ(error_of(renew(root_, old.record.id)), Error::kForbidden);
    EXPECT_EQ(error_of(mint(alice_, "ci runner")), Error::kDescriptionTakenOrBlank);

    clock_.advance(seconds{60});
    EXPECT_FALSE(is_accepted(old));
    EXPECT_TRUE(is_accepted(fresh));
    EXPECT_EQ(descriptions_of(alice_).size(), 1U);
    EXPECT_EQ(error_of(show(alice_, old.record.id)), Error::kTokenNotFound);
    EXPECT_EQ(error_of(renew(alice_, old.record.id)), Error::kTokenNotFound);
}

TEST_F(AuthorityTokens, OverlapNeverOutlivesTheOldToken) {
    auto const old = mint(alice_, "ci runner", Seconds{30}).value();
    ASSERT_TRUE(renew(alice_, old.record.id, {.lifetime = Seconds{600}, .overlap = Seconds{3'600}}));
    EXPECT_EQ(show(alice_, old.record.id).value().record.ends_at(), old.record.expires_at);
}

TEST_F(AuthorityTokens, ExpiredTokenCanBeRenewed) {
    auto const old = mint(alice_, "ci runner").value();
    clock_.advance(seconds{400});
    auto const fresh = renew(alice_, old.record.id, {.lifetime = std::nullopt, .overlap = Seconds{60}});
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(is_accepted(*fresh));
    EXPECT_EQ(descriptions_of(alice_).size(), 1U);
}

TEST_F(AuthorityTokens, RenewedTokenMayTakeBackItsDescriptionDuringTheOverlap) {
    auto const old = mint(alice_, "ci runner").value();
    auto const fresh = renew(alice_, old.record.id, {.lifetime = std::nullopt, .overlap = Seconds{60}}).value();
    ASSERT_TRUE(describe(alice_, fresh.record.id, "other"));
    EXPECT_TRUE(describe(alice_, fresh.record.id, "ci runner"));
}

TEST_F(AuthorityTokens, ListsTokensOldestFirstInPages) {
    std::vector<TokenId> ids;
    std::vector<std::string> const names{"one", "two", "three"};
    for (auto const& name : names) ids.push_back(mint(alice_, name).value().record.id);
    EXPECT_EQ(descriptions_of(alice_), names);

    auto const page = list(alice_, {.owner = Self{}, .after = std::nullopt, .limit = 2}).value();
    EXPECT_TRUE(page.has_more);
    EXPECT_EQ(page.tokens.size(), 2U);
    EXPECT_EQ(descriptions_of(alice_, {.owner = Self{}, .after = ids[1], .limit = 2}), std::vector<std::string>{"three"});
    EXPECT_FALSE(list(alice_, {.owner = Self{}, .after = ids[1], .limit = 1}).value().has_more);
    EXPECT_EQ(error_of(list(bob_, {.owner = Self{}, .after = ids[1], .limit = 2})), Error::kUnknownCursor);
}

TEST_F(AuthorityTokens, DeniesNonAdministratorsAListOfOtherUsersTokens) {
    ASSERT_TRUE(mint(alice_, "hers"));
    ASSERT_TRUE(mint(bob_, "his"));
    EXPECT_EQ(error_of(list(bob_, {.owner = "alice", .after = {}, .limit = {}})), Error::kForbidden);
    EXPECT_EQ(error_of(list(bob_, {.owner = AllUsers{}, .after = {}, .limit = {}})), Error::kForbidden);
    EXPECT_EQ(descriptions_of(root_, {.owner = "ALICE", .after = {}, .limit = {}}), std::vector<std::string>{"hers"});
    EXPECT_EQ(list(root_, {.owner = AllUsers{}, .after = {}, .limit = {}}).value().tokens[1].owner_name, "bob");
    EXPECT_EQ(error_of(list(root_, {.owner = "nobody", .after = {}, .limit = {}})), Error::kUserNotFound);
}

TEST_F(AuthorityTokens, ListsExpiredTokensUntilThePurge) {
    ASSERT_TRUE(mint(alice_, "short"));
    auto const purge = [&] {
        return wait<PurgeCounts>([&](auto done) { authority_.purge(std::chrono::floor<std::chrono::seconds>(clock_.now()), std::move(done)); })
            .value()
            .tokens;
    };
    clock_.advance(hours{1});
    EXPECT_EQ(purge(), 0);
    EXPECT_EQ(descriptions_of(alice_).size(), 1U);
    clock_.advance(seconds{361});
    EXPECT_EQ(purge(), 1);
    EXPECT_TRUE(descriptions_of(alice_).empty());
    EXPECT_EQ(index_.registry().size(), 0U);
}

TEST_F(AuthorityTokens, CountsAndRevokesTokensSignedByAKey) {
    auto const old_key = keys_.read()->signing().id;
    auto const old = mint(alice_, "old").value();
    keys_.replace(keys_.read()->rotated(random_, Instant{}));
    auto const fresh = mint(alice_, "new").value();
    auto const count = [&] { return wait<std::int64_t>([&](auto done) { authority_.count_signed_by(old_key, std::move(done)); }).value(); };
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(wait<std::int64_t>([&](auto done) { authority_.revoke_signed_by(operator_, old_key, std::move(done)); }).value(), 1);
    EXPECT_EQ(count(), 0);
    EXPECT_FALSE(is_accepted(old));
    EXPECT_TRUE(is_accepted(fresh));
}

}  // namespace
}  // namespace warder::authority
