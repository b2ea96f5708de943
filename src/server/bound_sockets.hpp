// SPDX-License-Identifier: MIT
#pragma once

#include "net/listener.hpp"
#include "net/tls.hpp"

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warder::server {

struct ServerSettings;

/// A file descriptor that is closed on destruction.
class Descriptor {
  public:
    explicit Descriptor(int number) noexcept : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();
    [[nodiscard]] int get() const noexcept { return number_; }
    int release() noexcept { return std::exchange(number_, -1); }

  private:
    int number_;
};

/// A listening socket, with one descriptor for each worker, or for the one that serves metrics.
struct BoundSocket {
    net::ListenerRole role = net::ListenerRole::kEverything;
    bool is_ipv6 = false;
    std::string authority;  ///< "127.0.0.1:8441" or "[::1]:8441", with the real port.
    std::vector<Descriptor> descriptors;
};

/// What a server needs from the system and from the administrator's files, acquired before the server creates anything:
/// a port in use or an unreadable certificate then leaves no trace. Clients that connect wait in the kernel until the
/// server starts.
struct BoundSockets {
    std::vector<BoundSocket> sockets;                  ///< The socket of `listen` comes first.
    std::shared_ptr<net::TlsIdentity const> identity;  ///< Null: plain text.

    /// Binds the addresses of the settings, listens on them, and reads the certificate.
    /// @return an error message that names the address or file on failure.
    static std::expected<BoundSockets, std::string> open(ServerSettings const& settings);

    /// Returns the URLs of the sockets, such as "http://127.0.0.1:8441".
    [[nodiscard]] std::vector<std::string> urls() const;
};

/// Returns the number of server threads.
[[nodiscard]] unsigned thread_count(ServerSettings const& settings);

}  // namespace warder::server
