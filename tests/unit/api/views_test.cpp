// SPDX-License-Identifier: MIT
#include "api/views.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::api {
namespace {

constexpr Instant kMinted{std::chrono::seconds{1'800'000'000}};

TokenRecord make_token() {
    TokenRecord token;
    token.id = *TokenId::parse("89ab79ce-7bad-4c04-9f60-35e3c69ed963");
    token.description = "ci";
    token.lifetime = Seconds{1.5};
    token.issued_at = kMinted;
    token.expires_at = kMinted + std::chrono::seconds{2};
    token.policy.endpoints = *GrantList::parse(std::vector<std::string>{"GET /a"});
    return token;
}

TEST(ViewOfToken, HasTheRemainingLifetimeAndStatusAtTheTimeOfTheClock) {
    tests::ManualClock clock{kMinted};
    clock.advance(std::chrono::milliseconds{500});
    EXPECT_EQ(view_of(make_token(), clock, UsageKeys::kNone),
              R"({"message":"Tokens exists","jwt_token_description":"ci","jwt_token_life":1.5,"jwt_token_life_remaining":1.5,)"
              R"("expiry_status":"Valid","endpoints":["GET /a"]})");
    clock.advance(std::chrono::milliseconds{1500});
    EXPECT_EQ(view_of(make_token(), clock, UsageKeys::kNone),
              R"({"message":"Tokens exists","jwt_token_description":"ci","jwt_token_life":1.5,"jwt_token_life_remaining":0,)"
              R"("expiry_status":"Expired","endpoints":["GET /a"]})");
}

TEST(ViewOfToken, HasNoUseCountOnlyIfTheStoreKeepsNoneAndMemoryIsNotAsked) {
    tests::ManualClock const clock{kMinted};
    auto token = make_token();
    EXPECT_NE(view_of(token, clock, UsageKeys::kStored).find(R"("use_count":null,"created_at":"2027-01-15T08:00:00Z"})"), std::string::npos);
    EXPECT_NE(view_of(token, clock, UsageKeys::kCurrent).find(R"("use_count":0,)"), std::string::npos);
    token.usage = TokenUsage{.count = 3, .last_at = kMinted};
    for (auto const keys : {UsageKeys::kStored, UsageKeys::kCurrent})
        EXPECT_NE(view_of(token, clock, keys).find(R"("last_used_at":"2027-01-15T08:00:00Z","last_used_from":"::","use_count":3,)"),
                  std::string::npos);
}

TEST(ViewOfToken, NamesItsSuccessorAfterThePolicy) {
    tests::ManualClock const clock{kMinted};
    auto token = make_token();
    token.succession = {.ends_at = kMinted + std::chrono::seconds{1}, .successor = *TokenId::parse("00000000-0000-4000-8000-000000000001")};
    std::string entry;
    append_entry(entry, {.record = token, .owner_name = "alice"}, clock, true, UsageKeys::kNone);
    EXPECT_TRUE(entry.ends_with(R"("endpoints":["GET /a"],"replaced_by":"00000000-0000-4000-8000-000000000001","username":"alice"})")) << entry;
    auto const shown = view_of(token, clock, UsageKeys::kNone);
    EXPECT_TRUE(shown.ends_with(R"("endpoints":["GET /a"],"replaced_by":"00000000-0000-4000-8000-000000000001"})")) << shown;
}

TEST(AppendEntry, NamesTheOwnerOnRequest) {
    tests::ManualClock const clock{kMinted};
    std::string out;
    append_entry(out, {.record = make_token(), .owner_name = "alice"}, clock, false, UsageKeys::kNone);
    auto const object = R"({"jwt_token_description":"ci","jwt_token_life":1.5,"jwt_token_remaining_life":2,"endpoints":["GET /a"])";
    EXPECT_EQ(out, std::string{R"("89ab79ce-7bad-4c04-9f60-35e3c69ed963":)"} + object + "}");
    out.clear();
    append_entry(out, {.record = make_token(), .owner_name = "alice"}, clock, true, UsageKeys::kNone);
    EXPECT_EQ(out, std::string{R"("89ab79ce-7bad-4c04-9f60-35e3c69ed963":)"} + object + R"(,"username":"alice"})");
}

TEST(ViewOfAuditPage, HasNullForAnUnknownActorAndSeparatesEvents) {
    authority::AuditPage const page{
        .events = {{.id = 2, .event = {.time = kMinted, .actor = {}, .address = {}, .action = "key.rotated", .target = "k"}},
                   {.id = 1, .event = {.time = kMinted, .actor = "a", .address = "::1", .action = "b", .target = "c"}}}};
    EXPECT_EQ(view_of(page), R"({"events":[{"id":2,"time":"2027-01-15T08:00:00Z","actor":null,"address":null,"action":"key.rotated","target":"k"},)"
                             R"({"id":1,"time":"2027-01-15T08:00:00Z","actor":"a","address":"::1","action":"b","target":"c"}]})");
    EXPECT_EQ(view_of(authority::AuditPage{}), R"({"events":[]})");
}

TEST(ViewOfRevocation, ListsNodesAndOnlyIfItIsIncompleteThosePending) {
    authority::Propagation reached{.is_complete = true,
                                   .applied = {{.node = "a", .after = {}}, {.node = "b", .after = std::chrono::milliseconds{12}}}};
    EXPECT_EQ(view_of_revocation(reached), R"({"message":"Token deleted","nodes":[{"name":"a","applied_in_ms":0},{"name":"b","applied_in_ms":12}]})");
    reached = {.is_complete = false, .applied = {{.node = "a", .after = {}}}, .pending = {{.node = "b", .refuses_after = kMinted}}};
    EXPECT_EQ(view_of_revocation(reached), R"({"message":"Token deleted","nodes":[{"name":"a","applied_in_ms":0}],)"
                                           R"("pending":[{"name":"b","accepts_no_tokens_after":"2027-01-15T08:00:00Z"}]})");
    EXPECT_EQ(view_of_revocation({}), R"({"message":"Token deleted","nodes":[],"pending":[]})");
}

TEST(ViewOfUser, HasNullWithoutACeiling) {
    EXPECT_EQ(view_of(UserRecord{.id = {}, .name = "bob", .password_hash = "$argon2id$", .created_at = kMinted, .token_count = 2}),
              R"({"username":"bob","is_admin":false,"endpoints":null,"tokens":2,"created_at":"2027-01-15T08:00:00Z"})");
}

TEST(ViewOfUser, MarksAUserWithoutAPasswordAsAServiceAccount) {
    EXPECT_EQ(view_of(UserRecord{.id = {}, .name = "ci", .password_hash = {}, .created_at = kMinted}),
              R"({"username":"ci","is_admin":false,"endpoints":null,"tokens":0,"created_at":"2027-01-15T08:00:00Z","is_service":true})");
}

}  // namespace
}  // namespace warder::api
