// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/decision_source.hpp"
#include "auth/host_list.hpp"
#include "auth/services.hpp"
#include "net/listener.hpp"
#include "net/tls.hpp"
#include "server/bound_sockets.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace warder::gateway {
class ProxyFactory;
}  // namespace warder::gateway

namespace warder::server {

struct ServerSettings {
    net::ListenAddress listen{.host = "127.0.0.1", .port = 8441};
    std::optional<net::ListenAddress> gateway_listen;  ///< nullopt: the gateway's routes share the listener of the management API.
    std::optional<net::ListenAddress> metrics_listen;  ///< nullopt: no metrics are served.
    unsigned threads = 0;                              ///< 0: one for each core.
    std::size_t max_connections = 10'000;              ///< Lowered if the limit on open files requires it.
    std::size_t max_rejected = 256;                    ///< How many further connections may get a 503 at a time; more are closed without a response.
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds drain_timeout{10'000};
    std::chrono::milliseconds drain_delay{500};  ///< How long listeners keep accepting; part of `drain_timeout`.
    bool access_log = false;
    auth::DecisionSource decision_source = auth::DecisionSource::kNone;
    std::string decision_token_header;  ///< See `AuthenticationPolicy::token_header`.
    net::TlsFiles tls;
    bool has_ui = false;                   ///< Serve the web UI and its sessions.
    std::vector<Network> trusted_proxies;  ///< Peers whose `X-Forwarded-For` is trusted.
    auth::HostList hosts;                  ///< Hosts that `listen` serves besides loopback names, see `HostRule`.
    auth::HostList gateway_hosts;          ///< The same for `gateway_listen`.
};

/// An HTTP/1.1 server with one thread and io_context per core; each connection stays on one of them.
class Server {
  public:
    /// Starts the threads, which accept connections from now on.
    /// @param gateway  null if there is none; must outlive the server. @param bound  opened with the same settings.
    static std::unique_ptr<Server> start(ServerSettings const& settings, auth::Services const& services, gateway::ProxyFactory* gateway,
                                         BoundSockets bound);
    /// Immediately closes what `drain` has not ended.
    ~Server();

    /// Returns the URLs it listens on, with the real ports: `http://127.0.0.1:8441` or `https://[::1]:8441`. The
    /// gateway's and that of metrics come last.
    [[nodiscard]] std::vector<std::string> urls() const;

    /// Returns when all threads had responded: less than a second ago, unless one of them hangs or the machine is
    /// overloaded. Thread-safe.
    [[nodiscard]] std::chrono::steady_clock::time_point responded_at() const noexcept;

    /// Uses the certificate and key in these files for new connections; open ones are not affected.
    /// @return an error message if the files can't be used; the identity is then unchanged.
    std::expected<void, std::string> replace_identity(net::TlsFiles const& files);

    /// Announces the shutdown through readiness and `Connection: close` in every response. After `drain_delay`, stops
    /// accepting, closes idle connections and lets requests in flight finish. Returns when no connection is left or
    /// `drain_timeout` has passed.
    void drain();

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace warder::server
