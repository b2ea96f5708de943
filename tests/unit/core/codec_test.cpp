// SPDX-License-Identifier: MIT
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace warder::core {
namespace {

using namespace std::string_view_literals;

// The example token of Specter Desktop's API documentation, whose format Warder implements.
constexpr auto kDocumentToken =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
    "eyJ1c2VybmFtZSI6ImFkbWluIiwiand0X3Rva2VuX2lkIjoiMmJjMDE2MGQtZWRmNC00YWI2LTk4MDEtNTJkMTg1ZjY1YjU5Iiwiand0X3Rva2VuX2Rlc2NyaXB0aW9uIjoiVG9rZW4gYWxw"
    "aGEi"
    "LCJleHAiOjE2NjEzMTg3NjIsImlhdCI6MTY2MTMxODQwMn0.MWbUuZ8BS5L9kryi_zG_PNJ4ud84mPuJhsqhiH_U5Rc"sv;

std::optional<std::string> decoded(std::string_view text) {
    std::string out(text.size(), '\0');
    auto const bytes = decode_base64url(text, out);
    if (!bytes) return std::nullopt;
    return std::string{*bytes};
}

TEST(Base64url, RoundTripsBytesOfEveryLength) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        auto const text = to_base64url(bytes);
        EXPECT_EQ(decoded(text), bytes);
        EXPECT_EQ(base64url_decoded_length(text.size()), bytes.size());
        EXPECT_EQ(decode_base64(to_base64(bytes)), bytes);
        bytes += static_cast<char>(i * 37);
    }
}

TEST(Base64url, RejectsPaddingForeignCharactersAndNonzeroTrailingBits) {
    for (auto const text : {"QQ=="sv, "Q"sv, "QUJD+A"sv, "QU D"sv, "QR"sv, "QUJ="sv, "QUK"sv, "QUJD\nQ"sv, "\xC3\xA9QQ"sv})
        EXPECT_FALSE(decoded(text)) << text;
    EXPECT_EQ(decoded("QQ"), "A");
}

TEST(Base64, RejectsMissingOrMisplacedPadding) {
    EXPECT_EQ(decode_base64("YWRtaW46c2VjcmV0"), "admin:secret");
    EXPECT_EQ(decode_base64("QQ=="), "A");
    EXPECT_EQ(to_base64("A"), "QQ==");
    EXPECT_EQ(to_base64("\xFB\xFF"), "+/8=");
    for (auto const text : {"QQ"sv, "QQ="sv, "QR=="sv, "Q==="sv, "===="sv, "Q-=="sv, "QQ==QQ=="sv}) EXPECT_FALSE(decode_base64(text)) << text;
}

TEST(Jws, ParsesAndReproducesTheTokenInSpectersDocumentation) {
    auto const jws = split_jws(kDocumentToken);
    ASSERT_TRUE(jws);
    std::array<char, 512> header{};
    EXPECT_TRUE(read_jws_header(jws->header, header));
    auto const payload = decoded(jws->payload);
    ASSERT_TRUE(payload);
    std::array<char, 512> scratch{};
    auto const claims = read_claims(*payload, scratch);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->username, "admin");
    EXPECT_EQ(claims->id.text(), "2bc0160d-edf4-4ab6-9801-52d185f65b59");
    EXPECT_EQ(claims->description, "Token alpha");
    EXPECT_EQ(claims->expires_at - claims->issued_at, std::chrono::seconds{360});
    EXPECT_EQ(make_jws_header({}) + "." + to_base64url(write_claims(*claims)), jws->signing_input);
}

TEST(Jws, RequiresExactlyThreeNonEmptyPartsWithinTheLengthLimit) {
    for (auto const text : {""sv, "a"sv, "a.b"sv, "a.b."sv, ".b.c"sv, "a..c"sv, "a.b.c.d"sv}) EXPECT_FALSE(split_jws(text)) << text;
    EXPECT_TRUE(split_jws("a.b.c"));
    EXPECT_FALSE(split_jws("a.b." + std::string(kMaxTokenText, 'c')));
}

std::string header_verdict(std::string_view json) {
    std::array<char, 1024> scratch{};
    auto const header = read_jws_header(to_base64url(json), scratch);
    if (!header) return header.error() == HeaderError::kForeign ? "foreign" : header.error() == HeaderError::kNotJson ? "not json" : "not base64url";
    return header->kid ? std::string{*header->kid} : "no kid";
}

