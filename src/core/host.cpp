// SPDX-License-Identifier: MIT
#include "core/host.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace warder::core {
namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxAddress = 45;  // the longest text of an IPv6 address

constexpr bool is_label_char(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= kMaxLabel && !label.starts_with('-') && !label.ends_with('-') &&
           std::ranges::all_of(label, is_label_char);
}

bool is_name(std::string_view name) noexcept {
    if (name.size() > kMaxHostName) return false;
    for (;;) {
        auto const dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

bool is_port(std::string_view port) noexcept {
    unsigned number = 0;
    auto const [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc{} && end == port.data() + port.size() && !port.starts_with('0') && number <= 65535;
}

std::optional<std::string_view> respell_ipv6(std::string_view text, HostText& buffer) noexcept {
    if (text.size() > kMaxAddress) return std::nullopt;
    std::array<char, kMaxAddress + 1> terminated{};
    std::ranges::copy(text, terminated.begin());
    in6_addr address{};
    if (std::memchr(text.data(), 0, text.size()) != nullptr || ::inet_pton(AF_INET6, terminated.data(), &address) != 1) return std::nullopt;
    ::inet_ntop(AF_INET6, &address, buffer.data(), static_cast<socklen_t>(buffer.size()));
    return std::string_view{buffer.data()};
}

}  // namespace

std::optional<Host> read_host(std::string_view text, HostText& buffer) noexcept {
    Host host;
    auto rest = text;
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        auto const address = respell_ipv6(text.substr(1, close - 1), buffer);
        if (!address) return std::nullopt;
        host.name = *address;
        host.is_ipv6 = true;
        rest.remove_prefix(close + 1);
    } else {
        auto const name = text.substr(0, text.find(':'));
        if (!is_name(name)) return std::nullopt;
        std::ranges::transform(name, buffer.begin(), lower);
        host.name = {buffer.data(), name.size()};
        rest.remove_prefix(name.size());
    }
    if (rest.empty()) return host;
    if (!rest.starts_with(':') || !is_port(rest.substr(1))) return std::nullopt;
    host.port = rest.substr(1);
    return host;
}

}  // namespace warder::core
