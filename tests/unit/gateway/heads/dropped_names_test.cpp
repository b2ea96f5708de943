// SPDX-License-Identifier: MIT
#include "gateway/heads/dropped_names.hpp"

#include <gtest/gtest.h>

namespace warder::gateway {
namespace {

TEST(IsDroppedName, MatchesDroppedNamesInEverySpelling) {
    for (auto const* const name :
         {"Script-Name",   "SCRIPT_NAME",   "script.name",           "Script_Name",        "X-Script-Name",        "Path_Info",       "X-Rewrite-URL",
          "x_rewrite_url", "Proxy",         "X-Warder-Anything",     "X_Forwarded_Prefix", "X-Forwarded",          "X-Original-URL",  "Remote-User",
          "REMOTE_USER",   "Remote-Groups", "X-Remote-Extra-Scopes", "X-WEBAUTH-USER",     "X-Auth-Request-Email", "SSL_CLIENT_S_DN", "Host",
          "Expect"})
        EXPECT_TRUE(is_dropped_name(name)) << name;
}

TEST(IsDroppedName, DoesNotMatchSimilarNames) {
    for (auto const* const name : {"",
                                   "X",
                                   "X-",
                                   "x-w",
                                   "X-Warder",
                                   "Remote",
                                   "Script-Names",
                                   "Proxy-Status",
                                   "X-Auth-Token",
                                   "X-Auth-User",
                                   "X-Amz-Date",
                                   "Accept",
                                   "Authorization",
                                   "Cookie",
                                   "Referer",
                                   "Sec-Fetch-Mode",
                                   "SSL",
                                   "Hosts",
                                   "X-HostX",
                                   "Path",
                                   "Destination",
                                   "X-Requested-With"})
        EXPECT_FALSE(is_dropped_name(name)) << name;
}

}  // namespace
}  // namespace warder::gateway