TEST(JwsHeader, AcceptsHs256WithAnyMemberOrderAndSpacing) {
    for (auto const json : {R"({"typ":"JWT","alg":"HS256"})", R"({"alg":"HS256","typ":"JWT"})", R"({"alg":"HS256"})",
                            R"({ "alg" : "HS256", "typ":"jwt" })", R"({"typ":"JWT","alg":"HS256","x":{"y":[1]}})", R"({"alg":"HS\u003256"})"})
        EXPECT_EQ(header_verdict(json), "no kid") << json;
    EXPECT_EQ(header_verdict(R"({"alg":"HS256","kid":"k1"})"), "k1");
    EXPECT_EQ(make_jws_header("k1"), to_base64url(R"({"typ":"JWT","alg":"HS256","kid":"k1"})"));
}

TEST(JwsHeader, ReadsKidsOfWarderAndForeignHeadersAlike) {
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"0123456789abcdef"})"), "0123456789abcdef");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"A-z_9"})"), "A-z_9");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"a\u0062"})"), "ab");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"a b"})"), "a b");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":""})"), "foreign");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"a","jku":"b"})"), "foreign");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"a","kid":"b"})"), "not json");
    EXPECT_EQ(header_verdict(R"({"typ":"JWT","alg":"HS256","kid":"a\"})"), "not json");
    EXPECT_EQ(header_verdict("{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"a\x01\"}"), "not json");
}

TEST(JwsHeader, RejectsTheAttacksListedInRfc8725) {
    for (auto const json :
         {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})", R"({"alg":"HS384"})", R"({"alg":"RS256"})", R"({"alg":["HS256"]})", R"({})",
          R"({"alg":"HS256","crit":["x"]})", R"({"alg":"HS256","b64":false})", R"({"alg":"HS256","jku":"http://x"})", R"({"alg":"HS256","jwk":{}})",
          R"({"alg":"HS256","x5u":""})", R"({"alg":"HS256","x5c":[]})", R"({"alg":"HS256","kid":""})", R"({"alg":"HS256","kid":7})",
          R"({"alg":"HS256","typ":"JWE"})"})
        EXPECT_EQ(header_verdict(json), "foreign") << json;
    for (auto const json : {R"({"alg":"none","alg":"HS256"})", R"({"alg":"HS256"} x)", R"(["HS256"])", R"({"alg":"HS256",})", "\xEF\xBB\xBF{}"})
        EXPECT_EQ(header_verdict(json), "not json") << json;
}

// The example of RFC 7515, appendix A.1: its header contains a line break, and its payload lacks the claims that Warder
// requires.
TEST(Jws, ParsesTheRfc7515ExampleAndRejectsItsClaims) {
    auto const jws = split_jws(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    ASSERT_TRUE(jws);
    std::array<char, 256> scratch{};
    EXPECT_TRUE(read_jws_header(jws->header, scratch));
    EXPECT_EQ(decoded(jws->payload), "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
    EXPECT_FALSE(read_claims(*decoded(jws->payload), scratch));
}

std::optional<Claims> claims_of(std::string_view members, std::span<char> scratch) {
    static std::string payload;
    payload = R"({"username":"al","jwt_token_id":"2bc0160d-edf4-4ab6-9801-52d185f65b59","jwt_token_description":"d",)" + std::string{members} + "}";
    return read_claims(payload, scratch);
}

TEST(Claims, RejectsMissingRepeatedAndWronglyTypedMembers) {
    std::array<char, 1024> scratch{};
    EXPECT_TRUE(claims_of(R"("exp":2,"iat":1)", scratch));
    EXPECT_TRUE(claims_of(R"("exp":2,"endpoints":["GET /a","/b"],"iat":1)", scratch));
    EXPECT_TRUE(claims_of(R"("exp":2,"iat":1,"nbf":1,"aud":"x","n":1.5,"l":[1,"a"],"b":null)", scratch));
    for (auto const members : {R"("exp":2)",
                               R"("exp":2.0,"iat":1)",
                               R"("exp":"2","iat":1)",
                               R"("exp":2,"iat":null)",
                               R"("exp":2,"iat":1,"nbf":"x")",
                               R"("exp":-1,"iat":1)",
                               R"("exp":9223372036854775808,"iat":1)",
                               R"("exp":2,"iat":1,"iat":1)",
                               R"("exp":2,"iat":1,"username":"bo")",
                               R"("exp":2,"iat":1,"o":{})",
                               R"("exp":2,"iat":1,)",
                               R"("exp":2,"iat":1,"\u0069at":1)",
                               R"("exp":1e3,"iat":1)",
                               R"("exp":true,"iat":1)",
                               R"("exp":2,"iat":1,"endpoints":"/a")",
                               R"("exp":2,"iat":1,"endpoints":null)",
                               R"("exp":2,"iat":1,"endpoints":[1])",
                               R"("exp":2,"iat":1,"endpoints":[["/a"]])",
                               R"("exp":2,"iat":1,"endpoints":["/a"],"endpoints":["/b"])",
                               R"("exp":2,"iat":1,"nbf":[])",
                               R"("exp":2,"iat":1,"nbf":[9])",
                               R"("exp":[2],"iat":1)"})
        EXPECT_FALSE(claims_of(members, scratch)) << members;
}

TEST(Claims, RejectsMoreThanSixteenMembers) {
    std::array<char, 1024> scratch{};
    std::string members = R"("exp":2,"iat":1)";
    for (std::size_t count = 5; count < kMaxClaims; ++count) members += ",\"m" + std::to_string(count) + "\":0";
    EXPECT_TRUE(claims_of(members, scratch));
    EXPECT_FALSE(claims_of(members + R"(,"one more":0)", scratch));
}

TEST(Claims, ReadsEscapedNamesAndValues) {
    std::array<char, 1024> scratch{};
    auto const payload =
        R"({"user\u006eame":"a\u006c","jwt_token_id":"2bc0160d-edf4-4ab6-9801-52d185f65b59","jwt_token_description":"caf\u00e9 \ud83d\ude00 \"x\"","exp":2,"iat":1})"sv;
    auto const claims = read_claims(payload, scratch);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->username, "al");
    EXPECT_EQ(claims->description, "café 😀 \"x\"");
}

