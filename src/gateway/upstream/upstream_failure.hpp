// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::gateway {

/// The coarse classification of upstream failures: the key `kind` of the log.
enum class FailureKind : std::uint8_t { kConnect, kTls, kTimeout, kProtocol, kReset, kCredential };

/// Why an upstream did not answer a request as it should. Every cause belongs to one kind.
enum class FailureCause : std::uint8_t {
    kNoSuchHost,
    kLookupFailed,  ///< No name server answered, or it failed.
    kRefused,
    kUnreachable,
    kConnectFailed,  ///< Any other error of connecting, such as too many open files.
    kCertificateExpired,
    kCertificateNotYetValid,
    kCertificateForAnotherName,
    kCertificateSelfSigned,
    kUnknownAuthority,
    kCertificateInvalid,  ///< Any other reason not to trust it.
    kPlainHttp,           ///< The upstream answers the handshake without TLS.
    kHandshakeFailed,
    kLookupTimeout,
    kConnectTimeout,
    kHandshakeTimeout,
    kRequestTimeout,  ///< The upstream accepts no more of the request.
    kResponseTimeout,
    kIdleTimeout,  ///< Of a response that has begun.
    kTlsExpected,  ///< The upstream answers plain HTTP with TLS.
    kBadHead,
    kBadBody,
    kClosedBeforeResponse,
    kCutOff,  ///< In the middle of a response.
    kCredentialFile,
    kCredentialRejected,
};
inline constexpr std::size_t kFailureCauses = static_cast<std::size_t>(FailureCause::kCredentialRejected) + 1;

/// One upstream failure. The reason is meant only for the operator: printable ASCII, bounded, without secrets.
struct UpstreamFailure {
    FailureCause cause = FailureCause::kConnectFailed;
    std::string reason;
};

[[nodiscard]] FailureKind kind_of(FailureCause cause) noexcept;
/// Returns `connect`, `tls`, `timeout`, `protocol`, `reset` or `credential`.
[[nodiscard]] std::string_view code(FailureKind kind) noexcept;
/// Returns a sentence for the client that states the kind of failure and reveals nothing about the upstream.
[[nodiscard]] std::string_view client_message(FailureCause cause) noexcept;

/// Returns `5 s` or `1500 ms`.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace warder::gateway
