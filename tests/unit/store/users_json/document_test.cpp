// SPDX-License-Identifier: MIT
#include "store/users_json/document.hpp"

#include "core/text/base64url.hpp"
#include "crypto/hmac.hpp"
#include "store/users_json/lossless_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace warder::store {
namespace {

using testing::HasSubstr;

constexpr char const* kId = "11111111-1111-4111-8111-111111111111";
constexpr char const* kOtherId = "22222222-2222-4222-8222-222222222222";

/// Returns a token with these claims and a signature that no key made.
std::string jwt(std::string const& claims, std::string const& header = R"({"alg":"HS256","typ":"JWT"})") {
    return core::to_base64url(header) + "." + core::to_base64url("{" + claims + "}") + "." + core::to_base64url(std::string(32, 's'));
}

std::string claims(std::string const& id, std::string const& more = "") {
    return R"("username":"alice","jwt_token_id":")" + id + R"(","jwt_token_description":"ci","exp":2000000360,"iat":2000000000)" + more;
}

std::string user(std::string const& tokens, std::string const& name = "alice", std::string const& more = "") {
    return R"({"id":")" + name + R"(","username":")" + name +
           R"(","password":{"salt":"c2FsdA==","pwdhash":"aGFzaA=="},"is_admin":false,"jwt_tokens":{)" + tokens + R"(},"config":{})" + more + "}";
}

std::string token(std::string const& id, std::string const& text, std::string const& more = "") {
    return '"' + id + R"(":{"jwt_token":")" + text + R"(","jwt_token_description":"ci","jwt_token_life":360)" + more + "}";
}

UsersDocument read(std::string const& text, UsersDocument const& before = {}) {
    auto document = read_users(text, before);
    EXPECT_TRUE(document) << document.error();
    return document.value_or(UsersDocument{});
}

TokenEntry only_token(std::string const& tokens) {
    auto const document = read("[" + user(tokens) + "]");
    return *document.users.front()->tokens.front();
}

std::string error_message(std::string const& text) {
    auto const document = read_users(text);
    return document ? "" : document.error();
}

std::string written(UsersDocument const& document) {
    std::string text;
    write_users(text, document);
    return text;
}

/// Returns the text in the layout of Python.
std::string formatted(std::string const& text) {
    std::string out;
    print_json(out, parse_json(text).value(), 0);
    return out;
}

