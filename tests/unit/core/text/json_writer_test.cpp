// SPDX-License-Identifier: MIT
#include "core/text/json_writer.hpp"

#include <gtest/gtest.h>

namespace warder::core {
namespace {

using std::chrono::microseconds;

std::string written(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string written(microseconds duration) {
    std::string out;
    append_json_seconds(out, duration);
    return out;
}

TEST(JsonString, EscapesQuotesBackslashesAndControlCharacters) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("plain / caf\xC3\xA9"), "\"plain / caf\xC3\xA9\"");
    EXPECT_EQ(written("sixteen and more bytes, then \"\\"), R"("sixteen and more bytes, then \"\\")");
    EXPECT_EQ(written(std::string_view{"\0a\x1F\x7F\n", 5}), R"("\u0000a\u001f\u007f\u000a")");
}

TEST(JsonSeconds, WritesMicrosecondsExactlyWithoutTrailingZeros) {
    EXPECT_EQ(written(microseconds{0}), "0");
    EXPECT_EQ(written(microseconds{-1}), "0");
    EXPECT_EQ(written(microseconds{1}), "0.000001");
    EXPECT_EQ(written(microseconds{1'500'000}), "1.5");
    EXPECT_EQ(written(microseconds{360'000'000}), "360");
    EXPECT_EQ(written(microseconds{359'999'120}), "359.99912");
    EXPECT_EQ(written(microseconds{315'360'000'000'001}), "315360000.000001");
    EXPECT_EQ(written(microseconds::max()), "9223372036854.775807");
}

TEST(JsonObject, WritesMembersInCallOrder) {
    std::string out;
    JsonObject{out}.text("a", "x\"").seconds("b", microseconds{250'000}).integer("c", -3).flag("d", true).null("e").close();
    EXPECT_EQ(out, R"({"a":"x\"","b":0.25,"c":-3,"d":true,"e":null})");
}

}  // namespace
}  // namespace warder::core
