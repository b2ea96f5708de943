// SPDX-License-Identifier: MIT
#include "gateway/rpc/json_rpc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <set>
#include <utility>

namespace warder::gateway {

/// Shows an error in messages of failed expectations.
std::ostream& operator<<(std::ostream& out, RpcError const& error) { return out << message_of(error); }

namespace {

using Reason = RpcError::Reason;
using namespace std::string_view_literals;
using testing::ElementsAre;

std::vector<std::string> methods_of(std::string_view body) {
    auto const calls = read_rpc(body);
    if (!calls) return {message_of(calls.error())};
    return {calls->methods().begin(), calls->methods().end()};
}

std::string id_of(std::string_view body) {
    auto const calls = read_rpc(body);
    return std::string{calls ? calls->id() : calls.error().id};
}

void expect_error(std::string_view body, Reason reason) {
    auto const calls = read_rpc(body);
    ASSERT_FALSE(calls.has_value()) << body;
    EXPECT_EQ(calls.error().reason, reason) << body << ": " << message_of(calls.error());
    EXPECT_LE(calls.error().offset, body.size()) << body;
}

/// Returns a call whose only parameter is this JSON text.
std::string with_parameter(std::string_view json) { return R"({"method":"m","params":[)" + std::string{json} + "]}"; }

/// Returns a call nested this many levels deep, including the call itself.
std::string call_of_depth(std::size_t depth, char open, char close) {
    auto const opening = open == '[' ? std::string{"["} : std::string{R"({"a":)"};
    std::string body = R"({"method":"m","params":)";
    for (std::size_t level = 1; level < depth; ++level) body += opening;
    body += '1';
    return body + std::string(depth - 1, close) + '}';
}

TEST(ReadRpc, ReturnsTheMethodOfACall) {
    EXPECT_THAT(methods_of(R"({"jsonrpc":"2.0","method":"getbalance","params":[],"id":1})"), ElementsAre("getbalance"));
    EXPECT_THAT(methods_of(R"({"method":"getbalance"})"), ElementsAre("getbalance"));
    EXPECT_THAT(methods_of(" \t\r\n{ \"method\" : \"getbalance\" } \n"), ElementsAre("getbalance"));
    EXPECT_THAT(methods_of(R"({"params":{"method":"inner"},"method":"outer"})"), ElementsAre("outer"));
    EXPECT_THAT(methods_of(R"({"method":"outer","params":[{"method":"inner"},{"method":1}]})"), ElementsAre("outer"));
}

TEST(ReadRpc, ReturnsTheMethodsOfABatchInOrder) {
    EXPECT_THAT(methods_of(R"([{"method":"b"},{"method":"a"},{"method":"b"}])"), ElementsAre("b", "a", "b"));
    EXPECT_THAT(methods_of(R"([{"method":"only","params":[[{"method":"inner"}]]}])"), ElementsAre("only"));
}

TEST(ReadRpc, UnescapesKeysAndMethods) {
    EXPECT_THAT(methods_of(R"({"\u006dethod":"get\u0062alance"})"), ElementsAre("getbalance"));
    EXPECT_THAT(methods_of(R"({"\u006D\u0065\u0074\u0068\u006f\u0064":"\"\\\/\b\f\n\r\t"})"), ElementsAre("\"\\/\b\f\n\r\t"));
    EXPECT_THAT(methods_of(R"({"method":"\ud83d\ude00\u00e9"})"), ElementsAre("\xF0\x9F\x98\x80\xC3\xA9"));
    EXPECT_EQ(methods_of(R"({"method":"list\u0000stop"})").front(), "list\0stop"sv);
    EXPECT_THAT(methods_of("{\"method\":\"\xC3\xA9\x7F\"}"), ElementsAre("\xC3\xA9\x7F"));
}

TEST(ReadRpc, AcceptsASingleResponse) {
    for (auto const* const body : {R"({"jsonrpc":"2.0","id":0,"result":{}})", R"({"id":"a","error":{"code":1}})", R"({"id":null,"result":null})",
                                   R"({"result":{"method":"inner"},"id":-1.5e3})"}) {
        auto const calls = read_rpc(body);
        ASSERT_TRUE(calls.has_value()) << body;
        EXPECT_TRUE(calls->is_response()) << body;
    }
    EXPECT_FALSE(read_rpc(R"({"id":1,"result":1,"method":"m"})")->is_response());
}

