// SPDX-License-Identifier: MIT
#include "log/log.hpp"

#include "core/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace warder::log {
namespace {

constexpr auto kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kNan = std::numeric_limits<double>::quiet_NaN();

std::string logfmt(std::initializer_list<Field> fields) { return format_line(Format::kLogfmt, "T", Level::kInfo, "e", fields); }
std::string json(std::initializer_list<Field> fields) { return format_line(Format::kJson, "T", Level::kInfo, "e", fields); }

TEST(FormatLine, StartsWithTimeLevelAndEvent) {
    EXPECT_EQ(format_line(Format::kLogfmt, "2026-01-01T00:00:00.000Z", Level::kWarning, "started", {}),
              "time=2026-01-01T00:00:00.000Z level=warning event=started");
    EXPECT_EQ(format_line(Format::kJson, "2026-01-01T00:00:00.000Z", Level::kError, "it ended", {}),
              R"({"time":"2026-01-01T00:00:00.000Z","level":"error","event":"it ended"})");
    EXPECT_EQ(format_line(Format::kLogfmt, "T", Level::kDebug, "it ended", {}), R"(time=T level=debug event="it ended")");
}

TEST(FormatLine, WritesEachValueTypeInBothFormats) {
    EXPECT_EQ(logfmt({{"text", "a b"}, {"word", "ab"}, {"none", ""}, {"yes", true}, {"no", false}, {"count", std::int64_t{-3}}, {"ms", 0.25}}),
              R"(time=T level=info event=e text="a b" word=ab none="" yes=true no=false count=-3 ms=0.25)");
    EXPECT_EQ(json({{"text", "a b"}, {"word", "ab"}, {"none", ""}, {"yes", true}, {"no", false}, {"count", std::int64_t{-3}}, {"ms", 0.25}}),
              R"({"time":"T","level":"info","event":"e","text":"a b","word":"ab","none":"","yes":true,"no":false,"count":-3,"ms":0.25})");
}

TEST(FormatLine, WritesValidJsonForNonFiniteNumbers) {
    EXPECT_EQ(json({{"a", kNan}, {"b", kInfinity}, {"c", -kInfinity}, {"d", 1e300}}),
              R"({"time":"T","level":"info","event":"e","a":null,"b":null,"c":null,"d":1e+300})");
    EXPECT_EQ(logfmt({{"a", kInfinity}}), "time=T level=info event=e a=inf");
    for (auto const number : {kNan, kInfinity, -0.0, 1.0, 1e-9, 1e300, std::numeric_limits<double>::denorm_min()})
        EXPECT_TRUE(core::read_json(json({{"n", number}}))) << number;
}

TEST(FormatLine, PreventsValuesFromInjectingFields) {
    for (std::string_view const text : {"x level=error", "x\" level=error", "x\n", "x\\", "{", "x{", "}", ",", "\xFF"}) {
        auto const value = core::read_json(json({{"path", text}, {"status", std::int64_t{200}}}));
        ASSERT_TRUE(value) << text;
        EXPECT_EQ(value->at("status").to_number<int>(), 200);
        EXPECT_EQ(value->at("level").as_string(), "info");
        EXPECT_EQ(value->as_object().size(), 5U);
        EXPECT_TRUE(logfmt({{"path", text}, {"status", std::int64_t{200}}}).ends_with(" status=200")) << text;
    }
    EXPECT_EQ(logfmt({{"path", "/a{"}, {"status", std::int64_t{200}}}), "time=T level=info event=e path=/a{ status=200");
}

TEST(FormatLine, TruncatesAndEscapesIdenticallyInBothFormats) {
    auto const text = std::string(255, 'x') + "\xC3\xA9";
    EXPECT_EQ(logfmt({{"t", text}}), "time=T level=info event=e t=\"" + std::string(255, 'x') + '"');
    EXPECT_EQ(core::read_json(json({{"t", text}})).value().at("t").as_string(), std::string(255, 'x'));
}

TEST(ReadLevel, AcceptsOnlyTheFourLevelNames) {
    EXPECT_EQ(read_level("debug"), Level::kDebug);
    EXPECT_EQ(read_level("info"), Level::kInfo);
    EXPECT_EQ(read_level("warning"), Level::kWarning);
    EXPECT_EQ(read_level("error"), Level::kError);
    for (std::string_view const word : {"", "Info", "warn", "errors", "0"}) EXPECT_FALSE(read_level(word)) << word;
}

}  // namespace
}  // namespace warder::log
