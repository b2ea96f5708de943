// SPDX-License-Identifier: MIT
#include "net/tls.hpp"

#include "core/try.hpp"
#include "files/posix_file.hpp"
#include "files/secret_file.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace warder::net {
namespace {

constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string explain(std::filesystem::path const& file, std::string_view what) { return std::string{file.native()}.append(": ").append(what); }

/// Returns OpenSSL's last error message, without its numeric codes, and clears the error queue.
std::string reason() {
    auto const code = ERR_peek_last_error();
    ERR_clear_error();
    auto const* const text = ERR_reason_error_string(code);
    return text == nullptr ? "it can't be used" : text;
}

std::expected<void, std::string> validate_key_file(std::filesystem::path const& path) {
    files::File const file{path, O_PATH};
    struct stat facts{};
    auto const error = file.error() != 0 ? file.error() : ::fstat(file.get(), &facts) != 0 ? errno : 0;
    if (error != 0) return std::unexpected{explain(path, "the TLS key can't be read: ") + std::strerror(error)};
    if (files::validate_secret_file(file.get(), facts, path, files::SecretReaders::kOwnerAndGroup).is_exposed)
        return std::unexpected{explain(path, "others may read or write the TLS key: run chmod 640 or 600 on it")};
    return {};
}

/// Without this callback, OpenSSL would prompt on the terminal.
int decline_pass_phrase(char*, int, int, void*) { return 0; }

/// Rejects a client that offers only other protocols with an alert (RFC 7301 §3.2).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* length, unsigned char const* offered, unsigned offered_length, void*) {
    unsigned char* selected = nullptr;
    if (SSL_select_next_proto(&selected, length, kHttp11.data(), kHttp11.size(), offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = selected;
    return SSL_TLSEXT_ERR_OK;
}

std::optional<std::chrono::sys_seconds> end_of(X509 const* certificate) {
    std::tm utc{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1) return std::nullopt;
    return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&utc)}};
}

}  // namespace

void SslFree::operator()(ssl_st* session) const noexcept { SSL_free(session); }
void TlsIdentity::ContextFree::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

TlsIdentity::TlsIdentity(Context context, std::chrono::sys_seconds expires_at) : context_{std::move(context)}, expires_at_{expires_at} {}

std::expected<TlsIdentity::Context, std::string> TlsIdentity::make_context(TlsFiles const& files) {
    Context context{SSL_CTX_new(TLS_server_method())};
    auto* const raw = context.get();
    constexpr std::string_view kSessions = "warder";
    bool const is_set = raw != nullptr && SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
                        SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
                        SSL_CTX_set_session_id_context(raw, reinterpret_cast<unsigned char const*>(kSessions.data()), kSessions.size()) == 1;
    if (!is_set) return std::unexpected{"TLS can't be set up: " + reason()};
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // `SSL_MODE_RELEASE_BUFFERS`: idle connections hold no buffers.
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(raw, &choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(raw, &decline_pass_phrase);

    if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
        return std::unexpected{explain(files.certificate, "the TLS certificate can't be used: " + reason())};
    if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return std::unexpected{explain(files.key, "the TLS key can't be used with the certificate " + files.certificate.native() + ": " + reason())};
    return context;
}

std::expected<std::shared_ptr<TlsIdentity const>, std::string> TlsIdentity::read(TlsFiles const& files) {
    WARDER_TRY_VOID(validate_key_file(files.key));
    ERR_clear_error();
    WARDER_TRY(auto context, make_context(files));
    auto const end = end_of(SSL_CTX_get0_certificate(context.get()));
    if (!end) return std::unexpected{explain(files.certificate, "the TLS certificate has no valid expiration time")};
    return std::shared_ptr<TlsIdentity const>{new TlsIdentity{std::move(context), *end}};
}

TlsSession TlsIdentity::begin(int socket) const {
    TlsSession session{SSL_new(context_.get())};
    if (session && SSL_set_fd(session.get(), socket) != 1) session.reset();
    if (session) SSL_set_accept_state(session.get());
    return session;
}

}  // namespace warder::net