TEST(ReadRpc, RejectsIncompleteOrBatchedResponses) {
    for (auto const* const body :
         {R"({"id":1})", R"({"result":1})", R"({"id":1,"result":1,"error":1})", R"({"id":true,"result":1})", R"({"id":{},"result":1})",
          R"({"id":["a"],"result":1})", R"({"id":1,"Result":1})", R"({"ID":1,"result":1})", R"({"id":1,"result":1,"METHOD":"m"})",
          R"({"id":1,"result":1,"method\u0000":"m"})", R"([{"id":1,"result":1}])", R"([{"method":"m"},{"id":1,"result":1}])"})
        expect_error(body, Reason::kNoMethod);
}

TEST(ReadRpc, EnforcesTheGivenLimit) {
    std::string const body = R"({"method":"m"})";
    EXPECT_TRUE(read_rpc(body, body.size()).has_value());
    EXPECT_EQ(read_rpc(body, body.size() - 1).error().reason, Reason::kTooLarge);
}

TEST(ReadRpc, AcceptsAnEmptyMethodName) {
    EXPECT_THAT(methods_of(R"({"method":""})"), ElementsAre(""));
    EXPECT_THAT(methods_of(R"([{"method":""},{"method":"a"},{"method":""}])"), ElementsAre("", "a", ""));
}

TEST(ReadRpc, KeepsMethodNamesValidAfterAMove) {
    auto read = read_rpc(R"([{"method":"a"},{"method":"b"}])");
    ASSERT_TRUE(read.has_value());
    auto calls = std::move(*read);
    auto again = std::move(calls);
    EXPECT_THAT(again.methods(), ElementsAre("a"sv, "b"sv));
}

TEST(ReadRpc, RejectsDuplicateKeysIgnoringCase) {
    for (auto const body :
         {R"({"method":"a","method":"b"})"sv, R"({"method":"a","method":"a"})"sv, R"({"method":"a","METHOD":"b"})"sv,
          R"({"Method":"a","method":"b"})"sv, R"({"method":"a","\u006dethod":"b"})"sv, R"({"method":"a","\u004dETHOD":"b"})"sv,
          R"({"id":1,"method":"a","ID":2})"sv, R"({"params":[],"method":"a","Params":[]})"sv, R"({"method":"a","x":1,"X":1})"sv,
          R"({"method":"a","":1,"":2})"sv, R"({"method":"a","method":1})"sv, R"({"method":1,"method":"a"})"sv, R"({"METHOD":"a","Method":"b"})"sv,
          R"([{"method":"a"},{"method":"b","METHOD":"c"}])"sv, R"({"method":"a","\u00e9":1,"é":2})"sv})
        expect_error(body, Reason::kEqualKeys);
}

TEST(ReadRpc, RejectsKeysThatAreEqualUpToANulCharacter) {
    expect_error(R"({"method":"getbalance","method\u0000":"stop"})", Reason::kEqualKeys);
    expect_error(R"({"METHOD\u0000x":"stop","method":"getbalance"})", Reason::kEqualKeys);
    expect_error(R"({"method\u0000":"stop"})", Reason::kNoMethod);
}

TEST(ReadRpc, AllowsDuplicateKeysInParameters) {
    for (auto const body : {R"({"method":"a","params":{"k":1,"k":2,"K":3}})"sv, R"({"method":"a","params":[{"method":1,"METHOD":2}]})"sv,
                            R"({"method":"a","methods":"b","metho":"c","method ":"d"})"sv, R"({"method":"a","\u00e9":1,"\u00c9":2})"sv,
                            R"({"method":"a","params":{"id":1},"id":2})"sv, R"([{"method":"a","id":1},{"method":"a","id":1}])"sv})
        EXPECT_EQ(methods_of(body).front(), "a") << body;
}

TEST(ReadRpc, RejectsValuesThatAreNeitherCallNorBatch) {
    for (auto const body : {"5"sv, "null"sv, "true"sv, R"("method")"sv, "-1.5"sv, "18446744073709551615"sv, "[1]"sv, "[null]"sv, "[[]]"sv,
                            "[false]"sv, R"([[{"method":"a"}]])"sv, R"(["method","a"])"sv, R"([{"method":"a"},1])"sv, R"([{"method":"a"},[]])"sv})
        expect_error(body, Reason::kNoCall);
    expect_error("[]", Reason::kEmptyBatch);
    expect_error(" [ ] ", Reason::kEmptyBatch);
}

TEST(ReadRpc, RejectsACallWithoutAMethod) {
    for (auto const body : {"{}"sv, R"({"id":1})"sv, R"({"Method":"a"})"sv, R"({"METHOD":"a"})"sv, R"({"params":{"method":"a"}})"sv,
                            R"([{"method":"a"},{}])"sv, R"([{"method":"a"},{"id":1}])"sv})
        expect_error(body, Reason::kNoMethod);
}

