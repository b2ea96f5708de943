// SPDX-License-Identifier: MIT
#pragma once

#include "net/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/stat.h>

namespace warder::net::tests {

/// The properties of a test certificate.
struct CertificateOptions {
    std::string names{};        ///< As OpenSSL writes a subjectAltName: "DNS:photos.example.org,IP:127.0.0.1".
    long begins_in_days = -60;  ///< Relative to now.
    long ends_in_days = 30;     ///< Relative to now; negative: it has expired.
    std::string common_name = "test";
    bool is_ca = false;  ///< It may sign others.
    TlsFiles issuer{};   ///< Empty: it is self-signed.
};

namespace certificates {

struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

inline Owned<std::FILE> open(std::filesystem::path const& path, char const* mode) { return Owned<std::FILE>{std::fopen(path.c_str(), mode)}; }

inline void add_extension(X509* certificate, int kind, std::string const& value) {
    Owned<X509_EXTENSION> const extension{X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
    EXPECT_TRUE(extension) << value;
    X509_add_ext(certificate, extension.get(), -1);
}

}  // namespace certificates

/// Makes a certificate and its key as the files `certificate.pem` and `key.pem`.
inline TlsFiles make_certificate(std::filesystem::path const& directory, CertificateOptions const& options) {
    using namespace certificates;
    constexpr long kDay = 24L * 60 * 60;
    Owned<EVP_PKEY> const key{EVP_EC_gen("P-256")};
    Owned<X509> const certificate{X509_new()};
    auto* const raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
    X509_gmtime_adj(X509_getm_notBefore(raw), options.begins_in_days * kDay);
    X509_gmtime_adj(X509_getm_notAfter(raw), options.ends_in_days * kDay);
    X509_set_pubkey(raw, key.get());
    auto* const subject = X509_get_subject_name(raw);
    auto const* const common_name = reinterpret_cast<unsigned char const*>(options.common_name.c_str());
    if (!options.common_name.empty()) X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
    if (options.is_ca) add_extension(raw, NID_basic_constraints, "critical,CA:TRUE");
    if (!options.names.empty()) add_extension(raw, NID_subject_alt_name, options.names);
    if (options.issuer.is_wanted()) {
        Owned<X509> const issuer{PEM_read_X509(open(options.issuer.certificate, "r").get(), nullptr, nullptr, nullptr)};
        Owned<EVP_PKEY> const issuer_key{PEM_read_PrivateKey(open(options.issuer.key, "r").get(), nullptr, nullptr, nullptr)};
        X509_set_issuer_name(raw, X509_get_subject_name(issuer.get()));
        EXPECT_GT(X509_sign(raw, issuer_key.get(), EVP_sha256()), 0);
    } else {
        X509_set_issuer_name(raw, subject);
        EXPECT_GT(X509_sign(raw, key.get(), EVP_sha256()), 0);
    }

    TlsFiles files{.certificate = directory / "certificate.pem", .key = directory / "key.pem"};
    open(files.key, "w").reset();
    ::chmod(files.key.c_str(), 0600);
    PEM_write_X509(open(files.certificate, "w").get(), raw);
    PEM_write_PrivateKey(open(files.key, "w").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return files;
}

/// Makes a self-signed certificate. @param days  until it expires; negative: it has expired.
inline TlsFiles make_certificate(std::filesystem::path const& directory, std::string const& names, long days = 30,
                                 std::string const& common_name = "test") {
    return make_certificate(directory, CertificateOptions{.names = names, .ends_in_days = days, .common_name = common_name});
}

}  // namespace warder::net::tests
