// SPDX-License-Identifier: MIT
#include "auth/host_list.hpp"

#include "core/host.hpp"
#include "http/request.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace warder::auth {
namespace {

constexpr std::string_view kMappedLoopback = "::ffff:127.";

bool is_loopback(core::Host const& host) noexcept {
    if (host.is_ipv6) return host.name == "::1" || host.name.starts_with(kMappedLoopback);
    return host.name == "localhost" || (host.name.starts_with("127.") && core::is_ipv4(host.name));
}

bool is_loopback_address(std::string_view address) noexcept {
    return address.starts_with("127.") || address == "::1" || address.starts_with(kMappedLoopback);
}

}  // namespace

bool HostList::add(std::string_view entry) {
    bool const is_wildcard = entry.starts_with("*.");
    if (is_wildcard) entry.remove_prefix(2);
    core::HostText buffer;
    auto const host = core::read_host(entry, buffer);
    if (!host) return false;
    bool const is_address = host->is_ipv6 || core::ends_in_number(host->name);
    if (is_address && (is_wildcard || (!host->is_ipv6 && !core::is_ipv4(host->name)))) return false;
    entries_.push_back({.name = (is_wildcard ? "." : "") + std::string{host->name},
                        .port = std::string{host->port},
                        .is_ipv6 = host->is_ipv6,
                        .is_wildcard = is_wildcard});
    return true;
}

bool HostList::covers(std::string_view text) const noexcept {
    if (entries_.empty()) return false;
    core::HostText buffer;
    auto const host = core::read_host(text, buffer);
    if (!host) return false;
    return std::ranges::any_of(entries_, [&host](Entry const& entry) {
        if (entry.is_ipv6 != host->is_ipv6 || (!entry.port.empty() && entry.port != host->port)) return false;
        if (!entry.is_wildcard) return entry.name == host->name;
        auto const dot = host->name.find('.');
        return dot != std::string_view::npos && host->name.substr(dot) == entry.name;
    });
}

bool is_loopback_host(std::string_view text) noexcept {
    core::HostText buffer;
    auto const host = core::read_host(text, buffer);
    return host && is_loopback(*host);
}

HostRule::HostRule(HostList const& names, std::string_view setting, net::ListenAddress const& listen)
    : names_{&names},
      setting_{setting},
      own_{listen.host.find(':') == std::string::npos ? listen.host : '[' + listen.host + ']'},
      is_bound_{!names.is_empty() || is_loopback_address(listen.host)} {}

bool HostRule::covers(std::string_view host) const noexcept {
    // Fast path: what almost every local client sends needs no parsing.
    if (host.starts_with(own_) && (host.size() == own_.size() || host[own_.size()] == ':')) {
        auto const port = host.substr(std::min(own_.size() + 1, host.size()));
        if (host.size() == own_.size() || (!port.empty() && port.size() <= 5 && std::ranges::all_of(port, http::is_digit))) return true;
    }
    return is_loopback_host(host) || names_->covers(host);
}

std::optional<std::string_view> HostRule::find_foreign(http::Request const& request) const noexcept {
    if (!is_bound_) return std::nullopt;
    auto const found = request.find("host");
    if (found.count > 0) return covers(found.value) ? std::nullopt : std::optional{found.value};
    auto const absolute = http::split_absolute(request.target);
    if (!absolute || request.target.starts_with('/') || covers(absolute->authority)) return std::nullopt;
    return absolute->authority;
}

}  // namespace warder::auth
