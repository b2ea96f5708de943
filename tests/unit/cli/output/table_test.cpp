// SPDX-License-Identifier: MIT
#include "cli/output/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace warder::cli {
namespace {

TEST(Table, AlignsColumnsByTheirWidestCellWithoutTrailingSpaces) {
    auto table = Table::with_header({"NAME", "ROLE"});
    table.add({"alice", "user"});
    table.add({"bo", "administrator"});
    EXPECT_EQ(table.text(Colors::kNone), "NAME   ROLE\nalice  user\nbo     administrator\n");
}

TEST(Table, WithoutRowsIsEmpty) {
    EXPECT_EQ(Table::with_header({"NAME", "ROLE"}).text(Colors::kNone), "");
    EXPECT_EQ(Table::of_properties().text(Colors::kNone), "");
}

TEST(Table, AlignsByDisplayWidth) {
    auto table = Table::with_header({"A", "B"});
    table.add({"na\xC3\xAFve", "x"});
    table.add({"\xE6\x97\xA5\xE6\x9C\xAC", "x"});  // two wide characters
    table.add({"e\xCC\x81", "x"});                 // a combining accent
    EXPECT_EQ(table.text(Colors::kNone), "A      B\nna\xC3\xAFve  x\n\xE6\x97\xA5\xE6\x9C\xAC   x\ne\xCC\x81      x\n");
}

TEST(Table, EscapesWhatIsNotReadable) {
    auto table = Table::with_header({"A"});
    table.add({"a\nb\x1b[31m"});
    table.add({"\xE2\x80\xAE"});  // U+202E reverses the text after it
    table.add({"\xFF"});
    auto const text = table.text(Colors::kNone);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
    EXPECT_EQ(text.find('\xFF'), std::string::npos);
    EXPECT_EQ(std::ranges::count(text, '\n'), 4);
}

TEST(Table, RepeatsNoNameOfAPropertyWithSeveralValues) {
    auto table = Table::of_properties();
    table.add({"ID", "1"});
    table.add_property("Access", {"/a", "/b"});
    EXPECT_EQ(table.text(Colors::kNone), "ID      1\nAccess  /a\n        /b\n");
}

TEST(Table, ColorsDoNotChangeTheAlignment) {
    auto table = Table::with_header({"A", "B"});
    table.add({{"old", Emphasis::kEnded}, "x"});
    EXPECT_EQ(table.text(Colors::kAnsi), "\x1b[1mA\x1b[0m    \x1b[1mB\x1b[0m\n\x1b[31mold\x1b[0m  x\n");
}

TEST(ColorsFor, NeedATerminalThatHasThemAndNoRefusal) {
    EXPECT_EQ(colors_for(true, nullptr, "xterm"), Colors::kAnsi);
    EXPECT_EQ(colors_for(true, "", "xterm"), Colors::kAnsi);
    EXPECT_EQ(colors_for(true, "1", "xterm"), Colors::kNone);
    EXPECT_EQ(colors_for(false, nullptr, "xterm"), Colors::kNone);
    EXPECT_EQ(colors_for(true, nullptr, "dumb"), Colors::kNone);
    EXPECT_EQ(colors_for(true, nullptr, ""), Colors::kNone);
    EXPECT_EQ(colors_for(true, nullptr, nullptr), Colors::kNone);
}

}  // namespace
}  // namespace warder::cli
