// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "net/tls.hpp"

#include <expected>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace warder::gateway {

/// The TLS configuration for a route's https upstream: it must have a certificate for the URL's host, issued by an
/// authority in `ca_file` or the system's store. TLS 1.2 or later. Thread-safe.
class UpstreamTls {
  public:
    /// @return the configuration, or a message that names the file.
    static std::expected<std::shared_ptr<UpstreamTls const>, std::string> make(RouteSettings const& route);

    /// Creates a session for a connected socket, which must be non-blocking and outlive it; null if memory ran out.
    [[nodiscard]] net::TlsSession begin(int socket) const;

  private:
    struct ContextFree {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<ssl_ctx_st, ContextFree>;

    UpstreamTls(Context context, std::string host, bool is_address);

    Context context_;
    std::string host_;
    bool is_address_;
};

}  // namespace warder::gateway
