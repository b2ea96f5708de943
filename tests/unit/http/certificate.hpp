// SPDX-License-Identifier: MIT
#pragma once

#include "http/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace warder::http::tests {

/// Makes a self-signed certificate and its key as files.
/// @param names  as OpenSSL writes a subjectAltName: "DNS:photos.example.org,IP:127.0.0.1". @param days  from now on; negative: it has expired.
inline TlsFiles make_certificate(std::filesystem::path const& folder, std::string const& names, long days = 30,
                                 std::string const& common_name = "test") {
    struct Free {
        void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
        void operator()(X509* certificate) const noexcept { X509_free(certificate); }
        void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    constexpr long kDay = 24L * 60 * 60;
    std::unique_ptr<EVP_PKEY, Free> const key{EVP_EC_gen("P-256")};
    std::unique_ptr<X509, Free> const certificate{X509_new()};
    auto* const raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
    X509_gmtime_adj(X509_getm_notBefore(raw), -60 * kDay);
    X509_gmtime_adj(X509_getm_notAfter(raw), days * kDay);
    X509_set_pubkey(raw, key.get());
    auto* const subject = X509_get_subject_name(raw);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(raw, subject);
    if (!names.empty()) {
        std::unique_ptr<X509_EXTENSION, Free> const extension{X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str())};
        EXPECT_TRUE(extension) << names;
        X509_add_ext(raw, extension.get(), -1);
    }
    EXPECT_GT(X509_sign(raw, key.get(), EVP_sha256()), 0);

    TlsFiles files{.certificate = folder / "certificate.pem", .key = folder / "key.pem"};
    std::unique_ptr<std::FILE, Free>{std::fopen(files.key.c_str(), "w")}.reset();
    ::chmod(files.key.c_str(), 0600);
    std::unique_ptr<std::FILE, Free> const certificate_file{std::fopen(files.certificate.c_str(), "w")};
    std::unique_ptr<std::FILE, Free> const key_file{std::fopen(files.key.c_str(), "w")};
    PEM_write_X509(certificate_file.get(), raw);
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return files;
}

}  // namespace warder::http::tests
