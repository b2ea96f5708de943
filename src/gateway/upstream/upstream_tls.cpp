// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <utility>

namespace warder::gateway {
namespace {

constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool is_ip_address(std::string const& host) {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

void UpstreamTls::ContextFree::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

UpstreamTls::UpstreamTls(Context context, std::string host, bool is_address)
    : context_{std::move(context)}, host_{std::move(host)}, is_address_{is_address} {}

std::expected<std::shared_ptr<UpstreamTls const>, std::string> UpstreamTls::make(RouteSettings const& route) {
    Context context{SSL_CTX_new(TLS_client_method())};
    if (!context) return std::unexpected{"not enough memory for TLS"};
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ERR_clear_error();
    bool const is_loaded = route.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                                                 : SSL_CTX_load_verify_file(context.get(), route.ca_file.c_str()) == 1;
    ERR_clear_error();
    if (!is_loaded && !route.ca_file.empty()) return std::unexpected{route.ca_file.native() + ": it is not a valid PEM file of certificates"};
    if (!is_loaded) return std::unexpected{"the system's certificates can't be read"};
    return std::shared_ptr<UpstreamTls const>{new UpstreamTls{std::move(context), route.upstream.host, is_ip_address(route.upstream.host)}};
}

net::TlsSession UpstreamTls::begin(int socket) const {
    net::TlsSession session{SSL_new(context_.get())};
    if (!session || SSL_set_fd(session.get(), socket) != 1) return {};
    bool const is_named = is_address_
                              ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host_.c_str()) == 1
                              : SSL_set1_host(session.get(), host_.c_str()) == 1 && SSL_set_tlsext_host_name(session.get(), host_.c_str()) == 1;
    // A certificate without subject alternative names matches no host: its common name does not count (RFC 9110 §4.3.4).
    SSL_set_hostflags(session.get(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (!is_named || SSL_set_alpn_protos(session.get(), kHttp11.data(), kHttp11.size()) != 0) return {};
    SSL_set_connect_state(session.get());
    return session;
}

}  // namespace warder::gateway
