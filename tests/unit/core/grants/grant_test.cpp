// SPDX-License-Identifier: MIT
#include "warder/grant.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace warder {
namespace {

using Reason = GrantError::Reason;

struct Request {
    std::string method = "GET", path;
    std::optional<std::string> host{};
    std::vector<std::string_view> rpc{};
};

bool covers(std::string_view grant_text, Request const& request) {
    auto const grant = Grant::parse(grant_text);
    EXPECT_TRUE(grant.has_value()) << grant_text;
    std::array<char, 4096> buffer{};
    auto const path = canonicalize_path(request.path, buffer);
    if (!grant || !path) return false;
    AccessRequest access_request{.method = request.method, .host = {}, .path = *path, .rpc_methods = {}};
    if (request.host) access_request.host = *request.host;
    RpcMethods const methods{request.rpc};
    if (!request.rpc.empty()) access_request.rpc_methods = &methods;
    return grant->covers(access_request);
}
bool covers(std::string_view grant, char const* path) { return covers(grant, Request{.path = path}); }
bool covers_host(std::string_view grant, std::string host) { return covers(grant, Request{.path = "/", .host = std::move(host)}); }

void expect_rejected(std::string_view text, Reason reason, std::size_t offset) {
    auto const grant = Grant::parse(text);
    ASSERT_FALSE(grant.has_value()) << text;
    EXPECT_EQ(grant.error().reason, reason) << text << ": " << describe(grant.error());
    EXPECT_EQ(grant.error().offset, offset) << text << ": " << describe(grant.error());
}

TEST(Grant, CoversExactlyItsPath) {
    EXPECT_TRUE(covers("/a/b", "/a/b"));
    EXPECT_TRUE(covers("/a/b", "/a/b/"));
    EXPECT_TRUE(covers("/a/b/", "/a/b"));
    EXPECT_TRUE(covers("/%61/b", "/a/%62?c"));
    EXPECT_TRUE(covers("/", "/"));
    for (auto const* path : {"/", "/a", "/a/b/c", "/a/bc", "/ab", "/A/b"}) EXPECT_FALSE(covers("/a/b", path)) << path;
    EXPECT_FALSE(covers("/", "/a"));
}

TEST(Grant, CoversEncodedSlashOnlyWithDoubleStar) {
    auto const covers_encoded = [](std::string_view text, std::string_view target) {
        std::array<char, 64> buffer{};
        auto const path = canonicalize_path(target, buffer, EncodedSlash::kAllowed);
        EXPECT_TRUE(path.has_value()) << target;
        return Grant::parse(text)->covers({.method = "GET", .host = {}, .path = *path, .rpc_methods = {}});
    };
    for (auto const* grant : {"/**", "/p/**", "/*/**"}) EXPECT_TRUE(covers_encoded(grant, "/p/a%2Fb")) << grant;
    EXPECT_TRUE(covers_encoded("/p/**", "/p/a%2Fb/c%2f"));
    for (auto const* grant : {"/p/*", "/p/a*", "/p/*b", "/p/a*b", "/*/*", "/p/a/b", "/p/a/**", "/p/*/**", "/p", "/q/**"})
        EXPECT_FALSE(covers_encoded(grant, "/p/a%2Fb")) << grant;
    EXPECT_FALSE(covers_encoded("/a/**", "/a%2Fb"));
    EXPECT_FALSE(covers_encoded("/a*/b/**", "/a%2Fx/b"));
    EXPECT_TRUE(covers_encoded("/p/*", "/p/a")) << "an allowed slash changes nothing for other paths";
}

TEST(Grant, CouldCoverByRpcOnlyWithMatchingPathHostAndPost) {
    std::array<char, 64> buffer{};
    AccessRequest const access_request{.method = "POST", .host = "a.org", .path = *canonicalize_path("/wallet/hot", buffer), .rpc_methods = {}};
    for (auto const* text : {"POST /wallet/hot rpc:get*", "/wallet/* rpc:a,b", "GET,POST //a.org/** rpc:*"})
        EXPECT_TRUE(Grant::parse(text)->could_cover_by_rpc(access_request)) << text;
    for (auto const* text : {"POST /wallet/cold rpc:get*", "POST //b.org/wallet/hot rpc:get*", "POST /wallet/hot", "/**"})
        EXPECT_FALSE(Grant::parse(text)->could_cover_by_rpc(access_request)) << text;

    auto const grant = *Grant::parse("/wallet/hot rpc:get*");
    for (auto const* method : {"GET", "PUT", "post", ""}) {
        auto other = access_request;
        other.method = method;
        EXPECT_FALSE(grant.could_cover_by_rpc(other)) << method;
    }
    auto known = access_request;
    RpcMethods const names{"dump"};
    known.rpc_methods = &names;
    EXPECT_FALSE(grant.could_cover_by_rpc(known)) << "the methods are already known";
}

TEST(Grant, MatchesAtLeastOneCharacterOfOneSegmentWithAStar) {
    EXPECT_TRUE(covers("/w/*/psbt", "/w/hot/psbt"));
    EXPECT_TRUE(covers("/a*c", "/abc"));
    EXPECT_TRUE(covers("/*.json", "/x.json"));
    EXPECT_TRUE(covers("/*", "/*"));
    EXPECT_TRUE(covers("/*/x/*", "/1/x/2"));
    for (auto const* path : {"/w/psbt", "/w/a/b/psbt", "/w/hot", "/w/hot/psbt/x"}) EXPECT_FALSE(covers("/w/*/psbt", path)) << path;
    EXPECT_FALSE(covers("/a*c", "/ac"));
    EXPECT_FALSE(covers("/*", "/"));
    EXPECT_FALSE(covers("/*/x/*", "/1/y/2"));
}

TEST(Grant, MatchesAnyRemainingSegmentsWithDoubleStar) {
    for (auto const* path : {"/a", "/a/", "/a/b", "/a/b/c/"}) EXPECT_TRUE(covers("/a/**", path)) << path;
    for (auto const* path : {"/", "/ab", "/b/a"}) EXPECT_FALSE(covers("/a/**", path)) << path;
    for (auto const* path : {"/", "/a", "/a/b"}) EXPECT_TRUE(covers("/**", path)) << path;
    EXPECT_TRUE(covers("/*/**", "/a"));
    EXPECT_FALSE(covers("/*/**", "/"));
}

TEST(Grant, MatchesEscapesAsSingleCharactersAndEscapedStarLiterally) {
    EXPECT_TRUE(covers("/%2A", "/%2a"));
    EXPECT_FALSE(covers("/%2A", "/*"));
    EXPECT_FALSE(covers("/%2A", "/a"));
    EXPECT_TRUE(covers("/x*", "/x%3A"));
    EXPECT_FALSE(covers("/x*A", "/x%3A")) << "the star would cover half an escape";
    EXPECT_FALSE(covers("/x*3A", "/x%3A"));
    EXPECT_TRUE(covers("/x*A", "/x%3AA"));
    EXPECT_TRUE(covers("/*%3A", "/x%3a"));
}

TEST(Grant, CoversOnlyItsMethodsAndHeadWithGet) {
    EXPECT_TRUE(covers("GET /a", Request{.method = "HEAD", .path = "/a"}));
    EXPECT_FALSE(covers("HEAD /a", Request{.method = "GET", .path = "/a"}));
    EXPECT_TRUE(covers("GET,M-SEARCH /a", Request{.method = "M-SEARCH", .path = "/a"}));
    EXPECT_FALSE(covers("GET,PUT /a", Request{.method = "POST", .path = "/a"}));
    EXPECT_FALSE(covers("GET /a", Request{.method = "GE", .path = "/a"}));
    for (auto const* any : {"/a", "* /a"}) {
        EXPECT_TRUE(covers(any, Request{.method = "BREW", .path = "/a"}));
        for (auto const* method : {"get", "Get", "", "G ET", "G!", "GET\n"})
            EXPECT_FALSE(covers(any, Request{.method = method, .path = "/a"})) << method;
    }
}

TEST(Grant, CoversOnlyItsHostAndPort) {
    EXPECT_TRUE(covers_host("//Photos.example.org/", "photos.EXAMPLE.org"));
    EXPECT_TRUE(covers_host("//photos.example.org/", "photos.example.org:8080"));
    EXPECT_TRUE(covers_host("//photos.example.org:8080/", "photos.example.org:8080"));
    EXPECT_FALSE(covers_host("//photos.example.org:8080/", "photos.example.org"));
    EXPECT_FALSE(covers_host("//photos.example.org:8080/", "photos.example.org:80"));
    EXPECT_TRUE(covers_host("//*.example.org/", "a.example.org"));
    for (auto const* host : {"example.org", "a.b.example.org", ".example.org", "a.example.org.x"})
        EXPECT_FALSE(covers_host("//*.example.org/", host)) << host;
    for (auto const* host :
         {"a.org.", "a.org:", "a.org:0", "a.org:080", "a.org:65536", "a.org:x", "u@a.org", "a_b.org", "", "-a.org", "a.org/", "a..org"}) {
        EXPECT_FALSE(covers_host("//a.org/", host)) << host;
        EXPECT_TRUE(covers_host("/", host)) << "a grant without a host needs no host";
    }
    EXPECT_TRUE(covers_host("//[::1]/", "[0:0:0:0:0:0:0:1]:80"));
    EXPECT_FALSE(covers_host("//[::1]/", "::1"));
    EXPECT_FALSE(covers_host("//*.1/", "[::1.1]"));
    EXPECT_FALSE(covers("//a.org/", "/")) << "without a host";
}

TEST(Grant, CoversRpcMethodsOnlyWhenAllAreNamedInAPost) {
    constexpr std::string_view kGrant = "POST /wallet/hot rpc:getbalance,list*";
    auto const call = [&](std::vector<std::string_view> rpc, std::string method = "POST") {
        return covers(kGrant, Request{.method = std::move(method), .path = "/wallet/hot", .rpc = std::move(rpc)});
    };
    EXPECT_TRUE(call({"getbalance"}));
    EXPECT_TRUE(call({"listunspent", "list", "getbalance"}));
    EXPECT_FALSE(call({"listunspent", "sendtoaddress"}));
    EXPECT_FALSE(call({"getbalances"}));
    EXPECT_FALSE(call({}));
    EXPECT_FALSE(covers("/w rpc:*", Request{.method = "GET", .path = "/w", .rpc = {"x"}}));
    EXPECT_TRUE(covers("/w rpc:*", Request{.method = "POST", .path = "/w", .rpc = {"x"}}));
    EXPECT_TRUE(covers("POST /w", Request{.method = "POST", .path = "/w", .rpc = {"x"}})) << "without names it needs none";
    EXPECT_TRUE(Grant::parse(kGrant)->is_for_rpc());
    EXPECT_FALSE(Grant::parse("POST /wallet/hot")->is_for_rpc());
}

TEST(Grant, CoversNoRpcMethodWithBytesThatNamesMustNotContain) {
    using namespace std::string_view_literals;
    auto const call = [](std::string_view names, std::string_view method) {
        return covers("POST /w rpc:" + std::string{names}, Request{.method = "POST", .path = "/w", .rpc = {method}});
    };
    for (auto const method :
         {"get\0stop"sv, "get\n"sv, "get\x7F"sv, "get balance"sv, "get,stop"sv, "get*"sv, "get\xC3\xA9"sv, "get\xFF"sv, "*"sv, ""sv}) {
        EXPECT_FALSE(call("get*", method)) << method;
        EXPECT_FALSE(call("*", method)) << method;
        EXPECT_FALSE(call("*,get", method)) << method;
    }
    for (auto const method : {"get"sv, "get\"x~!"sv, "getbalance"sv}) EXPECT_TRUE(call("get*", method)) << method;
    EXPECT_FALSE(covers("/w rpc:*", Request{.method = "POST", .path = "/w", .rpc = {"get", "get\n"}})) << "one call of two";
}

TEST(RpcMethods, SortsAndDeduplicatesTheCalledMethods) {
    using namespace std::string_view_literals;
    std::vector<std::string_view> const called{"b", "a", "ab", "b", "a"};
    RpcMethods const methods{called};
    auto const in_order = methods.in_order();
    EXPECT_EQ((std::vector<std::string_view>{in_order.begin(), in_order.end()}), (std::vector{"a"sv, "ab"sv, "b"sv}));
    EXPECT_TRUE(methods.can_be_named());
    EXPECT_FALSE(RpcMethods{std::span<std::string_view const>{}}.can_be_named()) << "an empty list is not covered";
    EXPECT_FALSE(RpcMethods{"a b"}.can_be_named());
}

TEST(Grant, CoversRpcNamesThatSharePrefixes) {
    auto const call = [](std::string_view names, std::string_view method) {
        return covers("POST /w rpc:" + std::string{names}, Request{.method = "POST", .path = "/w", .rpc = {method}});
    };
    for (auto const* names : {"a,ab*,abc,b", "b,abc,ab*,a", "abcd,ab*,a,b,a,ab", "abc*,ab*,a,b*"}) {
        for (auto const* method : {"a", "ab", "abb", "abc", "abcd", "abz", "b"}) EXPECT_TRUE(call(names, method)) << names << " " << method;
        for (auto const* method : {"aa", "ac", "A", "c", "0"}) EXPECT_FALSE(call(names, method)) << names << " " << method;
    }
}

TEST(Grant, ReportsReasonAndOffsetOfInvalidText) {
    expect_rejected("", Reason::kEmpty, 0);
    expect_rejected("/" + std::string(256, 'a'), Reason::kTooLong, 256);
    expect_rejected("GET /a\"", Reason::kBadCharacter, 6);
    expect_rejected("/\xC3\xA9", Reason::kBadCharacter, 1);
    expect_rejected("/a\t", Reason::kBadCharacter, 2);
    for (char const c : std::string_view{"{}<>|^`"}) {
        expect_rejected(std::string{"GET /users/"} + c + "id", Reason::kReservedCharacter, 11);
        expect_rejected(std::string{"POST"} + c + "GET /a", Reason::kReservedCharacter, 4);
        expect_rejected(std::string{"/a rpc:x"} + c, Reason::kReservedCharacter, 8);
    }
    expect_rejected("get /a", Reason::kBadMethods, 0);
    expect_rejected("GET,,PUT /a", Reason::kBadMethods, 4);
    expect_rejected("GET, /a", Reason::kBadMethods, 4);
    expect_rejected(",GET /a", Reason::kBadMethods, 0);
    expect_rejected("GET,* /a", Reason::kBadMethods, 4);
    expect_rejected(" /a", Reason::kBadMethods, 0);
    expect_rejected("GET", Reason::kNoPath, 3);
    expect_rejected("GET ", Reason::kNoPath, 4);
    expect_rejected("GET  /a", Reason::kNoPath, 4);
    expect_rejected("GET a", Reason::kNoPath, 4);
    expect_rejected("//a.org", Reason::kNoPath, 7);
    for (auto const* host : {"///a", "//a_b/", "//*/", "//a.org./", "//a.org:/", "//*.*.org/", "//a*.org/", "//[::1/", "//*.[::1]/", "//a:99999/"})
        expect_rejected(host, Reason::kBadHost, 2);
    expect_rejected("GET /a?b", Reason::kBadPath, 6);
    expect_rejected("GET /a//b", Reason::kBadPath, 7);
    expect_rejected("/a/../b", Reason::kBadPath, 3);
    expect_rejected("/a/%2f", Reason::kBadPath, 3);
    expect_rejected("/a/#", Reason::kBadPath, 3);
    expect_rejected("/a**", Reason::kBadWildcard, 3);
    expect_rejected("/*a*", Reason::kBadWildcard, 3);
    expect_rejected("/***", Reason::kBadWildcard, 2);
    expect_rejected("/**/a", Reason::kBadWildcard, 3);
    expect_rejected("/**/", Reason::kBadWildcard, 3);
    expect_rejected("/a b", Reason::kBadRpc, 3);
    expect_rejected("/a ", Reason::kBadRpc, 3);
    expect_rejected("/a  rpc:x", Reason::kBadRpc, 3);
    expect_rejected("/a rpc:", Reason::kBadRpc, 7);
    expect_rejected("/a rpc:x,", Reason::kBadRpc, 9);
    expect_rejected("/a rpc:x,,y", Reason::kBadRpc, 9);
    expect_rejected("/a rpc:x*y", Reason::kBadRpc, 8);
    expect_rejected("/a rpc:x y", Reason::kBadRpc, 8);
    expect_rejected("GET /a rpc:x", Reason::kRpcWithoutPost, 7);
}

TEST(Grant, StoredGrantMayHaveReservedCharactersWhichCoverThemselvesAlone) {
    auto const grant = Grant::parse("GET /users/{id}", GrantOrigin::kStored).value();
    std::array<char, 64> buffer{};
    auto const covers_path = [&](std::string_view path) {
        return grant.covers({.method = "GET", .host = {}, .path = *canonicalize_path(path, buffer), .rpc_methods = {}});
    };
    EXPECT_TRUE(covers_path("/users/{id}"));
    EXPECT_FALSE(covers_path("/users/7"));
}

TEST(GrantList, FindsTheFirstCoveringGrant) {
    std::vector<std::string> const texts{"GET /a", "/b/**", "/b/c"};
    auto const list = GrantList::parse(texts);
    ASSERT_TRUE(list.has_value());
    std::array<char, 64> buffer{};
    auto const covering = [&](std::string_view path) {
        return (*list)->covering({.method = "GET", .host = {}, .path = *canonicalize_path(path, buffer), .rpc_methods = {}});
    };
    ASSERT_NE(covering("/b/c"), nullptr);
    EXPECT_EQ(covering("/b/c")->text(), "/b/**");
    EXPECT_EQ(covering("/c"), nullptr);
}

TEST(GrantList, RejectsEmptyOversizedAndInvalidLists) {
    using Kind = GrantListError::Kind;
    auto const kind_of = [](std::vector<std::string> const& texts) { return GrantList::parse(texts).error().kind; };
    EXPECT_EQ(kind_of({}), Kind::kEmpty);
    EXPECT_EQ(kind_of(std::vector<std::string>(65, "/a")), Kind::kTooMany);
    EXPECT_EQ(kind_of(std::vector<std::string>(9, "/" + std::string(227, 'a'))), Kind::kTooLong);
    EXPECT_TRUE(GrantList::parse(std::vector<std::string>(64, "/" + std::string(31, 'a'))).has_value());
    std::vector<std::string> const second{"/a", "b"};
    EXPECT_EQ(GrantList::parse(second).error().index, 1U);
    EXPECT_EQ(GrantList::parse(second).error().kind, Kind::kGrant);
    std::vector<std::string> const reserved{"/a", "/{b}"};
    EXPECT_EQ(GrantList::parse(reserved).error().index, 1U);
    EXPECT_TRUE(GrantList::parse(reserved, GrantOrigin::kStored).has_value());
}

TEST(GrantList, ComparesTextsInOrder) {
    auto const of = [](std::vector<std::string> const& texts) { return GrantList::parse(texts).value(); };
    EXPECT_TRUE(*of({"/a", "/b"}) == *of({"/a", "/b"}));
    EXPECT_FALSE(*of({"/a", "/b"}) == *of({"/b", "/a"}));
    EXPECT_FALSE(*of({"/a"}) == *of({"/a", "/a"}));
}

}  // namespace
}  // namespace warder
