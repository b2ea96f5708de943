// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_failure.hpp"

#include "core/text/enum_texts.hpp"

namespace warder::gateway {

FailureKind kind_of(FailureCause cause) noexcept {
    switch (cause) {
        case FailureCause::kNoSuchHost:
        case FailureCause::kLookupFailed:
        case FailureCause::kRefused:
        case FailureCause::kUnreachable:
        case FailureCause::kConnectFailed:
            return FailureKind::kConnect;
        case FailureCause::kCertificateExpired:
        case FailureCause::kCertificateNotYetValid:
        case FailureCause::kCertificateForAnotherName:
        case FailureCause::kCertificateSelfSigned:
        case FailureCause::kUnknownAuthority:
        case FailureCause::kCertificateInvalid:
        case FailureCause::kPlainHttp:
        case FailureCause::kHandshakeFailed:
            return FailureKind::kTls;
        case FailureCause::kLookupTimeout:
        case FailureCause::kConnectTimeout:
        case FailureCause::kHandshakeTimeout:
        case FailureCause::kRequestTimeout:
        case FailureCause::kResponseTimeout:
        case FailureCause::kIdleTimeout:
            return FailureKind::kTimeout;
        case FailureCause::kTlsExpected:
        case FailureCause::kBadHead:
        case FailureCause::kBadBody:
            return FailureKind::kProtocol;
        case FailureCause::kClosedBeforeResponse:
        case FailureCause::kCutOff:
            return FailureKind::kReset;
        case FailureCause::kCredentialFile:
        case FailureCause::kCredentialRejected:
            break;
    }
    return FailureKind::kCredential;
}

std::string_view code(FailureKind kind) noexcept {
    static constexpr core::EnumTexts<FailureKind::kCredential> kCodes{{
        {FailureKind::kConnect, "connect"},
        {FailureKind::kTls, "tls"},
        {FailureKind::kTimeout, "timeout"},
        {FailureKind::kProtocol, "protocol"},
        {FailureKind::kReset, "reset"},
        {FailureKind::kCredential, "credential"},
    }};
    return kCodes[kind];
}

std::string_view client_message(FailureCause cause) noexcept {
    static constexpr core::EnumTexts<FailureKind::kCredential> kMessages{{
        {FailureKind::kConnect, "The upstream can't be reached."},
        {FailureKind::kTls, "The TLS connection to the upstream failed: its certificate is not trusted, or it does not support TLS."},
        {FailureKind::kTimeout, "The upstream took too long to respond."},
        {FailureKind::kProtocol, "The upstream's response is not valid HTTP."},
        {FailureKind::kReset, "The upstream closed the connection without a complete response."},
        {FailureKind::kCredential, "The gateway has no credential for this route's upstream at the moment."},
    }};
    return cause == FailureCause::kCredentialRejected ? "The upstream rejected the gateway's credential." : kMessages[kind_of(cause)];
}

std::string duration_text(std::chrono::milliseconds duration) {
    auto const count = duration.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace warder::gateway
