// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_tls.hpp"

#include "gateway/upstream/upstream_connection.hpp"
#include "net/certificate.hpp"
#include "net/loopback.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace warder::gateway {
namespace {

using Handshake = net::Stream::Handshake;

RouteSettings tls_route_to(std::string const& host, std::filesystem::path const& ca_file) {
    RouteSettings route;
    route.upstream = {.is_tls = true, .host = host, .port = 443, .authority = host, .path = {}};
    route.ca_file = ca_file;
    return route;
}

class UpstreamTlsTest : public net::tests::Loopback {
  protected:
    /// Returns how the gateway's handshake ends with an upstream that the route calls `host`, and whose certificate is
    /// for `names`.
    Handshake handshake(std::string const& host, std::string const& names, long days = 30, std::string const& common_name = "test") {
        auto const files = net::tests::make_certificate(directory_.path(), names, days, common_name);
        auto const identity = net::TlsIdentity::read(files).value();
        auto const tls = UpstreamTls::make(tls_route_to(host, files.certificate)).value();
        auto [near, far] = connect();
        UpstreamConnection connection{std::move(near), tls};
        net::Stream upstream{std::move(far), identity};
        auto const upstream_handshake = begin(upstream.handshake());
        auto const outcome = run(connection.stream().handshake());
        connection.stream().close();
        finish(upstream_handshake);
        return outcome;
    }

    warder::tests::TemporaryDirectory directory_;
};

TEST_F(UpstreamTlsTest, AcceptsACertificateForTheHostOfTheRoute) {
    EXPECT_EQ(handshake("photos.example.org", "DNS:photos.example.org"), Handshake::kDone);
    EXPECT_EQ(handshake("photos.example.org", "DNS:other.example.org,DNS:Photos.Example.Org"), Handshake::kDone);
    EXPECT_EQ(handshake("photos.example.org", "DNS:*.example.org"), Handshake::kDone);
    EXPECT_EQ(handshake("127.0.0.1", "IP:127.0.0.1"), Handshake::kDone);
    EXPECT_EQ(handshake("::1", "IP:::1"), Handshake::kDone);
}

TEST_F(UpstreamTlsTest, RejectsACertificateForAnotherHost) {
    EXPECT_EQ(handshake("photos.example.org", "DNS:other.example.org"), Handshake::kFailed);
    EXPECT_EQ(handshake("photos.example.org", "DNS:example.org"), Handshake::kFailed);
    EXPECT_EQ(handshake("a.photos.example.org", "DNS:*.example.org"), Handshake::kFailed) << "a star matches one label";
    EXPECT_EQ(handshake("example.org", "DNS:*.example.org"), Handshake::kFailed);
    EXPECT_EQ(handshake("photos.example.org", "DNS:photos.example.org.evil.test"), Handshake::kFailed);
    EXPECT_EQ(handshake("127.0.0.1", "IP:127.0.0.2"), Handshake::kFailed);
    EXPECT_EQ(handshake("127.0.0.1", "DNS:localhost"), Handshake::kFailed);
    EXPECT_EQ(handshake("127.0.0.1", "DNS:localhost", 30, "127.0.0.1"), Handshake::kFailed) << "an address matches only as an address";
    EXPECT_EQ(handshake("photos.example.org", "DNS:other.example.org", 30, "photos.example.org"), Handshake::kFailed) << "the common name is none";
    EXPECT_EQ(handshake("photos.example.org", "", 30, "photos.example.org"), Handshake::kFailed) << "not even without another name";
}

TEST_F(UpstreamTlsTest, RejectsAnExpiredCertificate) { EXPECT_EQ(handshake("localhost", "DNS:localhost", -1), Handshake::kFailed); }

TEST_F(UpstreamTlsTest, RejectsACertificateOfAnotherIssuer) {
    auto const files = net::tests::make_certificate(directory_.path(), "DNS:localhost");
    auto const identity = net::TlsIdentity::read(files).value();
    warder::tests::TemporaryDirectory const elsewhere;
    auto const other = net::tests::make_certificate(elsewhere.path(), "DNS:localhost");
    for (auto const& ca : {other.certificate, std::filesystem::path{}}) {
        auto const tls = UpstreamTls::make(tls_route_to("localhost", ca)).value();
        auto [near, far] = connect();
        UpstreamConnection connection{std::move(near), tls};
        net::Stream upstream{std::move(far), identity};
        auto const upstream_handshake = begin(upstream.handshake());
        EXPECT_EQ(run(connection.stream().handshake()), Handshake::kFailed) << ca;
        connection.stream().close();
        finish(upstream_handshake);
    }
}

TEST_F(UpstreamTlsTest, ErrorNamesACaFileWithoutCertificates) {
    for (auto const& file : {directory_.path() / "missing.pem", std::filesystem::path{"/dev/null"}}) {
        auto const made = UpstreamTls::make(tls_route_to("localhost", file));
        ASSERT_FALSE(made.has_value());
        EXPECT_THAT(made.error(), testing::HasSubstr(file.native()));
    }
}

}  // namespace
}  // namespace warder::gateway
