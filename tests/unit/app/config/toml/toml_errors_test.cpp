// SPDX-License-Identifier: MIT
#include "app/config/toml/toml_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace warder::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kReported = "Error while parsing key-value pair: as reported";
constexpr std::string_view kRedefined = "Error while parsing key-value pair: cannot redefine existing value";
constexpr std::string_view kEscape = "Error while parsing string: unknown escape sequence '\\d'";
constexpr std::string_view kFallback = "invalid TOML: key-value pair: as reported";

/// Explains an error in the last line of the text.
std::string explain_last(std::string_view text, std::string_view reported = kReported) {
    return explain_toml_error(text, static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1, reported);
}

TEST(ExplainTomlError, ShowsTextWithQuotes) {
    EXPECT_EQ(explain_last("listen = 1.2.3.4:1"), R"(text needs quotes: listen = "1.2.3.4:1")");
    EXPECT_EQ(explain_last("tokens.max_life=3 months # three"), R"(text needs quotes: tokens.max_life = "3 months")");
    EXPECT_EQ(explain_last("[log]\nlevel = debug\r"), R"(text needs quotes: level = "debug")");
    EXPECT_EQ(explain_last("listen = =x"), R"(text needs quotes: listen = "=x")");
    EXPECT_EQ(explain_last("listen = \xE2\x80\x9Ex\xE2\x80\x9C"), R"(text needs quotes: listen = "x")");
}

TEST(ExplainTomlError, ShowsAPlaceholderForTextThatNeedsMoreThanQuotes) {
    for (auto const& value :
         {std::string{"C:\\dir"}, std::string{"gr\xC3\xB6\xC3\x9F"}, std::string{"a\x1b[31m"}, std::string{"a\"b"}, std::string(201, 'x')})
        EXPECT_EQ(explain_last("data_dir = " + value), R"(text needs quotes: data_dir = "...")") << value;
    EXPECT_EQ(explain_last("data_dir = " + std::string(200, 'x')), "text needs quotes: data_dir = \"" + std::string(200, 'x') + '"');
}