TEST(Claims, WritesNonAsciiAsEscapesLikePython) {
    Claims const claims{.username = "al",
                        .id = {},
                        .description = "é😀\"\\/\n\x7F\x01",
                        .expires_at = Instant{std::chrono::seconds{2}},
                        .issued_at = Instant{},
                        .not_before = {}};
    EXPECT_EQ(
        write_claims(claims),
        R"({"username":"al","jwt_token_id":"00000000-0000-0000-0000-000000000000","jwt_token_description":"\u00e9\ud83d\ude00\"\\/\n\u007f\u0001","exp":2,"iat":0})");
}

TEST(Claims, WritesEndpointsAsTheLastMember) {
    std::vector<std::string> const texts{"GET /a", R"(POST /b rpc:x\y)"};
    auto const endpoints = GrantList::parse(texts).value();
    auto const written = write_claims(
        {.username = "al", .id = {}, .description = "d", .expires_at = {}, .issued_at = {}, .not_before = {}, .endpoints = endpoints.get()});
    EXPECT_TRUE(written.ends_with(R"(,"exp":0,"iat":0,"endpoints":["GET /a","POST /b rpc:x\\y"]})")) << written;
}

std::string description_as_written(std::string_view description) {
    auto const written = write_claims({.username = "al", .id = {}, .description = description, .expires_at = {}, .issued_at = {}, .not_before = {}});
    constexpr std::string_view kBefore = R"("jwt_token_description":)";
    auto const start = written.find(kBefore) + kBefore.size();
    return written.substr(start, written.find(R"(,"exp")") - start);
}

// The first and last code points of each length in UTF-8 and UTF-16, as `json.dumps` of Python 3.11 prints them.
TEST(Claims, EscapesUnicodeBoundariesLikePython) {
    struct Corner {
        std::string_view text, written;
    };
    for (auto const& [text, written] : {Corner{" ", R"(" ")"},
                                        {"~", R"("~")"},
                                        {"\x7F", R"("\u007f")"},
                                        {"\xC2\x80", R"("\u0080")"},
                                        {"\xC2\xA0", R"("\u00a0")"},
                                        {"\xC3\xBF", R"("\u00ff")"},
                                        {"\xDF\xBF", R"("\u07ff")"},
                                        {"\xE0\xA0\x80", R"("\u0800")"},
                                        {"\xE2\x80\xA8", R"("\u2028")"},
                                        {"\xED\x9F\xBF", R"("\ud7ff")"},
                                        {"\xEE\x80\x80", R"("\ue000")"},
                                        {"\xEF\xBF\xBF", R"("\uffff")"},
                                        {"\xF0\x90\x80\x80", R"("\ud800\udc00")"},
                                        {"\xF4\x8F\xBF\xBF", R"("\udbff\udfff")"},
                                        {"\"", R"("\"")"},
                                        {"\\", R"("\\")"},
                                        {"/", R"("/")"},
                                        {"<&'>", R"("<&'>")"},
                                        {"\\u0041", R"("\\u0041")"}})
        EXPECT_EQ(description_as_written(text), written);
}

}  // namespace
}  // namespace warder::core