TEST(ReadRpc, RejectsAMethodThatIsNoString) {
    for (auto const value : {"1", "-1", "1.5", "18446744073709551615", "null", "true", "[]", "{}", R"(["a"])", R"({"method":"a"})"}) {
        expect_error(R"({"method":)" + std::string{value} + "}", Reason::kMethodIsNoText);
        expect_error(R"([{"method":"a"},{"method":)" + std::string{value} + "}]", Reason::kMethodIsNoText);
    }
}

TEST(ReadRpc, RejectsSyntaxOutsideRfc8259) {
    for (auto const parameter : {"01",
                                 "-",
                                 "-01",
                                 "+1",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1e+",
                                 "0x10",
                                 "1_0",
                                 "NaN",
                                 "Infinity",
                                 "-Infinity",
                                 "nan",
                                 "TRUE",
                                 "nul",
                                 "'a'",
                                 "a",
                                 "1,",
                                 ",1",
                                 "1,,2",
                                 "[1,]",
                                 "{,}",
                                 "[,]",
                                 R"({"a":1,})",
                                 R"({"a"})",
                                 R"({1:2})",
                                 R"({a:1})",
                                 R"({"a" 1})",
                                 R"({"a":})",
                                 R"("\x41")",
                                 R"("\u12")",
                                 R"("\u12g4")",
                                 R"("\U0041")",
                                 R"("\'")",
                                 R"("\)",
                                 R"("a)",
                                 "/**/1",
                                 "1//",
                                 "#",
                                 "1 2",
                                 "]",
                                 "}",
                                 "\"\t\"",
                                 "\"\n\"",
                                 "\"\x01\"",
                                 "\"\x1F\"",
                                 "\v1",
                                 "\f1",
                                 ("\xC2\xA0"
                                  "1")})
        expect_error(with_parameter(parameter), Reason::kSyntax);
    for (auto const body : {""sv, " "sv, "{"sv, "["sv, R"({"method":"a")"sv, R"([{"method":"a"})"sv, R"([{"method":"a"},])"sv, R"({"method":"a",})"sv,
                            R"({method:"a"})"sv, R"({'method':'a'})"sv, "\xEF\xBB\xBF{\"method\":\"a\"}"sv, "/**/{\"method\":\"a\"}"sv,
                            "{\"method\":\"a\0\"}"sv, "\0{\"method\":\"a\"}"sv, R"([{"method":"a"} {"method":"b"}])"sv})
        expect_error(body, Reason::kSyntax);
}

TEST(ReadRpc, AcceptsTheSyntaxOfRfc8259) {
    for (auto const parameter :
         {"0", "-0", "0.0", "-0e0", "1E+2", "1e-2", "1e400", "-1e-400", "1e0000000000001", "123456789012345678901234567890.5", "[]", "{}", "[[],{}]",
          R"({"":""})", "null,true,false", R"("\u0000\uffff")", "\"\x7F\xEF\xBB\xBF\xE2\x80\xA8\"", " \t\r\n1 \t\r\n", R"("\ud800\udc00")"})
        EXPECT_EQ(methods_of(with_parameter(parameter)).front(), "m") << parameter;
}

TEST(ReadRpc, RejectsUnpairedSurrogates) {
    for (auto const escape : {R"(\ud800)", R"(\udbff)", R"(\udc00)", R"(\udfff)", R"(\ud800x)", R"(\ud800\u0041)", R"(\ud800\ud800)",
                              R"(\udc00\ud800)", R"(\ud800\n)", R"(\ud83d\ud83d\ude00)"}) {
        auto const text = std::string{escape};
        expect_error(R"({"method":")" + text + "\"}", Reason::kSyntax);
        expect_error(R"({"method":"a",")" + text + "\":1}", Reason::kSyntax);
        expect_error(with_parameter('"' + text + '"'), Reason::kSyntax);
        expect_error(with_parameter('"' + text + std::string(64, 'x') + '"'), Reason::kSyntax);
    }
}

TEST(ReadRpc, RejectsInvalidUtf8) {
    for (auto const bytes : {"\x80", "\xFF", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
                             "\xE2\x82", "\xF8\x88\x80\x80\x80"}) {
        expect_error("{\"method\":\"" + std::string{bytes} + "\"}", Reason::kNotUtf8);
        expect_error(with_parameter('"' + std::string{bytes} + '"'), Reason::kNotUtf8);
        expect_error("{\"method\":\"a\"}" + std::string{bytes}, Reason::kNotUtf8);
    }
    expect_error("{\0\"\0m\0\"\0"sv, Reason::kSyntax);  // UTF-16
}

