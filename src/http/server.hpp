// SPDX-License-Identifier: MIT
#pragma once

#include "http/bound_sockets.hpp"
#include "http/client_address.hpp"
#include "http/decision_source.hpp"
#include "http/host_list.hpp"
#include "http/listener.hpp"
#include "http/tls.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace warder {
class Clock;
}
namespace warder::log {
class Logger;
}
namespace warder::authority {
class Authority;
class Directory;
class PasswordHasher;
class Sessions;
class SignIn;
class UsageMeter;
class Verifier;
}  // namespace warder::authority

namespace warder::http {

class ForwarderMaker;

/// What the calls of the API are made of; all of it outlives the server.
struct Services {
    authority::Authority& authority;
    authority::SignIn& sign_in;
    authority::Sessions& sessions;
    authority::PasswordHasher& hasher;
    authority::Directory const& directory;
    authority::Verifier const& verifier;
    authority::UsageMeter const& usage;
    Clock const& clock;
    log::Logger& log;
};

struct ServerSettings {
    ListenAddress listen{.host = "127.0.0.1", .port = 8441};
    std::optional<ListenAddress> gateway_listen;  ///< Nothing: the gateway's routes are served beside the own calls.
    unsigned threads = 0;                         ///< 0: one a core.
    std::size_t max_connections = 10'000;         ///< Less where the limit on open files demands it.
    std::size_t max_refused = 256;                ///< Beyond those, so many more are told so at a time; what comes on top is closed without a word.
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds drain_timeout{10'000};
    std::chrono::milliseconds drain_delay{500};  ///< How much of that time the listeners still accept.
    bool access_log = false;
    DecisionSource decision_source = DecisionSource::kNone;
    TlsFiles tls;
    bool has_ui = false;                   ///< The web UI and its sessions.
    std::vector<Network> trusted_proxies;  ///< Whose `X-Forwarded-For` is believed.
    HostList hosts;                        ///< That `listen` answers besides loopback names, see `HostRule`.
    HostList gateway_hosts;                ///< The same for `gateway_listen`.
};

/// A listening HTTP/1.1 server with a thread and an io_context a core; a connection lives on one of them.
class Server {
  public:
    /// Starts the threads, which accept and answer connections from now on.
    /// @param gateway  null: there is none. Else it outlives the server. @param bound  opened with the same settings.
    static std::unique_ptr<Server> start(ServerSettings const& settings, Services const& services, ForwarderMaker* gateway, BoundSockets bound);
    /// Stops at once what `drain` has not ended.
    ~Server();

    /// `http://127.0.0.1:8441` or `https://[::1]:8441`: what it listens on, with the real ports; the gateway's last.
    [[nodiscard]] std::vector<std::string> urls() const;

    /// Shows new connections the identity in these files; those that are open go on. What can't be used changes nothing, and is said in a sentence.
    std::expected<void, std::string> replace_identity(TlsFiles const& files);

    /// Says in readiness, and by `Connection: close` in every response, that it stops. After `drain_delay` it stops accepting, closes idle
    /// connections and lets requests in flight end; returns when all are gone or `drain_timeout` has passed.
    void drain();

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace warder::http
