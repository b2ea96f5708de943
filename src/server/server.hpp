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
    std::optional<net::ListenAddress> gateway_listen;  ///< Nothing: the gateway's routes are served beside the own calls.
    unsigned threads = 0;                              ///< 0: one a core.
    std::size_t max_connections = 10'000;              ///< Less where the limit on open files demands it.
    std::size_t max_refused = 256;  ///< Beyond those, so many more are told so at a time; what comes on top is closed without a word.
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds drain_timeout{10'000};
    std::chrono::milliseconds drain_delay{500};  ///< How much of that time the listeners still accept.
    bool access_log = false;
    auth::DecisionSource decision_source = auth::DecisionSource::kNone;
    net::TlsFiles tls;
    bool has_ui = false;                         ///< The web UI and its sessions.
    std::vector<auth::Network> trusted_proxies;  ///< Whose `X-Forwarded-For` is believed.
    auth::HostList hosts;                        ///< That `listen` answers besides loopback names, see `HostRule`.
    auth::HostList gateway_hosts;                ///< The same for `gateway_listen`.
};

/// A listening HTTP/1.1 server with a thread and an io_context a core; a connection lives on one of them.
class Server {
  public:
    /// Starts the threads, which accept and answer connections from now on.
    /// @param gateway  null: there is none. Else it outlives the server. @param bound  opened with the same settings.
    static std::unique_ptr<Server> start(ServerSettings const& settings, auth::Services const& services, gateway::ProxyFactory* gateway,
                                         BoundSockets bound);
    /// Stops at once what `drain` has not ended.
    ~Server();

    /// `http://127.0.0.1:8441` or `https://[::1]:8441`: what it listens on, with the real ports; the gateway's last.
    [[nodiscard]] std::vector<std::string> urls() const;

    /// Shows new connections the identity in these files; those that are open go on. What can't be used changes nothing, and is said in a sentence.
    std::expected<void, std::string> replace_identity(net::TlsFiles const& files);

    /// Says in readiness, and by `Connection: close` in every response, that it stops. After `drain_delay` it stops accepting, closes idle
    /// connections and lets requests in flight end; returns when all are gone or `drain_timeout` has passed.
    void drain();

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace warder::server