TEST(ExplainTomlError, ReportsAMissingClosingQuote) {
    EXPECT_EQ(explain_last("listen = \"a"), R"(this text has no closing quote: listen = "a")");
    EXPECT_EQ(explain_last("listen = 'a"), R"(this text has no closing quote: listen = "a")");
    EXPECT_EQ(explain_last("listen = \"a'"), R"(this text has no closing quote: listen = "a")");
    EXPECT_EQ(explain_last("listen = \"a # b"), R"(this text has no closing quote: listen = "a # b")") << "no comment begins within quotes";
    EXPECT_EQ(explain_last("listen = \""), R"(this text has no closing quote: listen = "")");
}

TEST(ExplainTomlError, SuggestsSingleQuotesForBackslashes) {
    EXPECT_EQ(explain_last(R"(data_dir = "C:\dir")", kEscape),
              R"(a backslash in double quotes begins an escape sequence; use single quotes: data_dir = 'C:\dir')");
    EXPECT_EQ(explain_last(R"(data_dir = "C:\")", "Error while parsing string: unescaped control characters"),
              R"(a backslash in double quotes begins an escape sequence; use single quotes: data_dir = 'C:\')");
    EXPECT_EQ(explain_last(R"(data_dir = "C:\users")", "Error while parsing unicode scalar sequence: expected hex digit, saw 's'"),
              R"(a backslash in double quotes begins an escape sequence; use single quotes: data_dir = 'C:\users')");
}

TEST(ExplainTomlError, SuggestsNoSingleQuotesForTextThatContainsThem) {
    EXPECT_EQ(explain_last(R"(data_dir = "C:\it's")", kEscape), "a backslash in double quotes begins an escape sequence; write each backslash twice");
}

TEST(ExplainTomlError, ShowsAPlaceholderForABackslashInUnusualText) {
    for (auto const& text : {std::string{"C:\\gr\xC3\xB6\xC3\x9F"}, "C:\\" + std::string(200, 'x'), std::string{"C:\\d\x01"}})
        EXPECT_EQ(explain_last("data_dir = \"" + text + '"', kEscape),
                  "a backslash in double quotes begins an escape sequence; use single quotes: data_dir = '...'")
            << text;
}

TEST(ExplainTomlError, DoesNotBlameABackslashForAnotherError) {
    EXPECT_EQ(explain_last(R"(data_dir = "a\tb" x)"), kFallback);
    EXPECT_EQ(explain_last(R"(data_dir = 'C:\dir' x)", kEscape), "invalid TOML: string: unknown escape sequence '\\d'") << "in single quotes";
}

TEST(ExplainTomlError, ShowsAFlagInLowerCaseWithoutQuotes) {
    for (auto const* value : {"True", "YES", "on", "\"yes\" x"})
        EXPECT_THAT(explain_last("allow_plaintext = " + std::string{value}),
                    testing::AnyOf(HasSubstr("allow_plaintext = true"), testing::Eq(kFallback)))
            << value;
    EXPECT_EQ(explain_last("[ui]\nenabled = Off"), "expected true or false, in lower case and without quotes: enabled = false");
    EXPECT_EQ(explain_last("allow_plaintext = maybe"), kFallback);
    EXPECT_EQ(explain_last("data_dir = on"), R"(text needs quotes: data_dir = "on")") << "a text may be any word";
}

TEST(ExplainTomlError, AddsNoQuotesToNumbersAndFlags) {
    for (auto const* line : {"threads = 4x", "threads = 4@", "max_connections = 1 000", "allow_plaintext = tru@", "threads = http://a"})
        EXPECT_EQ(explain_last(line), kFallback) << line;
}

TEST(ExplainTomlError, ShowsAListWithBracketsAndQuotes) {
    EXPECT_EQ(explain_last("hosts = a.example"), R"(a list needs brackets, and each text in it needs quotes: hosts = ["a.example"])");
    EXPECT_EQ(explain_last("hosts = [a, \"b\", 'c',,]"), R"(a list needs brackets, and each text in it needs quotes: hosts = ["a", "b", "c"])");
    EXPECT_EQ(explain_last("trusted_proxies = 10.0.0.0/8, fd00::/8"),
              R"(a list needs brackets, and each text in it needs quotes: trusted_proxies = ["10.0.0.0/8", "fd00::/8"])");
    EXPECT_EQ(explain_last("hosts = a@b"), R"(a list needs brackets, and each text in it needs quotes: hosts = ["..."])");
}

TEST(ExplainTomlError, KeepsTheDescriptionOfAnArrayWhoseBeginningIsUnknown) {
    EXPECT_EQ(explain_last("hosts = [\"a\"\nthreads = 4", "Error while parsing array: expected comma"),
              "invalid TOML: array: expected comma; the list may begin in an earlier line");
}

TEST(ExplainTomlError, ReportsAMissingValueOrEqualsSign) {
    EXPECT_EQ(explain_last("listen ="), "this key has no value; expected listen = value");
    EXPECT_EQ(explain_last("listen = # \"x\""), "this key has no value; expected listen = value");
    EXPECT_EQ(explain_last("listen"), "this line has no equals sign: expected listen = value");
    EXPECT_EQ(explain_last("listen: x"), "this line has no equals sign: expected listen = value");
    EXPECT_EQ(explain_last("level"), kFallback) << "there is no such key at the top";
    EXPECT_EQ(explain_last("[log]\nlevel"), "this line has no equals sign: expected level = value");
    EXPECT_EQ(explain_last("[[route]]\nprefix \"/a\""), "this line has no equals sign: expected prefix = value");
    EXPECT_EQ(explain_last("= 1"), kFallback);
}

TEST(ExplainTomlError, ReportsCommentsOfOtherLanguages) {
    for (auto const* line : {"// a comment", "// threads = 4", "; a comment"}) EXPECT_EQ(explain_last(line), "a comment begins with #") << line;
    EXPECT_EQ(explain_last("/ a comment"), kFallback);
}

TEST(ExplainTomlError, ReportsAHeaderWithoutClosingBracket) {
    EXPECT_EQ(explain_last("[log"), "this section header has no closing bracket: expected [log]");
    EXPECT_EQ(explain_last("[ log # ]"), "this section header has no closing bracket: expected [log]") << "a comment closes no bracket";
    EXPECT_EQ(explain_last("["), "this section header has no closing bracket: expected [name]");
    EXPECT_EQ(explain_last("[log]]"), kFallback);
    EXPECT_EQ(explain_last("[]"), kFallback);
}

TEST(ExplainTomlError, ReportsRoutesThatAreNotAListOfTables) {
    for (auto const* line : {"[route]", "[[route", "[[route # ]]", "route = /a", "route = [x"})
        EXPECT_EQ(explain_last(line), "routes are a list of tables: write [[route]], with two brackets on each side") << line;
    EXPECT_EQ(explain_last("[[route]] prefix = '/a'"), "expected nothing after [[route]]; put each key on a line of its own");
    EXPECT_THAT(explain_last("route = []\n[[route]]", kRedefined), StartsWith("invalid TOML: "));
}

TEST(ExplainTomlError, ReportsTheFirstOfTwoDefinitions) {
    EXPECT_EQ(explain_last("threads = 1\n\nthreads = 2", kRedefined), R"("threads" is set a second time; it is already set in line 1)");
    EXPECT_EQ(explain_last("[log]\nlevel = 'info'\n[log] # again", kRedefined),
              "section [log] is defined a second time; move its keys to the first one, in line 1");
    EXPECT_EQ(explain_last("# log\nlog.level = 'info'\n[log]", kRedefined),
              "section [log] is already defined by the key in line 2; move that key below the header");
}

TEST(ExplainTomlError, FindsNoFirstDefinitionInAnotherSection) {
    auto const text = "listen = 'a'\n[gateway]\nlisten = 'b'";
    EXPECT_THAT(explain_last(text, kRedefined), StartsWith("invalid TOML: "));
    EXPECT_EQ(explain_last("[[route]]\nprefix = '/a'\n[[route]]\nprefix = '/b'\nprefix = '/c'", kRedefined),
              R"("prefix" is set a second time; it is already set in line 4)");
}

TEST(ExplainTomlError, RepeatsNoValueThatMayContainASecret) {
    EXPECT_EQ(explain_last("[[route]]\ncredential = hunter2"), R"(text needs quotes: credential = "...")");
    EXPECT_EQ(explain_last("[[route]]\nupstream = \"http://me:hunter2@b"), R"(this text has no closing quote: upstream = "...")");
    EXPECT_EQ(explain_last("[[route]]\ncredential = \"hunter2\\d\"", kEscape), "invalid TOML: string: unknown escape sequence '\\d'");
    for (auto const* text : {"store = postgresql://me:hunter2@b", "store = me@hunter2", "data_dir = 'http://hunter2", "hosts = hunter2@b",
                             "hosts = [http://hunter2", "threads = hunter2@b"})
        EXPECT_THAT(explain_last(text), Not(HasSubstr("hunter2"))) << text;
}

TEST(ExplainTomlError, RepeatsNoLineThatMayBeASecret) {
    for (auto const* line : {"hunter2", "hunter2=", "hunter2==", "hunter2 = x", "hunter2: x", "[hunter2", "[[hunter2", "[hunter2 # ]"})
        EXPECT_THAT(explain_last(line), Not(HasSubstr("hunter2"))) << line;
    for (auto const* text : {"hunter2 = 1\nhunter2 = 2", "[hunter2]\n[hunter2]", "hunter2.a = 1\n[hunter2]"})
        EXPECT_THAT(explain_last(text, kRedefined), Not(HasSubstr("hunter2"))) << text;
    EXPECT_EQ(explain_last("[hunter2]\n[hunter2]", kRedefined), "this section is defined a second time; move its keys to the first one, in line 1");
}

TEST(ExplainTomlError, KeepsTheDescriptionOutsideOfTheText) {
    for (std::size_t const line : {0U, 2U, 3U, 1'000'000U}) EXPECT_EQ(explain_toml_error("listen = x\n", line, kReported), kFallback) << line;
    EXPECT_EQ(explain_toml_error("", 1, kReported), kFallback);
    EXPECT_EQ(explain_toml_error("\n\nlisten =\n", 3, kReported), "this key has no value; expected listen = value") << "blank lines count";
    EXPECT_EQ(explain_toml_error("", 0, "nothing known\x1b"), "invalid TOML: nothing known\\x1B");
}

}  // namespace
}  // namespace warder::app
