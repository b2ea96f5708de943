// SPDX-License-Identifier: MIT
#include "gateway/heads/connection_auth.hpp"

#include "http/request_text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace warder::gateway {
namespace {

using http::tests::RequestText;

TEST(NamesConnectionAuth, FindsSchemesAnywhereInTheValue) {
    for (auto const* value : {"NTLM", "ntlm TlRMTVNTUA==", "Negotiate", "NEGOTIATE YII=", "Basic realm=\"a, b\", Negotiate", "Basic,ntlm",
                              "Basic;NTLM", "Digest a=b ,\tNTLM", "Kerberos x", "Nego2"})
        EXPECT_TRUE(names_connection_auth(value)) << value;
    for (auto const* value : {"", "Basic bnRsbQ==", "Bearer eyJ0.NTLMish.x", "Negotiator", "NTLM2", "x-ntlm", "AWS4-HMAC-SHA256 Credential=a"})
        EXPECT_FALSE(names_connection_auth(value)) << value;
}

TEST(UsesConnectionAuth, ChecksOnlyHeadersThatAreForwarded) {
    RequestText const request{"GET /\nHost: h\nAuthorization: NTLM x\n"};
    EXPECT_TRUE(uses_connection_auth(request.request(), true));
    EXPECT_FALSE(uses_connection_auth(request.request(), false)) << "it is dropped";
    EXPECT_TRUE(uses_connection_auth(RequestText{"GET /\nHost: h\nproxy-authorization: negotiate x\n"}.request(), false));
    EXPECT_FALSE(uses_connection_auth(RequestText{"GET /\nHost: h\nX-Mine: NTLM\nAuthorization: Basic x\n"}.request(), true));
}

TEST(OffersConnectionAuth, ChecksEveryChallengeHeader) {
    using AuthFields = std::vector<http::HeaderField>;
    EXPECT_TRUE(offers_connection_auth(AuthFields{{"WWW-Authenticate", "Basic realm=\"x\""}, {"www-authenticate", "NTLM"}}));
    EXPECT_TRUE(offers_connection_auth(AuthFields{{"Proxy-Authenticate", "Basic, Negotiate"}}));
    EXPECT_TRUE(offers_connection_auth(AuthFields{{"Persistent-Auth", "true"}}));
    EXPECT_TRUE(offers_connection_auth(AuthFields{{"Proxy-Support", "Session-Based-Authentication"}}));
    EXPECT_FALSE(offers_connection_auth(AuthFields{{"WWW-Authenticate", "Bearer"}, {"Server", "NTLM"}}));
    EXPECT_FALSE(offers_connection_auth({}));
}

}  // namespace
}  // namespace warder::gateway
