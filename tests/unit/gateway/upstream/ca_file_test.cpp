// SPDX-License-Identifier: MIT
#include "gateway/upstream/ca_file.hpp"

#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Returns a self-signed certificate in PEM format that expires at `end`.
std::string make_certificate(std::chrono::system_clock::time_point end) {
    auto* const key = EVP_EC_gen("P-256");
    auto* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_TIME_set(X509_getm_notBefore(certificate), 0);
    ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(end));
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    auto* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    char* text = nullptr;
    auto const length = BIO_get_mem_data(bio, &text);
    std::string pem(text, static_cast<std::size_t>(length));
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pem;
}

class ValidateCaFile : public testing::Test {
  protected:
    std::string problem_of(std::string const& content) {
        std::ofstream{file_} << content;
        return problem();
    }
    std::string problem() {
        auto const valid = validate_ca_file(file_, kNow);
        return valid ? "none" : valid.error();
    }

    static constexpr std::chrono::sys_seconds kNow{1'800'000'000s};
    warder::tests::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "ca.pem";
    std::string valid_ = make_certificate(kNow + 1h);
    std::string expired_ = make_certificate(kNow - 1h);
};

TEST_F(ValidateCaFile, AcceptsAFileWithAValidCertificate) {
    EXPECT_EQ(problem_of(valid_), "none");
    EXPECT_EQ(problem_of(expired_ + "# and a word between them\n" + valid_), "none");
    EXPECT_EQ(problem_of("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" + valid_), "none");
}

TEST_F(ValidateCaFile, ReportsThatAllCertificatesHaveExpired) {
    EXPECT_THAT(problem_of(expired_), HasSubstr("ca.pem: its certificate has expired"));
    EXPECT_THAT(problem_of(expired_ + expired_), HasSubstr("all its certificates have expired"));
}

TEST_F(ValidateCaFile, ReportsMissingAndDamagedCertificates) {
    for (auto const* const text : {"", "no PEM", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"})
        EXPECT_THAT(problem_of(text), HasSubstr("it contains no certificate")) << text;
    EXPECT_THAT(problem_of(valid_ + valid_.substr(0, valid_.size() / 2)), HasSubstr("certificate 2 in it is invalid"));
    EXPECT_THAT(problem_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), HasSubstr("certificate 1 in it is invalid"));
}

TEST_F(ValidateCaFile, ReportsUnreadableSpecialAndTooLongFiles) {
    EXPECT_THAT(problem(), HasSubstr("can't be read: No such file"));
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    EXPECT_THAT(problem(), HasSubstr("not a regular file"));
    std::filesystem::remove(file_);
    EXPECT_THAT(problem_of(std::string((4U << 20U) + 1, '\n')), HasSubstr("larger than 4 MiB"));
}

}  // namespace
}  // namespace warder::gateway
