// SPDX-License-Identifier: MIT
#include "api/router.hpp"

#include "api/routes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace warder::api {
namespace {

using MatchKind = Match::Kind;

Match look_up(std::string_view method, std::string_view path) { return match(all_routes(), method, path); }

TEST(Match, FindsACallUnderBothBasePathsWithAndWithoutATrailingSlash) {
    for (auto const* path : {"/v1alpha/token", "/v1alpha/token/", "/api/v1alpha/token", "/api/v1alpha/token/"}) {
        auto const found = look_up("POST", path);
        ASSERT_EQ(found.kind, MatchKind::kRoute) << path;
        EXPECT_EQ(found.route->pattern, "/token");
        EXPECT_EQ(found.route->required_auth, Auth::kPassword);
    }
    EXPECT_EQ(look_up("POST", "/v1alpha/token/").base, "/v1alpha");
    EXPECT_EQ(look_up("POST", "/api/v1alpha/token/").base, "/api/v1alpha");
}

TEST(Match, ReturnsTheCallOfAPathForAnyMethod) {
    EXPECT_EQ(look_up("OPTIONS", "/v1alpha/session").route->required_auth, Auth::kSignIn);
    EXPECT_EQ(look_up("PUT", "/api/v1alpha/session/").route->required_auth, Auth::kSignIn);
    EXPECT_EQ(look_up("GET", "/v1alpha/nothing").route, nullptr);
}

TEST(Match, FindsHealthChecksOutsideOfTheBasePath) {
    for (auto const* path : {"/healthz/liveness", "/healthz/readyness/", "/api/healthz/readiness"})
        EXPECT_EQ(look_up("GET", path).kind, MatchKind::kRoute) << path;
    EXPECT_EQ(look_up("GET", "/v1alpha/healthz/liveness").kind, MatchKind::kNotFound);
}

TEST(Match, FindsTheOpenApiDocumentOutsideOfBothBasePaths) {
    for (auto const* path : {"/openapi.json", "/openapi.json/"}) EXPECT_EQ(look_up("GET", path).kind, MatchKind::kRoute) << path;
    EXPECT_EQ(look_up("OPTIONS", "/openapi.json").allow, "GET, HEAD, OPTIONS");
    for (auto const* path : {"/api/openapi.json", "/v1alpha/openapi.json", "/api/v1alpha/openapi.json", "/openapi.jsonl", "/openapi.json//"})
        EXPECT_EQ(look_up("GET", path).kind, MatchKind::kNotFound) << path;
}

TEST(Match, CapturesARawSegment) {
    EXPECT_EQ(look_up("GET", "/v1alpha/users/a%40b/").captured, "a%40b");
    auto const renewed = look_up("POST", "/v1alpha/token/abc/renew");
    ASSERT_EQ(renewed.kind, MatchKind::kRoute);
    EXPECT_EQ(renewed.captured, "abc");
    EXPECT_EQ(renewed.route->pattern, "/token/{id}/renew");
}

TEST(Match, DoesNotNormalizePaths) {
    for (auto const* path :
         {"/", "", "/v1alpha", "/v1alphatoken", "//v1alpha/token", "/v1alpha//token", "/v1alpha/token//", "/v1alpha/tok%65n", "/V1alpha/token",
          "/v1alpha/token/a/b", "/v1alpha/users//password", "/api/api/v1alpha/token", "/api", "/api/", "/v1alpha/./token"}) {
        EXPECT_EQ(look_up("GET", path).kind, MatchKind::kNotFound) << path;
    }
}

TEST(Match, ReportsTheMethodsOfAKnownPath) {
    EXPECT_EQ(look_up("PUT", "/v1alpha/token").kind, MatchKind::kWrongMethod);
    EXPECT_EQ(look_up("PUT", "/v1alpha/token").allow, "POST, GET, HEAD, OPTIONS");
    EXPECT_EQ(look_up("TRACE", "/v1alpha/whoami").kind, MatchKind::kWrongMethod);
    EXPECT_EQ(look_up("get", "/v1alpha/whoami").kind, MatchKind::kWrongMethod);
    EXPECT_EQ(look_up("OPTIONS", "/v1alpha/token/x").kind, MatchKind::kOptions);
    EXPECT_EQ(look_up("OPTIONS", "/v1alpha/token/x").allow, "GET, HEAD, PATCH, DELETE, OPTIONS");
    EXPECT_EQ(look_up("HEAD", "/v1alpha/whoami").kind, MatchKind::kRoute);
    EXPECT_EQ(look_up("HEAD", "/v1alpha/users/x/password").kind, MatchKind::kWrongMethod);
}

TEST(Match, RequiresAnAdministratorForUserManagement) {
    for (auto const& route : all_routes()) {
        if (!route.pattern.starts_with("/users")) continue;
        EXPECT_TRUE(route.required_auth == Auth::kAdmin || route.required_auth == Auth::kAdminOrSelf) << route.pattern;
    }
}

TEST(SplitTarget, RemovesQueryAndAuthority) {
    EXPECT_EQ(http::split_target("/a?b?c").path, "/a");
    EXPECT_EQ(http::split_target("/a?b?c").query, "b?c");
    EXPECT_EQ(http::split_target("http://h:1/a?b").path, "/a");
    EXPECT_EQ(http::split_target("http://h?b").path, "/");
    EXPECT_EQ(http::split_target("http://h?b").query, "b");
    EXPECT_EQ(http::split_target("http://h").path, "/");
    EXPECT_EQ(http::split_target("/?").query, "");
    EXPECT_EQ(http::split_target("*").path, "*");
    EXPECT_EQ(http::split_target("/http://h/").path, "/http://h/");
}

constexpr auto kParameters = std::to_array<Parameter>({{Parameter::Kind::kOwner, "user"},
                                                       {Parameter::Kind::kLimit, "limit"},
                                                       {Parameter::Kind::kTokenId, "after"},
                                                       {Parameter::Kind::kUsage, "include"}});

TEST(ReadQuery, AcceptsDeclaredParametersOnlyOnce) {
    auto const query = Query::read("user=a%40b&limit=5", kParameters);
    ASSERT_TRUE(query.has_value());
    EXPECT_EQ(query->find("user"), "a@b");
    EXPECT_EQ(query->number("limit"), 5);
    EXPECT_EQ(query->number("user"), std::nullopt);
    EXPECT_EQ(query->find("after"), std::nullopt);
    for (auto const* text : {"x=1", "user=a&user=b", "user=%4", "user=%zz", "use=1", "user limit=1"}) {
        auto const refused = Query::read(text, kParameters);
        ASSERT_FALSE(refused.has_value()) << text;
        EXPECT_EQ(refused.error().status, 400U);
        EXPECT_NE(refused.error().body.find("bad_field"), std::string::npos);
    }
}

TEST(ReadQuery, RejectsValuesOfTheWrongKindAndNamesTheParameter) {
    for (auto const* text : {"limit=0", "limit=1001", "limit=", "limit=1.5", "include=all", "include="}) {
        auto const refused = Query::read(text, kParameters);
        ASSERT_FALSE(refused.has_value()) << text;
        EXPECT_NE(refused.error().body.find(text[0] == 'l' ? "limit" : "include"), std::string::npos);
    }
    EXPECT_TRUE(Query::read("limit=1000&include=usage", kParameters).has_value());
}

TEST(ReadQuery, RejectsAFormWithoutARequiredField) {
    constexpr auto kForm = std::to_array<Parameter>({{Parameter::Kind::kText, "token", true}, {Parameter::Kind::kText, "hint"}});
    EXPECT_TRUE(Query::read("token=a", kForm, "form field").has_value());
    auto const refused = Query::read("hint=a", kForm, "form field");
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().body.find(R"(The form field \"token\" is missing.)"), std::string::npos);
}

}  // namespace
}  // namespace warder::api
