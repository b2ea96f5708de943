// SPDX-License-Identifier: MIT
#include "gateway/admission.hpp"

#include "api/router.hpp"
#include "auth/test_context.hpp"
#include "gateway/routes/upstream_url.hpp"
#include "http/request_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

using testing::HasSubstr;

auth::DenialReason denial_of(Admitted const& admitted, auth::RequestContext const& context, http::Request const& request, RpcCalls const* calls) {
    auto const authorized = authorize_token(admitted, context, request, {}, calls);
    if (authorized) throw std::logic_error{"the request was not denied"};
    return authorized.error().reason;
}

class AdmissionTest : public testing::Test {
  protected:
    static RouteSettings route(std::string prefix) {
        RouteSettings settings;
        settings.prefix = std::move(prefix);
        settings.upstream = read_upstream_url("http://127.0.0.1:1").value();
        return settings;
    }
    void put(RouteSettings settings) {
        settings_.push_back(std::move(settings));
        table_ = RouteTable::make(settings_).value();
    }

    /// Returns the status of the denial; 0 if the request is admitted.
    unsigned status(std::string const& lines) {
        http::tests::RequestText const text{lines};
        auto const admitted = admit(text);
        return admitted ? 0 : admitted.error().status;
    }
    /// Admits and authorizes the request, or returns the response that denies it.
    std::expected<Admitted, http::Response> admit(http::tests::RequestText const& text) {
        auto const context = tests_.request_context();
        auth::RequestLog log{context, auth::Surface::kGateway, text.request(), {}};
        auto const& request = text.request();
        auto admitted = gateway::admit(routed(text), context, request, {}, log);
        if (!admitted || !admitted->principal.token) return admitted;
        auto const& verifier = context.services.verifier;
        auto const& token = *admitted->principal.token;
        auto const authorized = is_authorized_by_body(*admitted->route, request) ? authorize_unread(*admitted, token, verifier, request)
                                                                                 : authorize_request(*admitted, token, verifier, request, nullptr);
        if (!authorized) return std::unexpected{deny(log, request, authorized.error())};
        return admitted;
    }
    /// Valid until the next call.
    RoutedPath const& routed(http::tests::RequestText const& text) { return routed_.emplace(table_, text.request().path); }
    static std::string with_token(std::string const& line, std::string const& token, std::string const& more = "") {
        return line + "\nHost: warder.test\nAuthorization: Bearer " + token + "\n" + more;
    }

    auth::tests::TestContext tests_;
    std::vector<RouteSettings> settings_;
    RouteTable table_ = RouteTable::make({}).value();
    std::optional<RoutedPath> routed_;
};

TEST_F(AdmissionTest, ReturnsTheUserAndTokenOfTheRequest) {
    put(route("/a"));
    auto const token = tests_.mint();
    http::tests::RequestText const text{with_token("GET /a/%62", token)};
    auto const admitted = admit(text);
    ASSERT_TRUE(admitted.has_value());
    EXPECT_EQ(admitted->user(), "alice");
    EXPECT_EQ(admitted->token_id(), tests_.last_id().text());
    EXPECT_EQ(admitted->path->text(), "/a/b");
    EXPECT_EQ(admitted->token(), token);
    EXPECT_FALSE(admitted->principal.token->is_scoped);
}

TEST_F(AdmissionTest, CountsUsesOfValidTokensOnly) {
    put(route("/a"));
    auto const limited = tests_.mint({"GET /a"});
    EXPECT_EQ(status(with_token("GET /a", limited)), 0U);
    EXPECT_EQ(status(with_token("POST /a", limited)), 403U);
    EXPECT_EQ(tests_.uses_of_last(), 2);
    EXPECT_EQ(status(with_token("GET /a/../b", limited)), 400U) << "no token is searched then";
    EXPECT_EQ(status(with_token("GET /a", limited, "X-Warder-Token: " + limited + "\n")), 400U);
    tests_.clock().advance(std::chrono::hours{2});
    EXPECT_EQ(status(with_token("GET /a", limited)), 401U);
    EXPECT_EQ(tests_.uses_of_last(), 2);
}

