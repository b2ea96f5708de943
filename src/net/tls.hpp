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

/// The certificate, with its chain, and the key that a listener shows itself with: PEM files. Empty: no TLS.
struct TlsFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;

    [[nodiscard]] bool is_wanted() const noexcept { return !certificate.empty(); }
};

struct SslFree {
    void operator()(ssl_st* session) const noexcept;
};
using TlsSession = std::unique_ptr<ssl_st, SslFree>;

/// What was read from the files, once: TLS 1.2 and up, ciphers with forward secrecy, ALPN `http/1.1`. Any thread may use it.
class TlsIdentity {
  public:
    /// @return else a sentence that names the file: missing, unreadable, no PEM, a key that others may read, that needs a pass phrase, or that is not
    /// the certificate's.
    static std::expected<std::shared_ptr<TlsIdentity const>, std::string> read(TlsFiles const& files);

    /// A session for a socket just accepted, which must be non-blocking and outlive it; null without memory.
    [[nodiscard]] TlsSession begin(int socket) const;
    /// From here on clients refuse the certificate.
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

/// The identity in force. Connections keep the one that they began with. Any thread may call it.
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
