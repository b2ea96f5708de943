// SPDX-License-Identifier: MIT
#include "gateway/upstream/tls_failure.hpp"

#include "http/text.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <ctime>
#include <memory>
#include <utility>

namespace warder::gateway {
namespace {

constexpr int kMostNames = 3;  // the log truncates values at 256 bytes
constexpr std::size_t kLongestName = 40;
constexpr std::size_t kLongestPath = 96;

struct FreeNames {
    void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

/// Returns the upstream's certificate; null if it did not send one.
X509 const* leaf_of(SSL const* session) noexcept {
    auto const* const chain = SSL_get_peer_cert_chain(session);
    return chain != nullptr && sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
}

std::string text_of(ASN1_STRING const* text) {
    return http::quote_for_log({reinterpret_cast<char const*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))},
                               kLongestName);
}

std::string address_text(ASN1_OCTET_STRING const* bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    auto const size = ASN1_STRING_length(bytes);
    if (size != 4 && size != 16) return "an invalid address";
    ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(), text.size());
    return text.data();
}

std::string common_name_of(X509_NAME const* name) {
    auto const at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    return at < 0 ? std::string{"an issuer without a name"} : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/// Returns the names for which a certificate is valid. A common name does not count, but is mentioned as a hint.
std::string names_of(X509 const* leaf) {
    std::unique_ptr<GENERAL_NAMES, FreeNames> const names{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr))};
    std::string text;
    int count = 0;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        auto const* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
        if (++count > kMostNames) continue;
        if (!text.empty()) text += ", ";
        text += name->type == GEN_DNS ? text_of(name->d.dNSName) : address_text(name->d.iPAddress);
    }
    if (count > kMostNames) text += " and " + std::to_string(count - kMostNames) + " more";
    if (count == 0) return "no host name (its common name, \"" + common_name_of(X509_get_subject_name(leaf)) + "\", doesn't count)";
    return text;
}

std::string time_text(ASN1_TIME const* time) {
    std::tm utc{};
    std::array<char, 32> text{};
    if (ASN1_TIME_to_tm(time, &utc) != 1 || std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) return "an unknown time";
    return text.data();
}

std::string ca_file_hint(RouteSettings const& route) {
    if (route.ca_file.empty()) return "; set ca_file to a PEM file with the CA's certificate";
    return "; it is not in ca_file " + http::quote_for_log(route.ca_file.native(), kLongestPath);
}

UpstreamFailure expired(X509 const* leaf) {
    if (leaf != nullptr && X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
        return {FailureCause::kCertificateExpired, "the upstream's certificate has expired, at " + time_text(X509_get0_notAfter(leaf))};
    return {FailureCause::kCertificateExpired, "a CA certificate above the upstream's certificate has expired"};
}

UpstreamFailure not_yet_valid(X509 const* leaf) {
    if (leaf != nullptr && X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0)
        return {FailureCause::kCertificateNotYetValid,
                "the upstream's certificate is not yet valid: it begins at " + time_text(X509_get0_notBefore(leaf)) + " (check the clocks)"};
    return {FailureCause::kCertificateNotYetValid, "a CA certificate above the upstream's certificate is not yet valid (check the clocks)"};
}

UpstreamFailure certificate_failure(long result, X509 const* leaf, RouteSettings const& route) {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return expired(leaf);
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return not_yet_valid(leaf);
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return {FailureCause::kCertificateForAnotherName, "the upstream's certificate is for another name: wanted " +
                                                                  http::quote_for_log(route.upstream.host) + ", it is for " +
                                                                  (leaf != nullptr ? names_of(leaf) : "an unknown one")};
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return {FailureCause::kCertificateSelfSigned, "the upstream's certificate is self-signed" + ca_file_hint(route)};
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return {FailureCause::kUnknownAuthority, "the upstream's certificate is from an unknown CA" +
                                                         (leaf != nullptr ? ", \"" + common_name_of(X509_get_issuer_name(leaf)) + "\"" : "") +
                                                         ca_file_hint(route)};
        default:
            return {FailureCause::kCertificateInvalid,
                    std::string{"the upstream's certificate can't be trusted: "} + X509_verify_cert_error_string(result)};
    }
}

bool means_plain_http(int reason) noexcept {
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
           reason == SSL_R_RECORD_LENGTH_MISMATCH;
}

/// Returns whether a server that requires a client certificate may send this alert.
bool may_want_certificate(int alert) noexcept {
    return alert == SSL_AD_CERTIFICATE_REQUIRED || alert == SSL_AD_BAD_CERTIFICATE || alert == SSL_AD_HANDSHAKE_FAILURE;
}

}  // namespace

std::optional<UpstreamFailure> alert_failure(unsigned long error) {
    auto const alert = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET : 0;
    if (alert <= 0 || alert > 255) return std::nullopt;
    std::string reason = "the upstream ended the TLS connection with the alert \"";
    // OpenSSL 3.0 has no name for this alert.
    reason.append(alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" : SSL_alert_desc_string_long(alert)).append("\"");
    if (alert == SSL_AD_CERTIFICATE_REQUIRED) reason += ": it requires a client certificate, which the gateway doesn't have";
    else if (may_want_certificate(alert)) reason += "; it may require a client certificate, which the gateway doesn't have";
    return UpstreamFailure{FailureCause::kHandshakeFailed, std::move(reason)};
}

UpstreamFailure handshake_failure(net::Stream::FailedHandshake const& failed, RouteSettings const& route) {
    if (!failed.session) return {FailureCause::kHandshakeFailed, "not enough memory for TLS"};
    auto const reason = ERR_GET_LIB(failed.error) == ERR_LIB_SSL ? ERR_GET_REASON(failed.error) : 0;
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return certificate_failure(SSL_get_verify_result(failed.session.get()), leaf_of(failed.session.get()), route);
    if (auto alert = alert_failure(failed.error)) return std::move(*alert);
    if (means_plain_http(reason))
        return {FailureCause::kPlainHttp, "the upstream responded without TLS; if it speaks plain HTTP, use an http:// URL"};
    if (reason == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return {FailureCause::kHandshakeFailed,
                "the upstream closed the connection during the TLS handshake; if it speaks plain HTTP, use an http:// URL"};
    auto const* const text = ERR_reason_error_string(failed.error);
    return {FailureCause::kHandshakeFailed, std::string{"the TLS handshake failed: "} + (text != nullptr ? text : "an unknown error")};
}

}  // namespace warder::gateway