TEST_F(AdmissionTest, ChecksThePathBeforeTheRouteAndTheToken) {
    put(route("/a"));
    for (auto const* target : {"/a/../b", "//a", "/a%2Fb", "/a/%2e", "/nowhere//x"})
        EXPECT_EQ(status(std::string{"GET "} + target + "\nHost: h\n"), 400U) << target;
    EXPECT_EQ(status("GET /nowhere\nHost: h\n"), 404U);
    EXPECT_EQ(status("GET /ab\nHost: h\n"), 404U) << "whole segments";
    EXPECT_EQ(status("GET /a\nHost: h\n"), 401U);
}

TEST_F(AdmissionTest, AcceptsAnEncodedSlashOnlyWhereTheRouteAllowsIt) {
    auto open = route("/open");
    open.allow_encoded_slash = true;
    put(open);
    put(route("/closed"));
    auto const token = tests_.mint();
    EXPECT_EQ(status(with_token("GET /open/a%2fb", token)), 0U);
    EXPECT_EQ(status(with_token("GET /closed/a%2fb", token)), 400U);
    EXPECT_EQ(status(with_token("GET /open%2fb", token)), 400U) << "it is not a segment of the route";
    EXPECT_EQ(status(with_token("GET /open/a%2f..%2f..%2fclosed", token)), 400U);
    auto const limited = tests_.mint({"/open/*"});
    EXPECT_EQ(status(with_token("GET /open/a%2fb", limited)), 403U);
}

TEST_F(AdmissionTest, AcceptsExactlyOneCredential) {
    put(route("/a"));
    auto passing = route("/p");
    passing.credential.kind = UpstreamCredentialSource::Kind::kPass;
    put(passing);
    auto const token = tests_.mint();
    EXPECT_EQ(status(with_token("GET /a", token, "X-Warder-Token: " + token + "\n")), 400U);
    EXPECT_EQ(status(with_token("GET /a", token, "Authorization: Bearer " + token + "\n")), 400U);
    EXPECT_EQ(status("GET /a\nHost: h\nX-Warder-Token: " + token + "\n"), 0U);
    EXPECT_EQ(status(with_token("GET /p", "the upstream's", "X-Warder-Token: " + token + "\n")), 0U);
    EXPECT_EQ(status(with_token("GET /p", token)), 401U) << "this credential is for the upstream";
    EXPECT_EQ(status("GET /p\nHost: h\nX-Warder-Token: " + token + "\nX-Warder-Token: " + token + "\n"), 400U);
}

TEST_F(AdmissionTest, OpenRoutesAndPassedPreflightsNeedNoToken) {
    auto open = route("/open");
    open.auth = RouteSettings::Auth::kNone;
    put(open);
    auto flown = route("/flown");
    flown.pass_preflight = true;
    put(flown);
    put(route("/a"));
    EXPECT_EQ(status("GET /open\nHost: h\n"), 0U);
    std::string const preflight = "Host: h\nOrigin: https://x.test\nAccess-Control-Request-Method: PUT\n";
    EXPECT_EQ(status("OPTIONS /flown\n" + preflight), 0U);
    EXPECT_EQ(status("OPTIONS /a\n" + preflight), 401U);
    EXPECT_EQ(status("OPTIONS /flown\nHost: h\nOrigin: https://x.test\n"), 401U);
    EXPECT_EQ(status("POST /flown\n" + preflight), 401U);
}

TEST_F(AdmissionTest, Returns405ForTraceAnd204ForOptionsOfTheServer) {
    put(route("/a"));
    EXPECT_EQ(status(with_token("TRACE /a", tests_.mint())), 405U);
    EXPECT_EQ(status("OPTIONS *\nHost: h\n"), 204U);
}

