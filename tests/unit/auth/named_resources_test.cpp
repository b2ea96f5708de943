// SPDX-License-Identifier: MIT
#include "auth/named_resources.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::auth {
namespace {

using Fields = std::vector<http::HeaderField>;

/// Requests `METHOD /dav/a` to the host `warder.test` with a token that has grants, and with headers that name further
/// resources.
class NamedResourcesTest : public testing::Test {
  protected:
    void set_grants(std::vector<std::string> const& endpoints) { grants_ = GrantList::parse(endpoints).value(); }

    std::optional<Denial> find(std::string_view method, Fields const& fields, NamedPathRules const& rules = {}) {
        http::Request request;
        request.method = method;
        request.target = "/dav/a";
        for (auto const& field : fields) request.fields[request.field_count++] = field;
        std::array<char, 64> buffer;
        auto const path = canonicalize_path("/dav/a", buffer);
        return find_named_resource_denial({.endpoints = grants_.get(), .ceiling = ceiling_.get()}, request,
                                          {.method = method, .host = host_, .path = *path, .rpc_methods = nullptr}, rules);
    }
    std::optional<DenialReason> denial_reason(std::string_view method, Fields const& fields, NamedPathRules const& rules = {}) {
        auto const found = find(method, fields, rules);
        return found ? std::optional{found->reason} : std::nullopt;
    }

    Grants grants_;
    Grants ceiling_;
    std::optional<std::string_view> host_ = "warder.test";
};

constexpr std::optional<DenialReason> kAllowed;

TEST_F(NamedResourcesTest, AllowsARequestThatNamesNoOtherResource) {
    set_grants({"GET /dav/*"});
    EXPECT_EQ(denial_reason("GET", {}), kAllowed);
    EXPECT_EQ(denial_reason("GET", {{"Accept", "*/*"}, {"X-Destination-Count", "1"}, {"X-Copy-From-Nowhere", "1"}}), kAllowed);
}

TEST_F(NamedResourcesTest, DestinationNeedsAGrantForTheMethodOfTheRequest) {
    set_grants({"MOVE /dav/*", "PUT /other/*"});
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b"}}), kAllowed);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/other/b"}}), DenialReason::kOutOfScope) << "only PUT is granted there";
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/%62"}}), kAllowed);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/elsewhere"}}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, ChecksDestinationForEveryMethod) {
    // An upstream may read the method from somewhere else.
    set_grants({"GET /dav/*"});
    EXPECT_EQ(denial_reason("GET", {{"Destination", "/secret"}}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, AllowsADestinationOnTheHostOfTheRequest) {
    set_grants({"MOVE /dav/*"});
    for (auto const* url : {"http://warder.test/dav/b", "HTTP://WARDER.TEST/dav/b", "https://warder.test:443/dav/b", "http://warder.test:80/dav/b"})
        EXPECT_EQ(denial_reason("MOVE", {{"Destination", url}}), kAllowed) << url;
}

TEST_F(NamedResourcesTest, DeniesADestinationOnAnotherHost) {
    set_grants({"MOVE /*", "MOVE /**"});
    for (auto const* url : {"http://evil.test/dav/b", "http://warder.test:81/dav/b", "https://warder.test:80/dav/b", "http://warder.test.evil/dav/b",
                            "http://warder.test@evil.test/dav/b", "http://user@warder.test/dav/b", "http:///dav/b"})
        EXPECT_EQ(denial_reason("MOVE", {{"Destination", url}}), DenialReason::kOutOfScope) << url;
    host_ = std::nullopt;
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "http://warder.test/dav/b"}}), DenialReason::kOutOfScope) << "without a host to compare with";
}

TEST_F(NamedResourcesTest, RejectsAnAmbiguousDestination) {
    set_grants({"MOVE /**"});
    for (auto const* url :
         {"", "dav/b", "*", "//evil.test/b", "/dav/../b", "/dav/%2e%2E/b", "/dav//b", "/dav/b%2Fc", "/dav/b\\c", "/dav/b?c", "/dav/b#c", "/dav/%zz",
          "/dav/%00", "ftp://warder.test/dav/b", "http:/warder.test/dav/b", " /dav/b", "http://warder.test?/dav/b", "http://warder.test/dav/../b"})
        EXPECT_EQ(denial_reason("MOVE", {{"Destination", url}}), DenialReason::kBadPath) << url;
}

TEST_F(NamedResourcesTest, RejectsAnAmbiguousDestinationOnAnotherHostAsBadPath) {
    set_grants({"MOVE /**"});
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "http://evil.test/a/../b"}}), DenialReason::kBadPath);
}

TEST_F(NamedResourcesTest, TreatsAUrlWithoutAPathAsTheRoot) {
    set_grants({"MOVE /dav/*"});
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "http://warder.test"}}), DenialReason::kOutOfScope);
    set_grants({"MOVE /dav/*", "MOVE /"});
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "http://warder.test"}}), kAllowed);
}

