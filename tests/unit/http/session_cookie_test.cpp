// SPDX-License-Identifier: MIT
#include "http/session_cookie.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace warder::http {
namespace {

using Verdict = SessionCookies::Verdict;
using testing::ElementsAre;

Request request_with(std::initializer_list<std::string_view> cookies) {
    Request request;
    for (auto const& cookie : cookies) request.fields[request.field_count++] = {"Cookie", cookie};
    return request;
}

SessionCookies read(std::initializer_list<std::string_view> cookies, bool is_secure = false) {
    return SessionCookies::read(request_with(cookies), is_secure);
}

TEST(SessionCookies, FindsTheSessionCookieAmongOthers) {
    for (auto const* text :
         {"warder_session=abc", "a=1; warder_session=abc; b=2", "a=1;warder_session=abc", "\twarder_session =\tabc ;", ";;warder_session=abc",
          "warder_sessions=x; warder_session=abc; xwarder_session=y; WARDER_SESSION=z", "a; warder_session=abc"}) {
        auto const cookies = read({text});
        EXPECT_EQ(cookies.verdict, Verdict::kOne) << text;
        EXPECT_EQ(cookies.id, "abc") << text;
    }
    EXPECT_EQ(read({"warder_session=a=b"}).id, "a=b");
    EXPECT_EQ(read({"warder_session=\"abc\""}).id, "\"abc\"") << "quotes are characters like others";
    EXPECT_EQ(read({"a=1", "warder_session=abc"}).id, "abc");
}

TEST(SessionCookies, ReportsNoneWithoutASessionCookie) {
    for (auto const* text :
         {"", ";", "a=1", "a=warder_session", "a=warder_session=abc", "warder_session.sig=1", "Warder_session=abc", "warder=session"}) {
        EXPECT_EQ(read({text}).verdict, Verdict::kNone) << text;
        EXPECT_FALSE(has_session_cookie(request_with({text}))) << text;
    }
    EXPECT_EQ(read({}).verdict, Verdict::kNone);
}

TEST(SessionCookies, ReportsAmbiguousForTwoSessionCookies) {
    for (bool const is_secure : {false, true}) {
        EXPECT_EQ(read({"warder_session=a; warder_session=a"}, is_secure).verdict, Verdict::kAmbiguous);
        EXPECT_EQ(read({"warder_session=a; __Host-warder_session=b"}, is_secure).verdict, Verdict::kAmbiguous);
        EXPECT_EQ(read({"__Host-warder_session=a; __Host-warder_session"}, is_secure).verdict, Verdict::kAmbiguous);
        EXPECT_EQ(read({"warder_session=a", "x=1; warder_session=b"}, is_secure).verdict, Verdict::kAmbiguous);
    }
    EXPECT_THAT(read({"warder_session=a; x=1", "__Host-warder_session=b"}).every, ElementsAre("a", "b"));
}

TEST(SessionCookies, RequiresTheHostPrefixOverTlsOnly) {
    EXPECT_EQ(read({"__Host-warder_session=a"}, true).id, "a");
    EXPECT_EQ(read({"warder_session=a"}, true).verdict, Verdict::kNone);
    EXPECT_EQ(read({"__Host-warder_session=a"}, false).verdict, Verdict::kNone);
    EXPECT_TRUE(read({"warder_session=a"}, true).has_wrong_name);
    EXPECT_FALSE(read({"__Host-warder_session=a"}, true).has_wrong_name);
    EXPECT_TRUE(read({"__Host-warder_session=a; warder_session=b"}, false).has_wrong_name);
    EXPECT_FALSE(read({"warder_session=a; warder_session=b"}, false).has_wrong_name);
}

TEST(SessionCookies, TreatsACookieWithoutAValueAsEmpty) {
    for (auto const* text : {"warder_session", "warder_session="}) {
        EXPECT_EQ(read({text}).verdict, Verdict::kOne) << text;
        EXPECT_EQ(read({text}).id, "") << text;
        EXPECT_TRUE(has_session_cookie(request_with({text}))) << text;
    }
}

TEST(SessionCookie, HasTheAttributesHttpOnlyAndSameSiteStrict) {
    EXPECT_EQ(session_cookie("abc", false), "warder_session=abc; Path=/; HttpOnly; SameSite=Strict");
    EXPECT_EQ(session_cookie("abc", true), "__Host-warder_session=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
    EXPECT_EQ(cleared_cookie(false), "warder_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    EXPECT_EQ(cleared_cookie(true), "__Host-warder_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
}

}  // namespace
}  // namespace warder::http
