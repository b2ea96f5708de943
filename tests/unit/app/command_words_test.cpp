// SPDX-License-Identifier: MIT
#include "app/command_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::app {
namespace {

using testing::Eq;
using testing::Optional;

using Words = std::vector<std::string>;

TEST(FindMeant, TakesTheFirstMeaningThatIsACandidate) {
    EXPECT_THAT(find_meant("validate", Words{"verify", "check"}), Optional(Eq("check")));
    EXPECT_THAT(find_meant("validate", Words{"verify", "list"}), Optional(Eq("verify")));
    EXPECT_EQ(find_meant("validate", Words{"list", "show"}), std::nullopt);
    EXPECT_THAT(find_meant("-n", Words{"--limit", "--json"}), Optional(Eq("--limit")));
}

TEST(FindMeant, PrefersASynonymToASimilarWord) {
    EXPECT_THAT(find_meant("create", Words{"creates", "add"}), Optional(Eq("add")));
    EXPECT_THAT(find_meant("--port", Words{"--sort", "--listen"}), Optional(Eq("--listen")));
}

TEST(FindMeant, TakesAPrefixOfThreeLettersOfOneCandidateOnly) {
    EXPECT_THAT(find_meant("rev", Words{"revocation", "renewal"}), Optional(Eq("revocation")));
    EXPECT_EQ(find_meant("re", Words{"revocation", "show"}), std::nullopt);
    EXPECT_EQ(find_meant("rev", Words{"revocation", "reversal"}), std::nullopt);
    EXPECT_THAT(find_meant("--rev", Words{"--revoke-tokens", "--json"}), Optional(Eq("--revoke-tokens")));
    EXPECT_EQ(find_meant("--re", Words{"--revoke-tokens", "--json"}), std::nullopt) << "dashes count as no letters";
}

TEST(FindMeant, AllowsOneErrorInAShortWordAndAThirdOfALongOne) {
    EXPECT_THAT(find_meant("sow", Words{"show"}), Optional(Eq("show")));
    EXPECT_THAT(find_meant("hsow", Words{"show"}), Optional(Eq("show"))) << "swapped neighbors are one error";
    EXPECT_EQ(find_meant("shot", Words{"list"}), std::nullopt);
    EXPECT_THAT(find_meant("rotaet", Words{"rotate"}), Optional(Eq("rotate")));
    EXPECT_THAT(find_meant("rutaet", Words{"rotate"}), Optional(Eq("rotate"))) << "two errors in six letters";
    EXPECT_EQ(find_meant("rutat", Words{"rotates"}), std::nullopt) << "two errors in five letters";
    EXPECT_EQ(find_meant("rutaetx", Words{"rotate"}), std::nullopt) << "three errors in seven letters";
}

TEST(FindMeant, TakesTheFirstOfEquallySimilarCandidates) {
    EXPECT_THAT(find_meant("lisp", Words{"list", "lisa"}), Optional(Eq("list")));
    EXPECT_THAT(find_meant("lisp", Words{"lisa", "list"}), Optional(Eq("lisa")));
}

TEST(FindMeant, ComparesOptionsWithoutTheirDashes) {
    EXPECT_THAT(find_meant("-json", Words{"--user", "--json"}), Optional(Eq("--json")));
    EXPECT_THAT(find_meant("---json", Words{"--user", "--json"}), Optional(Eq("--json")));
    EXPECT_EQ(find_meant("--x", Words{"--to", "--json"}), std::nullopt);
}

TEST(FindMeant, FindsNothingWithoutASimilarCandidate) {
    auto const commands = Words{"serve", "user", "token", "key", "audit"};
    for (auto const& word : {std::string{}, std::string{"-"}, std::string{"--"}, std::string(100'000, 'k'), std::string{"\x1b[2J"},
                             std::string{"\0key", 4} + std::string(8, '\0'), std::string{"\xC3\xA9\xC3\xA9\xC3\xA9"}, std::string{"\xFF\xFE"}})
        EXPECT_EQ(find_meant(word, commands), std::nullopt) << testing::PrintToString(word);
    EXPECT_EQ(find_meant("serve", Words{}), std::nullopt);
}

TEST(FindMeant, CountsALetterOfTwoBytesAsTwoErrors) {
    EXPECT_THAT(find_meant("us\xC3\xA9rs", Words{"users"}), Optional(Eq("users")));
    EXPECT_EQ(find_meant("k\xC3\xA9y", Words{"key"}), std::nullopt);
    EXPECT_THAT(find_meant("audit\xC2\xA0", Words{"audit"}), Optional(Eq("audit"))) << "a no-break space that was pasted";
}

}  // namespace
}  // namespace warder::app