TEST(ReadRpc, RejectsTrailingText) {
    for (auto const tail : {"x", "{}", R"({"method":"b"})", ",", "]", "}", "null", "//", "\f"})
        expect_error(R"({"method":"a"})" + std::string{tail}, Reason::kTrailing);
    expect_error("{\"method\":\"a\"}\0"sv, Reason::kTrailing);
    expect_error(R"([{"method":"a"}] [])", Reason::kTrailing);
}

TEST(ReadRpc, CountsEveryLevelOfNesting) {
    for (auto const& [open, close] : {std::pair{'[', ']'}, std::pair{'{', '}'}}) {
        EXPECT_THAT(methods_of(call_of_depth(kMaxRpcDepth, open, close)), ElementsAre("m"));
        expect_error(call_of_depth(kMaxRpcDepth + 1, open, close), Reason::kTooDeep);
        // The batch is a level, too.
        EXPECT_THAT(methods_of('[' + call_of_depth(kMaxRpcDepth - 1, open, close) + ']'), ElementsAre("m"));
        expect_error('[' + call_of_depth(kMaxRpcDepth, open, close) + ']', Reason::kTooDeep);
    }
    // Values that are closed no longer count.
    std::string wide = "[1";
    for (int at = 0; at < 100; ++at) wide += ",[[]],{\"a\":{}}";
    EXPECT_THAT(methods_of(with_parameter(wide + ']')), ElementsAre("m"));
    expect_error(with_parameter(std::string(500'000, '[')), Reason::kTooDeep);
}

TEST(ReadRpc, RejectsAnExponentBeyond32Bits) {
    for (auto const number : {"1e2147483648", "1e99999999999999999999", "-1.5E-99999999999"})
        expect_error(with_parameter(number), Reason::kNumberRange);
    EXPECT_THAT(methods_of(with_parameter("1e2147483647")), ElementsAre("m"));
}

TEST(ReadRpc, AcceptsAtMostOneMebibyteByDefault) {
    auto body = with_parameter('"' + std::string(kDefaultRpcBody, 'x') + '"');
    body.erase(body.find('x'), body.size() - kDefaultRpcBody);
    ASSERT_EQ(body.size(), kDefaultRpcBody);
    EXPECT_THAT(methods_of(body), ElementsAre("m"));
    body += ' ';
    expect_error(body, Reason::kTooLarge);
    EXPECT_EQ(read_rpc(body).error().offset, kDefaultRpcBody);
}

TEST(ReadRpc, ReportsTheOffsetOfTheError) {
    auto const offset_of = [](std::string_view body) { return read_rpc(body).error().offset; };
    EXPECT_EQ(offset_of("{\"method\":\"\xFF\"}"), 11U);
    EXPECT_EQ(offset_of(R"({"method":x})"), 10U);
    EXPECT_EQ(offset_of(R"({"method":"a"} x)"), 15U);
    EXPECT_EQ(offset_of(R"([{"method":"a"},{}])"), 17U);
    EXPECT_EQ(offset_of(R"({"id":1,"id":2})"), 14U);
    EXPECT_EQ(offset_of(call_of_depth(kMaxRpcDepth + 1, '[', ']')), 23U + 31U);
}

// The most expensive bodies of one mebibyte. If keys were compared pair by pair, the first body would take billions of
// comparisons.
TEST(ReadRpc, ReadsAMebibyteOfKeysOrCalls) {
    std::string keys = R"({"method":"m")";
    for (std::size_t at = 0; keys.size() < kDefaultRpcBody - 16; ++at) keys += ",\"" + std::to_string(at) + "\":0";
    EXPECT_THAT(methods_of(keys + '}'), ElementsAre("m"));
    expect_error(keys + R"(,"0":0})", Reason::kEqualKeys);

    std::string calls = R"([{"method":"m"})";
    std::size_t count = 1;
    for (; calls.size() < kDefaultRpcBody - 32; ++count) calls += R"(,{"method":"m"})";
    EXPECT_EQ(methods_of(calls + ']').size(), count);
}

TEST(RpcId, IsTheIdOfASingleCallAsJson) {
    for (auto const& [body, id] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {R"({"method":"m","id":7})", "7"},
             {R"({"id":-7,"method":"m"})", "-7"},
             {R"({"id":1.50e+3,"method":"m"})", "1.50e+3"},
             {R"({"id":1e400,"method":"m"})", "1e400"},
             {R"({"id":123456789012345678901234567890,"method":"m"})", "123456789012345678901234567890"},
             {R"({"id":18446744073709551615,"method":"m"})", "18446744073709551615"},
             {R"({"id":"curltest","method":"m"})", R"("curltest")"},
             {R"({"id":"","method":"m"})", R"("")"},
             {R"({"\u0069d":"a\u0062\"\u0000é<","method":"m"})", R"("ab\"\u0000\u00e9<")"},
             {R"({"id":null,"method":"m"})", "null"},
             {R"({"method":"m"})", "null"},
             {R"({"ID":1,"method":"m"})", "null"},
             {R"({"id":true,"method":"m"})", "null"},
             {R"({"id":[1],"method":"m"})", "null"},
             {R"({"id":{"id":1},"method":"m"})", "null"},
             {R"({"params":{"id":1},"method":"m"})", "null"},
             {R"([{"id":1,"method":"m"}])", "null"},
             {R"([{"id":1,"method":"m"},{"id":1,"method":"m"}])", "null"},
         })
        EXPECT_EQ(id_of(body), id) << body;
}

TEST(RpcId, IsReadFromAnInvalidButParsedCall) {
    EXPECT_EQ(id_of(R"({"id":7})"), "7");
    EXPECT_EQ(id_of(R"({"method":1,"id":7})"), "7");
    EXPECT_EQ(id_of(R"({"method":"a","method":"b","id":7})"), "7");
    EXPECT_EQ(id_of(R"({"method":"a","id":7,"id":8})"), "null");
    EXPECT_EQ(id_of(R"({"method":"a","id":7,"ID":8})"), "null");
    EXPECT_EQ(id_of(R"([{"id":7}])"), "null");
    EXPECT_EQ(id_of(R"({"method":"a","id":7}x)"), "null");
    EXPECT_EQ(id_of(R"({"id":7,"method":x})"), "null");
}

TEST(RpcId, IsNullIfItIsTooLong) {
    auto const number = std::string(kMaxRpcId, '1');
    EXPECT_EQ(id_of(R"({"method":"m","id":)" + number + "}"), number);
    EXPECT_EQ(id_of(R"({"method":"m","id":1)" + number + "}"), "null");
    auto const text = '"' + std::string(kMaxRpcId - 2, 'x') + '"';
    EXPECT_EQ(id_of(R"({"method":"m","id":)" + text + "}"), text);
    EXPECT_EQ(id_of(R"({"method":"m","id":"x)" + text.substr(1) + "}"), "null");
    EXPECT_EQ(id_of(R"({"method":"m","id":")" + std::string(500'000, 'x') + "\"}"), "null");
}

TEST(RpcError, HasACodeAndAUniqueMessageForEachReason) {
    std::set<std::string> sentences;
    for (auto const& [reason, code] : std::initializer_list<std::pair<Reason, std::string_view>>{{Reason::kTooLarge, "too_large"},
                                                                                                 {Reason::kNotUtf8, "bad_json"},
                                                                                                 {Reason::kSyntax, "bad_json"},
                                                                                                 {Reason::kTooDeep, "bad_json"},
                                                                                                 {Reason::kNumberRange, "bad_json"},
                                                                                                 {Reason::kTrailing, "bad_json"},
                                                                                                 {Reason::kEqualKeys, "bad_json"},
                                                                                                 {Reason::kNoCall, "bad_field"},
                                                                                                 {Reason::kEmptyBatch, "bad_field"},
                                                                                                 {Reason::kNoMethod, "bad_field"},
                                                                                                 {Reason::kMethodIsNoText, "bad_field"}}) {
        RpcError const error{.reason = reason, .offset = 4711};
        EXPECT_EQ(code_of(error), code);
        auto const message = message_of(error);
        EXPECT_EQ(message.find("4711") == std::string::npos, reason == Reason::kTooLarge) << message;
        EXPECT_TRUE(sentences.insert(message).second) << message;
    }
}

TEST(RpcError, MessageDoesNotRepeatTheBody) {
    for (auto const body : {R"({"hunter2":1,"hunter2":2})"sv, R"({"method":["hunter2"]})"sv, R"({"method":hunter2})"sv, R"("hunter2")"sv})
        EXPECT_EQ(message_of(read_rpc(body).error()).find("hunter2"), std::string::npos);
}

TEST(RpcErrorBody, IsACompactJsonRpcErrorObject) {
    EXPECT_EQ(rpc_error_body("7", -32001, "No grant covers \"stop\".", "insufficient_scope"),
              R"({"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"No grant covers \"stop\".","data":"insufficient_scope"}})");
    EXPECT_EQ(rpc_error_body("null", -32700, "a\nb", "bad_json"),
              R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"a\nb","data":"bad_json"}})");
}

}  // namespace
}  // namespace warder::gateway
