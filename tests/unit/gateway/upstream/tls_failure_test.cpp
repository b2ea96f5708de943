// SPDX-License-Identifier: MIT
#include "gateway/upstream/tls_failure.hpp"

#include "gateway/upstream/upstream_connection.hpp"
#include "gateway/upstream/upstream_tls.hpp"
#include "net/certificate.hpp"
#include "net/loopback.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace warder::gateway {
namespace {

using net::tests::CertificateOptions;
using net::tests::make_certificate;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

RouteSettings route_to(std::string const& host, std::filesystem::path const& ca_file = {}) {
    RouteSettings route;
    route.upstream = {.is_tls = true, .host = host, .port = 443, .authority = host, .path = {}};
    route.ca_file = ca_file;
    return route;
}

/// Real handshakes with an upstream that presents a certificate.
class CertificateFailure : public net::tests::Loopback {
  protected:
    /// Returns how the handshake fails with an upstream that presents the certificate in these files.
    UpstreamFailure handshake(RouteSettings const& route, net::TlsFiles const& files) {
        auto const identity = net::TlsIdentity::read(files).value();
        auto const tls = UpstreamTls::make(route).value();
        auto [near, far] = connect();
        UpstreamConnection connection{std::move(near), tls};
        net::Stream upstream{std::move(far), identity};
        auto const serving = begin(upstream.handshake());
        net::Stream::FailedHandshake failed;
        EXPECT_EQ(run(connection.stream().handshake(&failed)), net::Stream::Handshake::kFailed);
        connection.stream().close();
        finish(serving);
        return handshake_failure(failed, route);
    }
    /// The same for a self-signed certificate that is in the route's `ca_file`.
    UpstreamFailure handshake(std::string const& host, CertificateOptions const& options) {
        auto const files = make_certificate(directory_.path(), options);
        return handshake(route_to(host, files.certificate), files);
    }
    net::TlsFiles make_ca(std::string const& common_name) {
        return make_certificate(ca_directory_.path(), CertificateOptions{.common_name = common_name, .is_ca = true});
    }

