// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "net/tls.hpp"

#include <expected>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace warder::gateway {

/// How a route's https upstream is known: by a certificate for the URL's host, from an authority in `ca_file` or in the system's store.
/// TLS 1.2 and up. Any thread may use it.
class UpstreamTls {
  public:
    /// @return else a sentence that names the file.
    static std::expected<std::shared_ptr<UpstreamTls const>, std::string> make(RouteSettings const& route);

    /// A session for a socket just connected, which must be non-blocking and outlive it; null without memory.
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
