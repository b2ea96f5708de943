// SPDX-License-Identifier: MIT
#include "store/users_json/audit_line.hpp"

#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>
#include <vector>

namespace warder::store {
namespace {

TEST(AuditLine, RoundTripsAnEvent) {
    AuditLine const line{
        .record =
            {.id = 7,
             .event = {.time = Instant{std::chrono::seconds{1'800'000'000}}, .actor = "local:a \"b\"", .address = {}, .action = "x", .target = "y"}},
        .over = "1:2.3:4"};
    std::string text;
    append_audit_line(text, line);
    ASSERT_TRUE(text.ends_with("}\n"));
    text.pop_back();
    auto const read = read_audit_line(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->record.id, 7);
    EXPECT_EQ(read->record.event, line.record.event);
    EXPECT_EQ(read->over, "1:2.3:4");
}

TEST(AuditLine, ReplacesTextThatIsNotUtf8) {
    std::string text;
    append_audit_line(text,
                      {.record = {.id = 1, .event = {.time = {}, .actor = "local:\xFF", .address = {}, .action = "x", .target = "y"}}, .over = {}});
    text.pop_back();
    ASSERT_TRUE(read_audit_line(text));
    EXPECT_EQ(read_audit_line(text)->record.event.actor, "?");
}

TEST(AuditLine, RejectsOtherText) {
    for (auto const* const text :
         {"", "{}", "[]", "nonsense", R"({"id":1})", R"({"id":"1","time":1,"actor":null,"address":null,"action":"a","target":"t"})",
          R"({"id":1,"time":1,"actor":null,"address":null,"action":null,"target":"t"})"})
        EXPECT_FALSE(read_audit_line(text)) << text;
}

class ReverseLineReaderTest : public testing::Test {
  protected:
    std::vector<std::string> lines(std::string const& content) {
        auto const path = directory_.path() / "lines";
        std::ofstream{path, std::ios::binary} << content;
        ::chmod(path.c_str(), 0600);
        auto const files = make_file_port();
        auto const file = files->open(path).value();
        ReverseLineReader reader{file};
        std::vector<std::string> found;
        while (auto const line = reader.next().value()) {
            EXPECT_EQ(content.substr(static_cast<std::size_t>(line->offset), line->text.size()), line->text);
            found.push_back(std::string{line->text} + (line->is_complete ? "" : " (cut)"));
        }
        return found;
    }
    tests::TemporaryDirectory directory_;
};

TEST_F(ReverseLineReaderTest, ReadsTheLastLineFirst) {
    using Found = std::vector<std::string>;
    EXPECT_EQ(lines(""), Found{});
    EXPECT_EQ(lines("\n"), Found{""});
    EXPECT_EQ(lines("a"), Found{"a (cut)"});
    EXPECT_EQ(lines("a\n"), Found{"a"});
    EXPECT_EQ(lines("a\nb\n\nc\n"), (Found{"c", "", "b", "a"}));
    EXPECT_EQ(lines("a\nb"), (Found{"b (cut)", "a"}));
}

TEST_F(ReverseLineReaderTest, ReadsLinesAcrossBlockBoundaries) {
    std::string content;
    std::vector<std::string> expected;
    for (int i = 0; i < 50; ++i) {
        expected.insert(expected.begin(), std::string(static_cast<std::size_t>(i) * 311, static_cast<char>('a' + i % 26)));
        content += expected.front() + "\n";
    }
    expected.insert(expected.begin(), std::string(200'000, 'z'));
    content += expected.front() + "\n";
    EXPECT_EQ(lines(content), expected);
}

}  // namespace
}  // namespace warder::store