    warder::tests::TemporaryDirectory directory_, ca_directory_;
};

TEST_F(CertificateFailure, ReportsTheExpiryOfAnExpiredCertificate) {
    auto const failure = handshake("localhost", {.names = "DNS:localhost", .ends_in_days = -1});
    EXPECT_EQ(failure.cause, FailureCause::kCertificateExpired);
    EXPECT_THAT(failure.reason, MatchesRegex("the upstream's certificate has expired, at [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"));
}

TEST_F(CertificateFailure, ReportsTheStartOfACertificateThatIsNotYetValid) {
    auto const failure = handshake("localhost", {.names = "DNS:localhost", .begins_in_days = 1});
    EXPECT_EQ(failure.cause, FailureCause::kCertificateNotYetValid);
    EXPECT_THAT(failure.reason,
                MatchesRegex("the upstream's certificate is not yet valid: it begins at [0-9-]{10}T[0-9:]{8}Z \\(check the clocks\\)"));
}

TEST_F(CertificateFailure, ReportsTheExpectedNameAndThoseOfTheCertificate) {
    auto const failure = handshake("photos.example.org", {.names = "DNS:a.example.org,IP:10.0.0.1,IP:::1"});
    EXPECT_EQ(failure.cause, FailureCause::kCertificateForAnotherName);
    EXPECT_EQ(failure.reason, "the upstream's certificate is for another name: wanted photos.example.org, it is for a.example.org, 10.0.0.1, ::1");
}

TEST_F(CertificateFailure, ReportsTheExpectedAddress) {
    auto const failure = handshake("127.0.0.1", {.names = "DNS:localhost"});
    EXPECT_EQ(failure.cause, FailureCause::kCertificateForAnotherName);
    EXPECT_THAT(failure.reason, EndsWith("wanted 127.0.0.1, it is for localhost"));
}

TEST_F(CertificateFailure, ListsOnlyTheFirstThreeNames) {
    auto const failure = handshake("x.test", {.names = "DNS:a.test,email:me@example.org,DNS:b.test,DNS:c.test,DNS:d.test,DNS:e.test"});
    EXPECT_THAT(failure.reason, EndsWith("it is for a.test, b.test, c.test and 2 more")) << "an e-mail address is not a host name";
}

TEST_F(CertificateFailure, ReportsThatTheCommonNameIsIgnored) {
    auto const failure = handshake("photos.example.org", {.names = "", .common_name = "photos.example.org"});
    EXPECT_THAT(failure.reason, EndsWith("it is for no host name (its common name, \"photos.example.org\", doesn't count)"));
}

TEST_F(CertificateFailure, EscapesAndTruncatesNamesFromTheCertificate) {
    auto const failure = handshake("x.test", {.names = "", .common_name = "a\nlevel=error \x1b[2J" + std::string(40, 'x')});
    for (char const c : failure.reason) EXPECT_TRUE(c >= ' ' && c <= '~') << failure.reason;
    auto const names = std::string(60, 'a') + ".test";
    auto const flood = handshake("x.test", {.names = "DNS:" + names + ",DNS:b" + names + ",DNS:c" + names});
    EXPECT_LE(flood.reason.size(), 256U) << "the log cuts there";
}

TEST_F(CertificateFailure, SuggestsCaFileForASelfSignedCertificate) {
    auto const files = make_certificate(directory_.path(), CertificateOptions{.names = "DNS:localhost"});
    auto const failure = handshake(route_to("localhost"), files);
    EXPECT_EQ(failure.cause, FailureCause::kCertificateSelfSigned);
    EXPECT_EQ(failure.reason, "the upstream's certificate is self-signed; set ca_file to a PEM file with the CA's certificate");
    auto const ca = make_ca("Another CA");
    EXPECT_THAT(handshake(route_to("localhost", ca.certificate), files).reason, EndsWith("; it is not in ca_file " + ca.certificate.native()));
}

TEST_F(CertificateFailure, NamesAnUnknownAuthority) {
    auto const files = make_certificate(directory_.path(), CertificateOptions{.names = "DNS:localhost", .issuer = make_ca("Example Root")});
    auto const failure = handshake(route_to("localhost"), files);
    EXPECT_EQ(failure.cause, FailureCause::kUnknownAuthority);
    EXPECT_EQ(failure.reason,
              "the upstream's certificate is from an unknown CA, \"Example Root\"; set ca_file to a PEM file with the CA's certificate");
}

TEST_F(CertificateFailure, ReportsAnIssuerWithoutAName) {
    auto const files = make_certificate(directory_.path(), CertificateOptions{.names = "DNS:localhost", .issuer = make_ca("")});
    EXPECT_THAT(handshake(route_to("localhost"), files).reason, HasSubstr("an issuer without a name"));
}

TEST_F(CertificateFailure, DistinguishesAnExpiredAuthorityFromAnExpiredCertificate) {
    auto const ca = make_certificate(ca_directory_.path(), CertificateOptions{.ends_in_days = -1, .common_name = "Old Root", .is_ca = true});
    auto const files = make_certificate(directory_.path(), CertificateOptions{.names = "DNS:localhost", .issuer = ca});
    auto const failure = handshake(route_to("localhost", ca.certificate), files);
    EXPECT_EQ(failure.cause, FailureCause::kCertificateExpired);
    EXPECT_EQ(failure.reason, "a CA certificate above the upstream's certificate has expired");
}

TEST_F(CertificateFailure, RejectsAnIssuerThatIsNoAuthority) {
    auto const other = make_certificate(ca_directory_.path(), CertificateOptions{.names = "DNS:other.test", .common_name = "No CA"});
    auto const files = make_certificate(directory_.path(), CertificateOptions{.names = "DNS:localhost", .issuer = other});
    auto const failure = handshake(route_to("localhost", other.certificate), files);
    EXPECT_EQ(failure.cause, FailureCause::kCertificateInvalid);
    EXPECT_THAT(failure.reason, HasSubstr("the upstream's certificate can't be trusted: invalid CA certificate"));
}

/// Handshakes that end with an error from OpenSSL.
class HandshakeFailure : public testing::Test {
  protected:
    UpstreamFailure describe(int reason, int library = ERR_LIB_SSL) {
        net::Stream::FailedHandshake const failed{.session = net::TlsSession{SSL_new(context_.get())}, .error = ERR_PACK(library, 0, reason)};
        return handshake_failure(failed, route_to("localhost"));
    }
    struct Free {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, Free> context_{SSL_CTX_new(TLS_client_method())};
};

TEST_F(HandshakeFailure, ReportsAnUpstreamWithoutTls) {
    for (int const reason : {SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG}) {
        auto const failure = describe(reason);
        EXPECT_EQ(failure.cause, FailureCause::kPlainHttp) << reason;
        EXPECT_THAT(failure.reason, HasSubstr("use an http:// URL")) << reason;
    }
}

TEST_F(HandshakeFailure, DistinguishesAClosedConnectionFromAnAlert) {
    EXPECT_THAT(describe(SSL_R_UNEXPECTED_EOF_WHILE_READING).reason, HasSubstr("closed the connection during the TLS handshake"));
    net::Stream::FailedHandshake const closed{.session = net::TlsSession{SSL_new(context_.get())}, .error = 0};
    EXPECT_THAT(handshake_failure(closed, route_to("localhost")).reason, HasSubstr("closed the connection during the TLS handshake"));
    auto const alert = describe(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    EXPECT_EQ(alert.cause, FailureCause::kHandshakeFailed);
    EXPECT_THAT(describe(SSL_R_WRONG_SIGNATURE_TYPE).reason, HasSubstr("the TLS handshake failed: wrong signature type"));
    EXPECT_THAT(alert.reason, AllOf(HasSubstr("the alert \"handshake failure\""), HasSubstr("client certificate"), Not(HasSubstr("closed"))));
}

TEST_F(HandshakeFailure, IgnoresEqualReasonCodesOfOtherLibraries) {
    EXPECT_EQ(describe(SSL_R_WRONG_VERSION_NUMBER, ERR_LIB_X509).cause, FailureCause::kHandshakeFailed);
}

TEST_F(HandshakeFailure, ReportsAMissingSessionAsLackOfMemory) {
    net::Stream::FailedHandshake const failed;
    auto const failure = handshake_failure(failed, route_to("localhost"));
    EXPECT_EQ(failure.cause, FailureCause::kHandshakeFailed);
    EXPECT_THAT(failure.reason, HasSubstr("memory"));
}

TEST_F(HandshakeFailure, ReportsMissingDetailsWithoutAPeerCertificate) {
    net::Stream::FailedHandshake const failed{.session = net::TlsSession{SSL_new(context_.get())},
                                              .error = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_CERTIFICATE_VERIFY_FAILED)};
    SSL_set_verify_result(failed.session.get(), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_THAT(handshake_failure(failed, route_to("localhost")).reason, EndsWith("wanted localhost, it is for an unknown one"));
    SSL_set_verify_result(failed.session.get(), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_THAT(handshake_failure(failed, route_to("localhost")).reason, HasSubstr("a CA certificate"));
}

}  // namespace
}  // namespace warder::gateway
