// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
using enum FailureCause;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string kind_word(FailureCause cause) { return std::string{code(kind_of(cause))}; }

TEST(UpstreamFailureKind, IsTheDocumentedKindOfEachCause) {
    std::map<std::string, std::set<FailureCause>> const expected{
        {"connect", {kNoSuchHost, kLookupFailed, kRefused, kUnreachable, kConnectFailed}},
        {"tls",
         {kCertificateExpired, kCertificateNotYetValid, kCertificateForAnotherName, kCertificateSelfSigned, kUnknownAuthority, kCertificateInvalid,
          kPlainHttp, kHandshakeFailed}},
        {"timeout", {kLookupTimeout, kConnectTimeout, kHandshakeTimeout, kRequestTimeout, kResponseTimeout, kIdleTimeout}},
        {"protocol", {kTlsExpected, kBadHead, kBadBody}},
        {"reset", {kClosedBeforeResponse, kCutOff}},
        {"credential", {kCredentialFile, kCredentialRejected}},
    };
    std::map<std::string, std::set<FailureCause>> kinds;
    for (std::size_t i = 0; i < kFailureCauses; ++i) kinds[kind_word(static_cast<FailureCause>(i))].insert(static_cast<FailureCause>(i));
    EXPECT_EQ(kinds, expected);
}

TEST(UpstreamFailureMessage, IsUniquePerKindExceptForCredentials) {
    std::map<std::string, std::set<std::string_view>> messages;
    std::set<std::string_view> all;
    for (std::size_t i = 0; i < kFailureCauses; ++i) {
        auto const cause = static_cast<FailureCause>(i);
        messages[kind_word(cause)].insert(client_message(cause));
        all.insert(client_message(cause));
    }
    for (auto const& [kind, of_kind] : messages) EXPECT_EQ(of_kind.size(), kind == "credential" ? 2U : 1U) << kind;
    EXPECT_EQ(all.size(), messages.size() + 1) << "no two kinds have the same message";
}

TEST(UpstreamFailureMessage, DisclosesNoInternals) {
    for (std::size_t i = 0; i < kFailureCauses; ++i) {
        std::string const message{client_message(static_cast<FailureCause>(i))};
        EXPECT_THAT(message, Not(ContainsRegex("[0-9]|://|\\.pem|ca_file")));
    }
}

TEST(UpstreamFailureMessage, DistinguishesARejectedFromAMissingCredential) {
    EXPECT_THAT(std::string{client_message(kCredentialRejected)}, HasSubstr("rejected"));
    EXPECT_THAT(std::string{client_message(kCredentialFile)}, HasSubstr("no credential"));
}

TEST(DurationText, WritesWholeSecondsOrMilliseconds) {
    EXPECT_EQ(duration_text(5s), "5 s");
    EXPECT_EQ(duration_text(1500ms), "1500 ms");
    EXPECT_EQ(duration_text(999ms), "999 ms");
    EXPECT_EQ(duration_text(1000ms), "1 s");
    EXPECT_EQ(duration_text(0ms), "0 s");
    EXPECT_EQ(duration_text(24h), "86400 s");
}

}  // namespace
}  // namespace warder::gateway