TEST_F(AdmissionTest, WaitsForTheBodyOnlyOnJsonRpcRoutes) {
    auto rpc_route = route("/rpc");
    rpc_route.json_rpc = true;
    put(rpc_route);
    put(route("/a"));
    auto const token = tests_.mint({"POST /rpc rpc:get*", "POST /a rpc:get*"});
    EXPECT_EQ(status(with_token("POST /rpc", token)), 0U) << "the body decides";
    EXPECT_EQ(status(with_token("GET /rpc", token)), 403U);
    http::tests::RequestText const other{with_token("POST /a", token)};
    auto const refused = admit(other);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().status, 403U);
    EXPECT_THAT(refused.error().body, HasSubstr("rpc:"));
}

TEST_F(AdmissionTest, RecheckDeniesExpiredRevokedAndRestrictedTokens) {
    put(route("/a"));
    auto const token = tests_.mint();
    http::tests::RequestText const text{with_token("GET /a", token)};
    auto const context = tests_.request_context();
    auto const admitted = admit(text);
    ASSERT_TRUE(admitted.has_value());
    EXPECT_TRUE(authorize_token(*admitted, context, text.request(), {}, nullptr));

    tests_.bound_alice({"/b"});
    EXPECT_EQ(denial_of(*admitted, context, text.request(), nullptr), auth::DenialReason::kOverCeiling);
    tests_.bound_alice({"/a"});
    EXPECT_TRUE(authorize_token(*admitted, context, text.request(), {}, nullptr));
    tests_.clock().advance(std::chrono::hours{1});
    EXPECT_EQ(denial_of(*admitted, context, text.request(), nullptr), auth::DenialReason::kExpired);
    tests_.clock().advance(-std::chrono::hours{1});
    tests_.revoke_last();
    EXPECT_EQ(denial_of(*admitted, context, text.request(), nullptr), auth::DenialReason::kRevoked);
}

TEST_F(AdmissionTest, RecheckAppliesTheAddressesOfTheTokenButNotItsRate) {
    put(route("/a"));
    auto const token = tests_.mint_with({.allowed_from = NetworkList::parse(std::vector<std::string>{"::"}).value(),
                                         .rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kDay}});
    http::tests::RequestText const text{with_token("GET /a", token)};
    auto const context = tests_.request_context();
    auto const admitted = admit(text);
    ASSERT_TRUE(admitted.has_value());
    EXPECT_TRUE(auth::take_from_rate(*admitted->principal.token, context.services));
    EXPECT_TRUE(authorize_token(*admitted, context, text.request(), {}, nullptr));
    auto const elsewhere = authorize_token(*admitted, context, text.request(), parse_address("192.0.2.7").value(), nullptr);
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().reason, auth::DenialReason::kAddressNotAllowed);
}

TEST_F(AdmissionTest, DeniesABatchUnlessEveryRpcCallIsCovered) {
    auto rpc_route = route("/rpc");
    rpc_route.json_rpc = true;
    put(rpc_route);
    auto const token = tests_.mint({"POST /rpc rpc:get*"});
    http::tests::RequestText const text{with_token("POST /rpc", token)};
    auto const context = tests_.request_context();
    auto const admitted = admit(text);
    ASSERT_TRUE(admitted.has_value());
    auto const covered = read_rpc(R"([{"method":"getbalance"},{"method":"getinfo"}])");
    auto const not_covered = read_rpc(R"([{"method":"getbalance"},{"method":"stop"}])");
    auto const response = read_rpc(R"({"id":1,"result":0})");
    EXPECT_TRUE(authorize_token(*admitted, context, text.request(), {}, &*covered));
    EXPECT_EQ(denial_of(*admitted, context, text.request(), &*not_covered), auth::DenialReason::kOutOfScope);
    EXPECT_TRUE(authorize_token(*admitted, context, text.request(), {}, &*response)) << "a response calls no method";
    EXPECT_EQ(denial_of(*admitted, context, text.request(), nullptr), auth::DenialReason::kBodyRequired)
        << "without a body there is nothing to cover";
}

}  // namespace
}  // namespace warder::gateway