TEST_F(NamedResourcesTest, AcceptsAnEncodedSlashInADestinationOnlyWhereAllowed) {
    set_grants({"MOVE /dav/**"});
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b%2Fc"}}, {.encoded_slash = EncodedSlash::kAllowed}), kAllowed);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b%2F..%2Fc"}}, {.encoded_slash = EncodedSlash::kAllowed}), DenialReason::kBadPath);
}

TEST_F(NamedResourcesTest, RejectsARepeatedHeaderInAnySpelling) {
    set_grants({"/**"});
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b"}, {"destination", "/dav/c"}}), DenialReason::kBadPath);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", ""}, {"Destination", "/dav/c"}}), DenialReason::kBadPath);
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/dav/b"}, {"X-Cos-Copy-Source", "/dav/c"}}), DenialReason::kBadPath);
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "PUT"}, {"X_HTTP_Method.Override", "GET"}}), DenialReason::kBadPath);
}

TEST_F(NamedResourcesTest, RecognizesMethodOverrideHeadersInEverySpelling) {
    set_grants({"POST /dav/*"});
    for (auto const* name : {"X-HTTP-Method-Override", "x_http_method_override", "X.HTTP.Method.Override", "X-Method-Override", "X-HTTP-Method",
                             "Method-Override", "X-HTTP-Verb", "X-Rest-Method", "My-Own-Method-Override"})
        EXPECT_EQ(denial_reason("POST", {{name, "DELETE"}}), DenialReason::kOutOfScope) << name;
}

TEST_F(NamedResourcesTest, OverridingMethodNeedsAGrantForThePathOfTheRequest) {
    set_grants({"POST,PUT /dav/*"});
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "PUT"}}), kAllowed);
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "PUT"}, {"X-HTTP-Method", "DELETE"}}), DenialReason::kOutOfScope);
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "put"}}), DenialReason::kOutOfScope)
        << "no grant covers lower case, but a server may";
}

TEST_F(NamedResourcesTest, RejectsAnOverrideThatIsNoMethod) {
    set_grants({"/**"});
    for (auto const* method : {"", "PUT, DELETE", "PUT DELETE", "PUT;q=1", "\"PUT\"", "PUT\t", "P\xc3\x9cT"})
        EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", method}}), DenialReason::kBadPath) << method;
}

TEST_F(NamedResourcesTest, RejectsMoreThanFourOverrides) {
    set_grants({"/**"});
    Fields fields{{"A-Method-Override", "PUT"}, {"B-Method-Override", "PUT"}, {"C-Method-Override", "PUT"}, {"D-Method-Override", "PUT"}};
    EXPECT_EQ(denial_reason("POST", fields), kAllowed);
    fields.push_back({"E-Method-Override", "PUT"});
    EXPECT_EQ(denial_reason("POST", fields), DenialReason::kBadPath);
}

TEST_F(NamedResourcesTest, OverridingMethodNeedsAGrantForTheDestination) {
    set_grants({"POST,MOVE /dav/*", "POST /other/*"});
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "MOVE"}, {"Destination", "/dav/b"}}), kAllowed);
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "MOVE"}, {"Destination", "/other/b"}}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, CopySourceNeedsAGrantForGet) {
    set_grants({"PUT /dav/*", "GET /bucket/*"});
    for (auto const* name : {"X-Amz-Copy-Source", "x_amz_copy_source", "X-Goog-Copy-Source", "X-Ms-Copy-Source"}) {
        EXPECT_EQ(denial_reason("PUT", {{name, "/bucket/key"}}), kAllowed) << name;
        EXPECT_EQ(denial_reason("PUT", {{name, "bucket/key"}}), kAllowed) << name;
        EXPECT_EQ(denial_reason("PUT", {{name, "/dav/b"}}), DenialReason::kOutOfScope) << name << ": only PUT is granted there";
        EXPECT_EQ(denial_reason("PUT", {{name, "/secret/key"}}), DenialReason::kOutOfScope) << name;
    }
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source-Range", "bytes=0-9"}}), kAllowed) << "the range of a source does not name a resource";
}

TEST_F(NamedResourcesTest, CopySourceMayHaveOnlyAVersionIdInItsQuery) {
    set_grants({"PUT /dav/*", "GET /bucket/*"});
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/bucket/key?versionId=3HL4kq.tVj_-~+="}}), kAllowed);
    for (auto const* source : {"/bucket/key?", "/bucket/key?x=1", "/bucket/key?versionId=1&x=2", "/bucket/key?versionId=%31",
                               "/bucket/key?versionid=1", "/bucket/key?versionId=1/../../secret", "/bucket/key?versionId=1?versionId=2"})
        EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", source}}), DenialReason::kBadPath) << source;
}

