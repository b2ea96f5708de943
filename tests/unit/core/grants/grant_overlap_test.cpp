// SPDX-License-Identifier: MIT
// Compares `Grant::overlaps` with what the grants cover among all requests that a few words can form.
#include "warder/grant.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace warder {
namespace {

bool overlap(std::string_view a, std::string_view b) {
    bool const forth = Grant::parse(a)->overlaps(*Grant::parse(b));
    EXPECT_EQ(Grant::parse(b)->overlaps(*Grant::parse(a)), forth) << a << " and " << b;
    return forth;
}

struct OverlapRequest {
    std::string method = "POST";
    std::optional<std::string> host{};
    std::string path = "/";
    std::vector<std::string_view> rpc{};
};

std::vector<bool> covered_by(Grant const& grant, std::vector<OverlapRequest> const& requests) {
    std::vector<bool> covered;
    for (auto const& request : requests) {
        std::array<char, 64> buffer{};
        RpcMethods const methods{request.rpc};
        AccessRequest access{.method = request.method, .host = {}, .path = *canonicalize_path(request.path, buffer), .rpc_methods = {}};
        if (request.host) access.host = *request.host;
        if (!request.rpc.empty()) access.rpc_methods = &methods;
        covered.push_back(grant.covers(access));
    }
    return covered;
}

/// Expects each pair of grants to overlap exactly if both cover one of the requests.
/// @return how many pairs overlap.
std::size_t expect_exact(std::vector<std::string> const& texts, std::vector<OverlapRequest> const& requests) {
    std::vector<std::vector<bool>> covered;
    for (auto const& text : texts) covered.push_back(covered_by(*Grant::parse(text), requests));
    std::size_t count = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            bool found = false;
            for (std::size_t k = 0; k < requests.size() && !found; ++k) found = covered[i][k] && covered[j][k];
            EXPECT_EQ(overlap(texts[i], texts[j]), found) << texts[i] << " and " << texts[j];
            count += found ? 1U : 0U;
        }
    }
    return count;
}

TEST(GrantOverlap, IsExactForPaths) {
    constexpr auto kPatterns = std::to_array<std::string_view>({"a", "b", "ab", "*", "a*", "*b", "a*b", "ab*", "*ab", "%20", "*%20", "*0", "%2A"});
    constexpr auto kSegments = std::to_array<std::string_view>({"a",     "b",   "ab",   "x", "ax", "xb",    "axb", "abx",    "xab",  "axab", "abxb",
                                                                "abxab", "%20", "x%20", "0", "x0", "ax%20", "ax0", "abx%20", "abx0", "%2A"});
    std::vector<std::string> grants{"/", "/**"};
    for (auto const a : kPatterns) {
        auto const one = "/" + std::string{a};
        grants.insert(grants.end(), {one, one + "/**"});
        for (auto const b : {"a", "*", "*b"}) grants.insert(grants.end(), {one + "/" + b, one + "/" + b + "/**"});
    }
    std::vector<OverlapRequest> requests{{}};
    for (auto const a : kSegments) {
        auto const one = "/" + std::string{a};
        requests.push_back({.path = one});
        for (auto const b : {"a", "b", "ab", "x", "xb"}) {
            requests.push_back({.path = one + "/" + b});
            requests.push_back({.path = one + "/" + b + "/x"});
        }
    }
    EXPECT_GT(expect_exact(grants, requests), 1000U);
}

TEST(GrantOverlap, IsExactForMethodsAndJsonRpc) {
    std::vector<std::string> const grants{"/",
                                          "* /",
                                          "GET /",
                                          "HEAD /",
                                          "PUT /",
                                          "POST /",
                                          "GET,POST /",
                                          "HEAD,PUT /",
                                          "/ rpc:*",
                                          "POST / rpc:get*",
                                          "GET,POST / rpc:getx",
                                          "/ rpc:list,getxy",
                                          "/ rpc:list*,stop",
                                          "/ rpc:g,gex*"};
    std::vector<OverlapRequest> requests;
    for (auto const* method : {"GET", "HEAD", "POST", "PUT"})
        for (auto const* name : {"", "g", "get", "getx", "getxy", "gex", "list", "listx", "stop"})
            requests.push_back({.method = method, .rpc = *name == '\0' ? std::vector<std::string_view>{} : std::vector<std::string_view>{name}});
    expect_exact(grants, requests);
}

TEST(GrantOverlap, IsExactForHosts) {
    std::vector<std::string> const grants{"/",        "//a.o/", "//A.O:1/", "//a.o:2/",   "//*.o/",     "//*.a.o/",           "//*.o:1/",
                                          "//b.a.o/", "//o/",   "//[::1]/", "//[::1]:1/", "//*.0.0.1/", "//[::ffff:1.0.0.1]/"};
    std::vector<OverlapRequest> requests{{}};
    for (auto const* host : {"a.o", "a.o:1", "a.o:2", "b.o", "b.a.o", "b.a.o:1", "c.a.o:2", "o", "[::1]", "[::1]:1", "1.0.0.1", "[::ffff:1.0.0.1]"})
        requests.push_back({.host = host});
    expect_exact(grants, requests);
}

TEST(GrantOverlap, NeedsEveryPartToOverlap) {
    EXPECT_TRUE(overlap("GET //a.org/a/**", "/a/b"));
    EXPECT_FALSE(overlap("GET //a.org/a/**", "POST /a/b"));
    EXPECT_FALSE(overlap("GET //a.org/a/**", "GET //b.org/a/b"));
    EXPECT_FALSE(overlap("GET //a.org/a/**", "GET //a.org/b"));
    EXPECT_FALSE(overlap("/a rpc:get", "/a rpc:list"));
}

TEST(GrantListOverlap, IsThatOfOneOfItsGrants) {
    std::vector<std::string> const texts{"/a", "/b/**"};
    auto const list = *GrantList::parse(texts);
    EXPECT_TRUE(list->overlaps(*Grant::parse("/b/c")));
    EXPECT_FALSE(list->overlaps(*Grant::parse("/c")));
}

}  // namespace
}  // namespace warder
