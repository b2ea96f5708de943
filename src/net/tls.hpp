// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace warder::net {

/// PEM files with a listener's certificate chain and its key. Empty: no TLS.
struct TlsFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;

    [[nodiscard]] bool is_wanted() const noexcept { return !certificate.empty(); }
};

struct SslFree {
    void operator()(ssl_st* session) const noexcept;
};
using TlsSession = std::unique_ptr<ssl_st, SslFree>;

/// The certificate and key that were read from the files, as an OpenSSL context: TLS 1.2 or later, ciphers with forward
/// secrecy, ALPN `http/1.1`. Thread-safe.
class TlsIdentity {
  public:
    /// Reads the files.
    /// @return the identity, or a message that names the file: missing, unreadable, not PEM, or a key that others can
    /// read, that needs a passphrase, or that does not match the certificate.
    static std::expected<std::shared_ptr<TlsIdentity const>, std::string> read(TlsFiles const& files);

    /// Creates a session for an accepted socket, which must be non-blocking and outlive the session.
    /// @return null if memory ran out.
    [[nodiscard]] TlsSession begin(int socket) const;
    /// Returns when the certificate expires; clients reject it from then on.
    [[nodiscard]] std::chrono::sys_seconds expires_at() const noexcept { return expires_at_; }

  private:
    struct ContextFree {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<ssl_ctx_st, ContextFree>;

    TlsIdentity(Context context, std::chrono::sys_seconds expires_at);
    static std::expected<Context, std::string> make_context(TlsFiles const& files);

    Context context_;
    std::chrono::sys_seconds expires_at_;
};

/// The identity for new connections. Open connections keep the one they started with. Thread-safe.
class TlsHolder {
  public:
    [[nodiscard]] std::shared_ptr<TlsIdentity const> read() const {
        std::scoped_lock const lock{mutex_};
        return identity_;
    }
    void replace(std::shared_ptr<TlsIdentity const> identity) {
        std::scoped_lock const lock{mutex_};
        identity_ = std::move(identity);
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<TlsIdentity const> identity_;
};

}  // namespace warder::net
