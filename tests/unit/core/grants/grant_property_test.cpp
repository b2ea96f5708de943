// SPDX-License-Identifier: MIT
// Properties of every path and grant, tested on texts that are generated from the pieces that servers interpret
// differently.
#include "slow_grant.hpp"
#include "warder/grant.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace warder {
namespace {

constexpr int kCases = 60'000;

/// Generates texts from pieces, the same ones in each run.
class Pieces {
  public:
    template <std::size_t count>
    std::string path(std::array<char const*, count> const& pieces, int most) {
        std::string text = chance(20) ? "" : "/";
        for (auto left = number(most); left > 0; --left) text += pieces.at(static_cast<std::size_t>(number(static_cast<int>(count)) - 1));
        return text;
    }
    bool chance(int one_in) { return number(one_in) == 1; }
    int number(int most) { return std::uniform_int_distribution{1, most}(engine_); }

  private:
    std::mt19937 engine_{20'260'101};
};

constexpr auto kTricky = std::to_array<char const*>(
    {"/", "/", "a", "b",   ".",   "..",  ";",      "%2e", "%2E",      "%2f", "%3b", "%3B", "%25", "%252e", "%41",  "%7e", "%7F", "%00", "%5c", "\\",
     "?", "#", "*", "%2a", "%2A", "%c3", "%C3%A9", " ",   "\xC3\xA9", "%",   "%2",  "%g1", "4",   "1",     "/../", "/./", "//",  "...", "+",   "="});
constexpr auto kSegments = std::to_array<char const*>({"/", "/", "/", "a", "ab", "*", "**", "/**", "/*", "%2A", "%3a", "b", "A", "3A"});
constexpr auto kTargets = std::to_array<char const*>({"/", "/", "/", "a", "ab", "*", "%2a", "%3A", "b", "A", "3A", "%61", "%2F"});

TEST(CanonicalizePathProperty, MatchesReferenceParserAndIsIdempotent) {
    Pieces pieces;
    std::array<char, 512> buffer{};
    int good = 0;
    int with_encoded_slash = 0;
    for (int i = 0; i < kCases; ++i) {
        auto const target = pieces.path(kTricky, 8);
        for (auto const encoded_slash : {EncodedSlash::kRejected, EncodedSlash::kAllowed}) {
            auto const canonical = canonicalize_path(target, buffer, encoded_slash);
            auto const slow = fuzz::slow_path(target, encoded_slash == EncodedSlash::kAllowed);
            ASSERT_EQ(canonical.has_value(), slow.has_value()) << target;
            if (!canonical) continue;
            ++good;
            std::string const text{canonical->text()};
            bool const has_encoded_slash = canonical->has_encoded_slash();
            with_encoded_slash += has_encoded_slash ? 1 : 0;
            ASSERT_EQ(text, fuzz::slow_text(*slow, text.ends_with('/'))) << target;
            ASSERT_EQ(has_encoded_slash, text.find("%2F") != std::string::npos) << target;
            auto const again = canonicalize_path(text, buffer, encoded_slash);
            ASSERT_TRUE(again && again->text() == text && again->has_encoded_slash() == has_encoded_slash) << target;
        }
    }
    EXPECT_GT(with_encoded_slash, kCases / 200);
    EXPECT_GT(good, kCases / 20) << "the generator makes hardly any valid path";
}

TEST(CanonicalizePathProperty, MatchesBoostUrlNormalization) {
    // Boost.URL's normalization removes dot segments and decodes: on a canonical path it must do nothing but decode.
    Pieces pieces;
    std::array<char, 512> buffer{};
    int compared = 0;
    for (int i = 0; i < kCases; ++i) {
        auto const target = pieces.path(kTricky, 8);
        auto const canonical = canonicalize_path(target, buffer);
        if (!canonical) continue;
        auto const parsed = boost::urls::parse_origin_form(target);
        if (!parsed) continue;  // a target that Boost.URL rejects can't be interpreted differently
        boost::urls::url url{*parsed};
        url.remove_query();
        url.normalize();
        ASSERT_EQ(url.path(), boost::urls::pct_string_view{canonical->text()}.decode()) << target;
        ++compared;
    }
    EXPECT_GT(compared, kCases / 20);
}

TEST(GrantProperty, CoversTheSameRequestsAsTheReferenceMatcher) {
    Pieces pieces;
    std::array<char, 512> buffer{};
    int covered = 0;
    int grants = 0;
    for (int i = 0; i < kCases; ++i) {
        auto text = "/" + pieces.path(kSegments, 6).substr(0);
        if (text.starts_with("//")) text.erase(0, 1);
        if (pieces.chance(3)) text.insert(0, pieces.chance(2) ? "GET,POST " : "* ");
        if (pieces.chance(5)) text += " rpc:get,list*";
        auto const grant = Grant::parse(text);
        if (!grant) continue;
        ++grants;
        for (auto const* method : {"GET", "HEAD", "POST", "get"}) {
            fuzz::SlowAsk slow{.method = method, .target = pieces.path(kTargets, 6), .rpc_methods = {}, .allows_encoded_slash = pieces.chance(2)};
            if (pieces.chance(2)) slow.rpc_methods = {"get", pieces.chance(2) ? "listall" : "geta"};
            auto const path = canonicalize_path(slow.target, buffer, slow.allows_encoded_slash ? EncodedSlash::kAllowed : EncodedSlash::kRejected);
            if (!path) continue;
            std::vector<std::string_view> const names{slow.rpc_methods.begin(), slow.rpc_methods.end()};
            AccessRequest request{.method = slow.method, .host = {}, .path = *path, .rpc_methods = {}};
            RpcMethods const methods{names};
            if (!names.empty()) request.rpc_methods = &methods;
            ASSERT_EQ(grant->covers(request), fuzz::slow_covers(text, slow)) << text << " asked for " << method << " " << slow.target;
            ASSERT_EQ(grant->covered_parts(request).are_all(), grant->covers(request)) << text << " asked for " << method << " " << slow.target;
            ASSERT_TRUE(!grant->covers(request) || grant->overlaps(*grant)) << text;
            covered += grant->covers(request) ? 1 : 0;
            auto unread = request;
            unread.rpc_methods = nullptr;
            bool const names_decided = grant->is_for_rpc() && grant->covers(request);
            ASSERT_TRUE(!names_decided || grant->could_cover_by_rpc(unread)) << text << " asked for " << slow.target;
        }
    }
    EXPECT_GT(grants, kCases / 10);
    EXPECT_GT(covered, kCases / 100);
}

TEST(GrantProperty, CoversTheSameRpcNamesAsTheReferenceMatcher) {
    // Few letters, so that names share prefixes. The called names also contain bytes that names in grants must not
    // contain.
    Pieces pieces;
    std::array<char, 64> buffer{};
    auto const path = *canonicalize_path("/w", buffer);
    auto const word = [&pieces](std::string_view letters, int most) {
        std::string text;
        for (auto left = pieces.number(most); left > 0; --left)
            text += letters[static_cast<std::size_t>(pieces.number(static_cast<int>(letters.size())) - 1)];
        return text;
    };
    int covered = 0;
    for (int i = 0; i < kCases; ++i) {
        std::string text = "/w rpc:";
        for (auto left = pieces.number(6); left > 0; --left) {
            text += pieces.chance(12) ? "*" : word("ab\"", 3) + (pieces.chance(3) ? "*" : "");
            if (left > 1) text += ',';
        }
        auto const grant = Grant::parse(pieces.chance(2) ? "POST " + text : text);
        if (!grant) continue;  // contains a quote, which no grant may
        fuzz::SlowAsk slow{.method = "POST", .target = "/w", .rpc_methods = {}};
        for (auto left = pieces.number(5); left > 0; --left)
            slow.rpc_methods.push_back(pieces.chance(20) ? "" : word(pieces.chance(4) ? std::string_view{"ab*, \0\xC3\x7F", 8} : "ab", 4));
        std::vector<std::string_view> const names{slow.rpc_methods.begin(), slow.rpc_methods.end()};
        RpcMethods const methods{names};
        AccessRequest const request{.method = "POST", .host = {}, .path = path, .rpc_methods = &methods};
        ASSERT_EQ(grant->covers(request), fuzz::slow_covers(text, slow)) << text << " asked for " << slow.rpc_methods.front();
        covered += grant->covers(request) ? 1 : 0;
    }
    EXPECT_GT(covered, kCases / 50);
}

}  // namespace
}  // namespace warder