TEST(ReadUsers, ReadsTheFieldsOfATokenFromItsClaims) {
    auto const text = jwt(claims(kId));
    auto const entry = only_token(token(kId, text));
    ASSERT_TRUE(entry.is_sound);
    EXPECT_EQ(entry.record.id.text(), kId);
    EXPECT_EQ(entry.record.description, "ci");
    EXPECT_EQ(entry.record.lifetime, Seconds{360});
    EXPECT_EQ(entry.record.issued_at.time_since_epoch().count(), 2'000'000'000);
    EXPECT_EQ(entry.record.expires_at.time_since_epoch().count(), 2'000'000'360);
    EXPECT_EQ(entry.record.digest, crypto::sha256(text));
    EXPECT_EQ(entry.record.key_id, "");
    EXPECT_EQ(entry.record.policy.endpoints, nullptr);
    EXPECT_FALSE(entry.record.is_edited);
    EXPECT_EQ(jwt_of(entry), text);
}

TEST(ReadUsers, ReadsTheKeyIdFromTheTokenHeader) {
    auto const text = jwt(claims(kId), R"({"typ":"JWT","alg":"HS256","kid":"k2"})");
    EXPECT_EQ(only_token(token(kId, text)).record.key_id, "k2");
}

TEST(ReadUsers, RecordedGrantsOverrideTheGrantsClaimOfAToken) {
    auto const limited = jwt(claims(kId, R"(,"endpoints":["/a","/b"])"));
    auto const first = [](TokenEntry const& entry) {
        return entry.record.policy.endpoints == nullptr ? "" : entry.record.policy.endpoints->grants().front().text();
    };
    EXPECT_EQ(first(only_token(token(kId, limited))), "/a");
    EXPECT_EQ(first(only_token(token(kId, limited, R"(,"endpoints":["/c"])"))), "/c");
    EXPECT_EQ(first(only_token(token(kId, jwt(claims(kId)), R"(,"endpoints":["/c"])"))), "/c");
    EXPECT_EQ(first(only_token(token(kId, limited, R"(,"endpoints":null)"))), "");
    auto const escaped = jwt(claims(kId, R"(,"\u0065ndpoints":["/a"])"));
    EXPECT_EQ(first(only_token(token(kId, escaped))), "/a") << "however the claim is spelt";
}

TEST(ReadUsers, KeepsButIgnoresInvalidTokens) {
    for (auto const& tokens : std::vector<std::string>{
             token(kId, "no.token.it_is"),
             token(kId, jwt(claims(kOtherId))),
             token("not-a-uuid", jwt(claims("not-a-uuid"))),
             token(kId, jwt(claims(kId), R"({"alg":"none"})")),
             token(kId, jwt(claims(kId)), R"(,"endpoints":[])"),
             token(kId, jwt(claims(kId)), R"(,"endpoints":"/a")"),
             token(kId, jwt(claims(kId)), R"(,"endpoints":["a"])"),
             token(kId, jwt(claims(kId, R"(,"endpoints":["//"])"))),
             token(kId, jwt(claims(kId, R"(,"endpoints":[])"))),
             std::string{"\""} + kId + R"(":{"jwt_token_description":"ci"})",
             std::string{"\""} + kId + R"(":7)",
         }) {
        auto const document = read("[" + user(tokens) + "]");
        EXPECT_FALSE(document.users.front()->tokens.front()->is_sound) << tokens;
        EXPECT_EQ(document.users.front()->record.token_count, 0);
        EXPECT_EQ(document.unused().tokens(), 1);
        EXPECT_EQ(written(document), formatted("[" + user(tokens) + "]")) << "and is not moved";
        EXPECT_TRUE(
            std::ranges::none_of(difference({}, document), [](auto const& one) { return std::holds_alternative<authority::TokenUpserted>(one); }));
    }
}

TEST(ReadUsers, DuplicateTokenIdBelongsToTheFirstUser) {
    auto const both = token(kId, jwt(claims(kId)));
    auto const document = read("[" + user(both) + "," + user(both, "bob") + "]");
    EXPECT_TRUE(document.users[0]->tokens.front()->is_sound);
    EXPECT_FALSE(document.users[1]->tokens.front()->is_sound);
}

TEST(ReadUsers, MissingOrInvalidLifetimeAndDescriptionComeFromTheToken) {
    auto const text = jwt(claims(kId));
    auto const entry =
        only_token(std::string{"\""} + kId + R"(":{"jwt_token":")" + text + R"(","jwt_token_description":"new","jwt_token_life":1.5})");
    EXPECT_EQ(entry.record.description, "new");
    EXPECT_TRUE(entry.record.is_edited);
    EXPECT_EQ(entry.record.lifetime, Seconds{1.5});
    for (std::string const lifetime : {"-1", "0", "1e999", "\"360\"", "null"}) {
        auto const without = only_token(std::string{"\""} + kId + R"(":{"jwt_token":")" + text + R"(","jwt_token_life":)" + lifetime + "}");
        EXPECT_EQ(without.record.lifetime, Seconds{360}) << lifetime;
        EXPECT_EQ(without.record.description, "ci");
    }
}

TEST(ReadUsers, KeepsButIgnoresUsersWithInvalidOrDuplicateNames) {
    auto const text = "[" + user("", "alice") + "," + user("", "ALICE") + "," + user("", "a b") + "]";
    auto const document = read(text);
    EXPECT_EQ(document.unused().users(), 2);
    EXPECT_EQ(document.find("Alice")->record.name, "alice");
    EXPECT_EQ(document.find("a b"), nullptr);
    EXPECT_EQ(difference({}, document).size(), 1U);
    EXPECT_EQ(written(document), formatted(text));
}

TEST(ReadUsers, UnknownPasswordFormatsMatchNoPassword) {
    for (std::string const password : {R"("plain")", "null", R"({"salt":"a"})", R"({"salt":"a$b","pwdhash":"c"})", R"({"salt":1,"pwdhash":"c"})"}) {
        auto const document = read(R"([{"id":"a","username":"a","is_admin":true,"password":)" + password + "}]");
        EXPECT_EQ(document.users.front()->record.password_hash, kUnreadablePassword) << password;
    }
    EXPECT_EQ(read("[" + user("") + "]").users.front()->record.password_hash, "$specter-pbkdf2$c2FsdA==$aGFzaA==");
}

TEST(ReadUsers, RejectsInvalidFilesAndReportsTheLocation) {
    EXPECT_EQ(error_message("[\n{\"id\": 1,}]"), "syntax error, line 2, byte 11 of the file");
    EXPECT_EQ(error_message("{}"), "not a list of users");
    EXPECT_EQ(error_message("[7]"), "entry 1 of the list is not an object");
    EXPECT_EQ(error_message("[" + user("") + ",{}]"), "entry 2 of the list has no string \"id\"");
    EXPECT_EQ(error_message(R"([{"id":"a"}])"), "entry 1 of the list has no string \"username\"");
    EXPECT_THAT(error_message(R"([{"id":"a","username":"a","is_admin":1}])"), HasSubstr("\"is_admin\""));
    EXPECT_THAT(error_message(R"([{"id":"a","username":"a","is_admin":true,"jwt_tokens":[]}])"), HasSubstr("\"jwt_tokens\""));
    EXPECT_EQ(error_message(R"([{"id":"a","username":"a","is_admin":true,"jwt_tokens":null}])"), "");
}

TEST(WriteUsers, RoundTripsPythonsOutputByteForByte) {
    auto const text = formatted(
        "[" +
        user(token(kId, jwt(claims(kId)), R"(,"later":{"a":[1.10,12345678901234567890123,"\u00e9"]})"), "alice", R"(,"services":["x"],"n":1e999)") +
        "," + user("", "bob") + R"(,{"is_admin":true,"username":"c","id":"c"}])");
    EXPECT_EQ(written(read(text)), text);
    EXPECT_EQ(written(read("[]")), "[]");
}

TEST(WriteUsers, ChangesOnlyTheEditedMembers) {
    auto const before = user(token(kId, jwt(claims(kId)), R"(,"later":1.10)"), "alice", R"(,"n":1e999)");
    auto document = read("[" + before + "]");
    auto changed = *document.users.front();
    set_admin(changed, true);
    set_password_hash(changed, "$specter-pbkdf2$new$hash");
    auto changed_token = *changed.tokens.front();
    set_description(changed_token, "caf\xC3\xA9");
    set_policy(changed_token, {.is_enabled = false});
    changed.tokens = {std::make_shared<TokenEntry const>(changed_token)};
    document.users = {std::make_shared<UserEntry const>(changed)};
    auto expected = before;
    auto const replace = [&expected](std::string const& what, std::string const& with) { expected.replace(expected.find(what), what.size(), with); };
    replace(R"("is_admin":false)", R"("is_admin":true)");
    replace(R"("salt":"c2FsdA==","pwdhash":"aGFzaA==")", R"("salt":"new","pwdhash":"hash")");
    replace(R"("jwt_token_description":"ci")", R"("jwt_token_description":"caf\u00e9")");
    replace(R"("later":1.10)", R"("later":1.10,"enabled":false)");
    EXPECT_EQ(written(document), formatted("[" + expected + "]"));
}

TEST(WriteUsers, WritesAWholeLifetimeAsAnInteger) {
    TokenRecord record;
    record.id = *TokenId::parse(kId);
    for (auto const& [lifetime, printed] : {std::pair{100'000.0, "100000"}, {283'824'000.0, "283824000"}, {0.5, "0.5"}}) {
        record.lifetime = Seconds{lifetime};
        auto const entry = make_token_entry(record, jwt(claims(kId)));
        EXPECT_THAT(entry.text, HasSubstr(std::string{"\"jwt_token_life\": "} + printed + "\n"));
        EXPECT_EQ(entry.record.lifetime, record.lifetime);
    }
}

TEST(ReadUsers, TakesOverANewOrderOfMembers) {
    auto const before = read("[" + user(token(kId, jwt(claims(kId)), R"(,"a":{"x":1,"y":2})")) + "]");
    auto const text = "[" + user(token(kId, jwt(claims(kId)), R"(,"a":{"y":2,"x":1})")) + "]";
    EXPECT_EQ(written(read(text, before)), formatted(text));
}

TEST(WriteUsers, AddsConfigForAUserWhoIsNoLongerAdministrator) {
    auto const document = read(R"([{"id":"admin","username":"admin","password":null,"is_admin":true}])");
    auto changed = *document.users.front();
    set_admin(changed, false);
    UsersDocument after;
    after.users = {std::make_shared<UserEntry const>(changed)};
    EXPECT_EQ(written(after), formatted(R"([{"id":"admin","username":"admin","password":null,"is_admin":false,"config":{}}])"));
}

TEST(WriteUsers, WritesTheMembersThatSpecterReadsForANewUser) {
    UserRecord const record{.id = {}, .name = "bob", .password_hash = "$specter-pbkdf2$s$h", .created_at = Instant{std::chrono::seconds{7}}};
    UsersDocument document;
    document.users = {std::make_shared<UserEntry const>(make_user_entry(record, "bob_2"))};
    EXPECT_EQ(written(document),
              formatted(R"([{"id":"bob_2","username":"bob","password":{"salt":"s","pwdhash":"h"},"is_admin":false,"jwt_tokens":{},)"
                        R"("encrypted_user_secret":null,"services":[],"config":{},"created_at":7}])"));
    EXPECT_EQ(read(written(document)).users.front()->record.created_at, record.created_at);
}

TEST(Difference, KeepsUserIdsAcrossReads) {
    auto const before = read("[" + user("") + "," + user("", "bob") + "]");
    auto const after = read("[" + user("", "bob") + "," + user("", "alice", R"(,"created_at":5)") + "]", before);
    EXPECT_EQ(after.find("bob")->record.id, before.find("bob")->record.id);
    EXPECT_NE(after.find("alice")->record.id, before.find("alice")->record.id) << "another user, made later";
    auto const changes = difference(before, after);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(std::get<authority::UserRemoved>(changes[0]).id, before.find("alice")->record.id);
    EXPECT_EQ(std::get<authority::UserUpserted>(changes[1]).user.id, after.find("alice")->record.id);
}

TEST(Difference, ReportsAddedChangedAndRemovedTokens) {
    auto const both = token(kId, jwt(claims(kId))) + "," + token(kOtherId, jwt(claims(kOtherId)));
    auto const before = read("[" + user(both) + "]");
    EXPECT_TRUE(difference(before, read("[" + user(both) + "]", before)).empty());

    auto const fewer = read("[" + user(token(kOtherId, jwt(claims(kOtherId)), R"(,"endpoints":["/a"])")) + "]", before);
    auto const changes = difference(before, fewer);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(std::get<authority::TokenRemoved>(changes[0]).id.text(), kId);
    EXPECT_NE(std::get<authority::TokenUpserted>(changes[1]).token.policy.endpoints, nullptr);
}

TEST(ReadUsers, OrdersTokensOfAllUsersByTimeOfMinting) {
    auto const late = token(kId, jwt(claims(kId)));
    auto const early_claims =
        R"("username":"bob","jwt_token_id":")" + std::string{kOtherId} + R"(","jwt_token_description":"x","exp":1900000000,"iat":1)";
    auto const document = read("[" + user(late) + "," + user(token(kOtherId, jwt(early_claims)), "bob") + "]");
    EXPECT_LT(document.users[1]->tokens.front()->position, document.users[0]->tokens.front()->position);
}

}  // namespace
}  // namespace warder::store