TEST_F(NamedResourcesTest, RejectsAnAmbiguousCopySource) {
    set_grants({"PUT /dav/*", "GET /**"});
    for (auto const* source : {"", "/", "//bucket/key", "/bucket/../secret/key", "bucket/%2e%2e/secret", "bucket%2Fkey", "/bucket//key",
                               "/bucket/key#x", "http://warder.test", "http://warder.test/"})
        EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", source}}), DenialReason::kBadPath) << source;
}

TEST_F(NamedResourcesTest, DeniesACopySourceOnAnotherHost) {
    set_grants({"PUT /dav/*", "GET /**"});
    EXPECT_EQ(denial_reason("PUT", {{"X-Ms-Copy-Source", "https://warder.test/bucket/key"}}), kAllowed);
    EXPECT_EQ(denial_reason("PUT", {{"X-Ms-Copy-Source", "https://evil.test/bucket/key"}}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, GrantForAHostDoesNotCoverACopySource) {
    // The source names no host: where each bucket has its own host, it may be on another host than the request.
    set_grants({"PUT /dav/*", "GET //warder.test/bucket/*"});
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/bucket/key"}}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, CopySourceIsRelativeToTheSourcePrefix) {
    set_grants({"PUT /dav/*", "GET /s3/bucket/*"});
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "bucket/key"}}, {.source_prefix = "/s3"}), kAllowed);
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/bucket/key"}}, {.source_prefix = "/s3"}), kAllowed);
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/s3/bucket/key"}}, {.source_prefix = "/s3"}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, DeniesHeadersThatNoGrantCanCover) {
    set_grants({"/**"});
    for (auto const* name : {"X-Copy-From", "x_copy_from", "X-Copy-From-Account", "Destination-Account", "X-Amz-Rename-Source", "x-ms-rename-source",
                             "Impersonate-User", "Impersonate-Group", "Impersonate-Extra-Scopes", "Sudo"})
        EXPECT_EQ(denial_reason("PUT", {{name, ""}}), DenialReason::kOutOfScope) << name;
}

TEST_F(NamedResourcesTest, DeniesCopyWithoutADestinationWhereRequired) {
    set_grants({"/**"});
    NamedPathRules const rules{.requires_destination = true};
    EXPECT_EQ(denial_reason("COPY", {}, rules), DenialReason::kOutOfScope);
    EXPECT_EQ(denial_reason("MOVE", {}, rules), DenialReason::kOutOfScope);
    EXPECT_EQ(denial_reason("POST", {{"X-HTTP-Method-Override", "MOVE"}}, rules), DenialReason::kOutOfScope);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b"}}, rules), kAllowed);
    EXPECT_EQ(denial_reason("PUT", {}, rules), kAllowed);
    EXPECT_EQ(denial_reason("MOVE", {}), kAllowed);
}

TEST_F(NamedResourcesTest, DeniesPathsThatTheFilterRejects) {
    class OnlyDav final : public NamedPathFilter {
      public:
        [[nodiscard]] bool accepts(std::string_view path) const noexcept override { return path.starts_with("/dav/"); }
    };
    OnlyDav const filter;
    set_grants({"/**"});
    NamedPathRules const rules{.filter = &filter};
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b"}}, rules), kAllowed);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/other/b"}}, rules), DenialReason::kOutOfScope);
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/dav/b"}}, rules), kAllowed);
    EXPECT_EQ(denial_reason("PUT", {{"X-Amz-Copy-Source", "/other/b"}}, rules), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, CeilingOfTheUserLimitsNamedResources) {
    set_grants({"/**"});
    ceiling_ = GrantList::parse(std::vector<std::string>{"MOVE /dav/*"}).value();
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/dav/b"}}), kAllowed);
    EXPECT_EQ(denial_reason("MOVE", {{"Destination", "/other/b"}}), DenialReason::kOutOfScope);
}

TEST_F(NamedResourcesTest, EveryDenialIs403WithACodeAndWithoutRequestData) {
    set_grants({"MOVE /dav/*"});
    auto const bad = to_response(find("MOVE", {{"Destination", "/dav/../s3cr3t"}}).value(), Surface::kGateway);
    EXPECT_EQ(bad.status, 403U);
    EXPECT_NE(bad.body.find("bad_path"), std::string::npos) << bad.body;
    EXPECT_EQ(bad.body.find("s3cr3t"), std::string::npos) << bad.body;
    auto const not_covered = to_response(find("MOVE", {{"Destination", "/s3cr3t"}}).value(), Surface::kGateway);
    EXPECT_EQ(not_covered.status, 403U);
    EXPECT_NE(not_covered.body.find("insufficient_scope"), std::string::npos) << not_covered.body;
    EXPECT_EQ(not_covered.body.find("s3cr3t"), std::string::npos) << not_covered.body;
}

}  // namespace
}  // namespace warder::auth
