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

/// Which `Host` values a listener serves. The check protects against DNS rebinding, where a page's host name resolves to
/// this machine.
namespace warder::auth {

/// A list of host names in the form of the settings `hosts` and `gateway.hosts`: `warder.example.org`,
/// `*.example.org` (exactly one label), `192.0.2.1`, `[2001:db8::1]`, each optionally followed by `:PORT`. Names are
/// case-insensitive. An entry without a port covers every port; one with a port covers only a `Host` that states exactly
/// that port.
class HostList {
  public:
    /// Adds one entry.
    /// @return false if it is not valid, for example because it has a scheme, a path or a trailing dot; the list is then
    /// unchanged.
    [[nodiscard]] bool add(std::string_view entry);
    [[nodiscard]] bool is_empty() const noexcept { return entries_.empty(); }
    /// Returns whether an entry covers this `Host`. Does not allocate.
    [[nodiscard]] bool covers(std::string_view host) const noexcept;

  private:
    struct Entry {
        std::string name;  ///< In lower case; for a wildcard, the part after the star, including the dot.
        std::string port;  ///< Empty: any port.
        bool is_ipv6 = false;
        bool is_wildcard = false;
    };
    std::vector<Entry> entries_;
};

/// Returns whether this `Host` is `localhost` or a loopback address (127.0.0.0/8, `[::1]`, or its IPv4-mapped form) in
/// its usual spelling, with or without a port. No foreign name server can answer for any of these.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

/// Decides which `Host` values one listener serves.
class HostRule {
  public:
    /// @param names  must outlive this object. @param setting  the name of the setting, for messages; a literal.
    HostRule(HostList const& names, std::string_view setting, net::ListenAddress const& listen);

    /// Returns the `Host` because of which the request must be rejected; nullopt if the request is acceptable. A
    /// request without `Host` (HTTP/1.0) is acceptable, because no browser sends one.
    [[nodiscard]] std::optional<std::string_view> find_foreign(http::Request const& request) const noexcept;
    [[nodiscard]] std::string_view setting() const noexcept { return setting_; }

  private:
    [[nodiscard]] bool covers(std::string_view host) const noexcept;

    HostList const* names_;
    std::string_view setting_;
    std::string own_;  ///< The listen address, in the form in which `Host` spells it.
    bool is_bound_;    ///< If false, every host is served.
};

}  // namespace warder::auth
