// SPDX-License-Identifier: MIT
#include "gateway/heads/cache_privacy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::gateway {
namespace {

using Fields = std::vector<http::HeaderField>;

Fields saying(std::string_view value) { return {{"Server", "x"}, {"Cache-Control", value}}; }

TEST(ChooseCacheRule, ChangesNothingWithoutAToken) {
    EXPECT_EQ(choose_cache_rule(TokenVisibility::kNoToken, saying("public, s-maxage=1")), CacheRule::kUnchanged);
}

TEST(ChooseCacheRule, MakesResponsesToHiddenTokensPrivate) {
    for (auto const* value : {"", "public", "max-age=1", "no-cache", "private=\"a\"", "no-store=x", "x=\"no-store\"", "x=\"private", "xprivate",
                              "no-store2", "no-store, must-understand", "x=\"\\\", private\""})
        EXPECT_EQ(choose_cache_rule(TokenVisibility::kHidden, saying(value)), CacheRule::kMadePrivate) << value;
    EXPECT_EQ(choose_cache_rule(TokenVisibility::kHidden, {}), CacheRule::kMadePrivate);
}

TEST(ChooseCacheRule, KeepsStricterDirectives) {
    for (auto const token : {TokenVisibility::kHidden, TokenVisibility::kAuthorization})
        for (auto const* value :
             {"private", "no-store", " max-age=1 , PRIVATE", "x=\"a,b\", No-Store", "private, must-understand, public", ",,private"})
            EXPECT_EQ(choose_cache_rule(token, saying(value)), CacheRule::kTargetedDropped) << value;
}

TEST(ChooseCacheRule, MakesResponsesToVisibleTokensPrivateOnlyIfTheyMayBeStored) {
    for (auto const* value : {"", "max-age=1", "no-cache", "proxy-revalidate", "x=\"public\""})
        EXPECT_EQ(choose_cache_rule(TokenVisibility::kAuthorization, saying(value)), CacheRule::kKeptFromNginx) << value;
    for (auto const* value : {"public", "S-MaxAge=1", "max-age=1, must-revalidate", "x=\"open"})
        EXPECT_EQ(choose_cache_rule(TokenVisibility::kAuthorization, saying(value)), CacheRule::kMadePrivate) << value;
}

TEST(IsTargetedCacheField, MatchesFieldsOfSpecificCaches) {
    for (auto const* name : {"CDN-Cache-Control", "cdn_cache_control", "Vendor-CDN-Cache-Control", "X-LiteSpeed-Cache-Control", "Surrogate-Control",
                             "X-Accel-Expires", "Edge-Control"})
        EXPECT_TRUE(is_targeted_cache_field(name)) << name;
    for (auto const* name : {"Cache-Control", "-Cache-Contro", "XCache-Control", "X-Cache-Control-X", "Expires", "X-Accel-Redirect", "", "Control"})
        EXPECT_FALSE(is_targeted_cache_field(name)) << name;
}

TEST(AppendPrivateCacheControl, JoinsTheRemainingDirectives) {
    std::string out;
    append_private_cache_control(out, Fields{{"cache-control", "public, max-age=1"},
                                             {"Cache-Control-X", "a"},
                                             {"Cache-Control", " x=\"a, public\" ,, s-maxage=2, private=\"b\", immutable , y=\"open"}});
    EXPECT_EQ(out, "Cache-Control: max-age=1, x=\"a, public\", immutable, private\r\n");
    out.clear();
    append_private_cache_control(out, {});
    EXPECT_EQ(out, "Cache-Control: private\r\n");
}

}  // namespace
}  // namespace warder::gateway
