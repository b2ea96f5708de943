// SPDX-License-Identifier: MIT
#pragma once

#include "net/listener.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::http {
struct Request;
}  // namespace warder::http

/// Which values of `Host` a listener answers: what keeps a page that rebinds its name to this machine (DNS rebinding) from being served.
namespace warder::auth {

/// Host names as the settings `hosts` and `gateway.hosts` list them: `warder.example.org`, `*.example.org` (exactly one label), `192.0.2.1`,
/// `[2001:db8::1]`, each with `:PORT` behind it or without. Names compare ignoring case. Without a port an entry covers every port; with one, only a
/// `Host` that has this very port written.
class HostList {
  public:
    /// Adds one entry. @return false if it is not valid, such as one with a scheme, a path or a dot at the end; then nothing changes.
    [[nodiscard]] bool add(std::string_view entry);
    [[nodiscard]] bool is_empty() const noexcept { return entries_.empty(); }
    /// Whether an entry covers this `Host`. Doesn't allocate.
    [[nodiscard]] bool covers(std::string_view host) const noexcept;

  private:
    struct Entry {
        std::string name;  ///< In lower case; of a wildcard what follows the star, with its dot.
        std::string port;  ///< Empty: any.
        bool is_ipv6 = false;
        bool is_wildcard = false;
    };
    std::vector<Entry> entries_;
};

/// Whether this `Host` is `localhost` or a loopback address (127.0.0.0/8, `[::1]`, IPv4-mapped too) in its usual spelling, with or without a port.
/// None of them is a name that somebody else's name server could answer for.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

/// The rule of one listener.
class HostRule {
  public:
    /// @param names  outlives this. @param setting  its name, for messages; a literal.
    HostRule(HostList const& names, std::string_view setting, net::ListenAddress const& listen);

    /// The `Host` for which the request is not answered; nothing if it is. A request without one (HTTP/1.0) is: no browser sends such.
    [[nodiscard]] std::optional<std::string_view> find_foreign(http::Request const& request) const noexcept;
    [[nodiscard]] std::string_view setting() const noexcept { return setting_; }

  private:
    [[nodiscard]] bool covers(std::string_view host) const noexcept;

    HostList const* names_;
    std::string_view setting_;
    std::string own_;  ///< The address that is listened on, as `Host` spells it.
    bool is_bound_;    ///< Else every host is answered.
};

}  // namespace warder::auth
