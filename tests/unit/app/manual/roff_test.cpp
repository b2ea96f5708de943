// SPDX-License-Identifier: MIT
#include "app/manual/roff.hpp"

#include <gtest/gtest.h>

namespace warder::app {
namespace {

TEST(RoffText, EscapesWhatRoffInterprets) {
    EXPECT_EQ(roff_text(R"(a-b \ 'c' ^ ~)"), R"(a\-b \e \(aqc\(aq \(ha \(ti)");
    EXPECT_EQ(roff_text("see `--json` and `x`"), R"(see \fB\-\-json\fP and \fBx\fP)");
    EXPECT_EQ(roff_bold("--a"), R"(\fB\-\-a\fP)");
    EXPECT_EQ(roff_italic("FILE"), R"(\fIFILE\fP)");
}

TEST(AsSentence, BeginsWithACapitalLetterAndEndsWithAPeriod) {
    EXPECT_EQ(as_sentence("list tokens"), "List tokens.");
    EXPECT_EQ(as_sentence("PEM file."), "PEM file.");
    EXPECT_EQ(as_sentence("\"none\""), "\"none\".");
}

TEST(RoffPage, WritesNoParagraphMacroAfterAHeading) {
    RoffPage page{"X", "1", "2026-11-29", "x 1", "manual"};
    page.heading("NAME");
    page.paragraph("one");
    page.paragraph("two");
    EXPECT_EQ(page.text(), ".TH X 1 \"2026-11-29\" \"x 1\" \"manual\"\n.SH NAME\none\n.PP\ntwo\n");
}

TEST(RoffPage, WrapsLinesAndKeepsALeadingPeriodFromBeingAMacro) {
    RoffPage page{"X", "1", "d", "s", "m"};
    auto const before = page.text().size();
    page.tagged("t", std::string(70, 'a') + " .bbbbbbbbbbb c");
    EXPECT_EQ(page.text().substr(before), ".TP\nt\n" + std::string(70, 'a') + "\n\\&.bbbbbbbbbbb c\n");
}

TEST(RoffPage, KeepsTheLinesOfAnExample) {
    RoffPage page{"X", "1", "d", "s", "m"};
    auto const before = page.text().size();
    page.example("a  b\n\n.c");
    EXPECT_EQ(page.text().substr(before), ".PP\n.EX\na  b\n\n\\&.c\n.EE\n");
}

}  // namespace
}  // namespace warder::app
