// SPDX-License-Identifier: MIT
#include "core/grants/explanation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::core {
namespace {

std::string in_brackets(std::string_view text) { return "<" + std::string{text} + ">"; }

struct ExplainedRequest {
    std::string method = "GET";
    std::string path = "/a";
    std::optional<std::string> host{};
    std::optional<std::string> rpc{};  ///< The methods that are called, separated by commas.

    /// Calls the function with the access request.
    template <class Function>
    auto use(Function const& function) const {
        std::array<char, 256> buffer{};
        std::vector<std::string_view> names;
        for (std::string_view rest = rpc ? std::string_view{*rpc} : std::string_view{}; rpc;) {
            names.push_back(rest.substr(0, rest.find(',')));
            if (names.back().size() == rest.size()) break;
            rest.remove_prefix(names.back().size() + 1);
        }
        RpcMethods const methods{names};
        AccessRequest access{.method = method, .host = {}, .path = *canonicalize_path(path, buffer), .rpc_methods = {}};
        if (host) access.host = *host;
        if (rpc) access.rpc_methods = &methods;
        return function(access);
    }
};

std::string why_not(std::string_view grant, ExplainedRequest const& request) {
    return request.use([&](AccessRequest const& access) { return mismatch(*Grant::parse(grant), access, &in_brackets); });
}

Grants list(std::vector<std::string> const& texts) { return texts.empty() ? Grants{} : *GrantList::parse(texts); }

std::string explained(std::vector<std::string> const& endpoints, std::vector<std::string> const& ceiling, ExplainedRequest const& request) {
    auto const own = list(endpoints);
    auto const bound = list(ceiling);
    return request.use(
        [&](AccessRequest const& access) { return explain_access({.endpoints = own.get(), .ceiling = bound.get()}, access, &in_brackets); });
}

TEST(Mismatch, IsEmptyForACoveredRequest) {
    EXPECT_EQ(why_not("GET /a", {}), "");
    EXPECT_EQ(why_not("/a rpc:get*", {.method = "POST", .rpc = "getx"}), "");
}

TEST(Mismatch, NamesTheMethodAndThoseOfTheGrant) {
    EXPECT_EQ(why_not("POST /a", {}), "the method <GET> is not POST");
    EXPECT_EQ(why_not("PUT,POST /a", {}), "the method <GET> is not in PUT,POST");
    for (auto const* grant : {"GET /a", "* /a", "/a"})
        EXPECT_EQ(why_not(grant, {.method = "get"}), R"(the method <get> has characters other than upper-case letters, digits, "-" and "_")");
}

TEST(Mismatch, NamesThePathAndThatOfTheGrant) {
    EXPECT_EQ(why_not("/b", {}), R"(the path </a> is not "/b")");
    EXPECT_EQ(why_not("/b/*", {}), R"(the path </a> doesn't match "/b/*")");
    EXPECT_EQ(why_not("/b/**", {}), R"(the path </a> is not under "/b")");
    EXPECT_EQ(why_not("/b/*/**", {}), R"(the path </a> is not under "/b/*")");
    EXPECT_EQ(why_not("POST //a.org/b rpc:x", {.method = "POST", .host = "a.org", .rpc = "x"}), R"(the path </a> is not "/b")");
}

TEST(Mismatch, NamesTheHostAndThatOfTheGrant) {
    EXPECT_EQ(why_not("//b.org/a", {.host = "a.org"}), R"(the host <a.org> is not "b.org")");
    EXPECT_EQ(why_not("GET //b.org:80/a", {.host = "b.org"}), R"(the host <b.org> is not "b.org:80")");
    EXPECT_EQ(why_not("//*.b.org/a", {.host = "b.org"}), R"(the host <b.org> doesn't match "*.b.org")");
    EXPECT_EQ(why_not("//b.org/a", {}), R"(the request has no host, which must be "b.org")");
}

TEST(Mismatch, NamesTheFirstJsonRpcMethodThatIsNotCovered) {
    EXPECT_EQ(why_not("/a rpc:get*,list", {.method = "POST", .rpc = "getx,stop"}), "the JSON-RPC method <stop> is not in rpc:get*,list");
    EXPECT_EQ(why_not("/a rpc:*", {.method = "POST", .rpc = "a b"}), "the JSON-RPC method <a b> has characters that no grant covers");
    for (auto const& rpc : {std::optional<std::string>{}, std::optional<std::string>{""}})
        EXPECT_EQ(why_not("/a rpc:get*", {.method = "POST", .rpc = rpc}), "the request calls no JSON-RPC method, which must be in rpc:get*");
    EXPECT_EQ(why_not("/a rpc:get*", {}), "only POST calls the methods of rpc:get*");
    EXPECT_EQ(why_not("POST /a rpc:get*", {}), "the method <GET> is not POST");
}

TEST(Mismatch, NamesEveryPartThatIsNotCovered) {
    EXPECT_EQ(why_not("POST //b.org/b", {.host = "a.org"}),
              R"(the method <GET> is not POST, and the host <a.org> is not "b.org", and the path </a> is not "/b")");
}

TEST(ExplainAccess, NamesTheGrantsThatCoverTheRequest) {
    EXPECT_EQ(explained({"/b", "/a"}, {}, {}), R"(the grant "/a" covers the request)");
    EXPECT_EQ(explained({"/a"}, {"/b", "/**"}, {}), R"(the grant "/a" covers the request, and so does "/**" of the ceiling)");
    EXPECT_EQ(explained({}, {"/**"}, {}), R"(the grant "/**" of the ceiling covers the request, and the token has no grants of its own)");
    EXPECT_EQ(explained({}, {}, {}), "neither grants nor a ceiling limit the token");
}

TEST(ExplainAccess, NamesTheGrantThatCoversTheMostPartsOfTheRequest) {
    EXPECT_EQ(explained({"POST /b", "PUT /a", "GET //b.org/c"}, {}, {}), R"(the nearest grant is "PUT /a", but the method <GET> is not PUT)");
    EXPECT_EQ(explained({"POST /a", "GET /b"}, {}, {}), R"(the nearest grant is "POST /a", but the method <GET> is not POST)")
        << "the first of several";
    EXPECT_EQ(explained({"/b"}, {}, {}), R"(the only grant is "/b", but the path </a> is not "/b")");
}

TEST(ExplainAccess, NamesTheCeilingOnlyIfTheGrantsOfTheTokenCoverTheRequest) {
    EXPECT_EQ(explained({"/a"}, {"/b", "/c"}, {}), R"(the nearest grant of the ceiling is "/b", but the path </a> is not "/b")");
    EXPECT_EQ(explained({}, {"/b"}, {}), R"(the only grant of the ceiling is "/b", but the path </a> is not "/b")");
    EXPECT_EQ(explained({"/b"}, {"/c"}, {}), R"(the only grant is "/b", but the path </a> is not "/b")");
}

TEST(AsSentence, BeginsWithACapitalAndEndsWithAPeriod) { EXPECT_EQ(as_sentence("the grant"), "The grant."); }

}  // namespace
}  // namespace warder::core
