// SPDX-License-Identifier: MIT
#include "core/host.hpp"

#include "core/text/ascii.hpp"
#include "core/text/number.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace warder::core {
namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxAddress = 45;  // the longest text of an IPv6 address
constexpr std::size_t kMaxIpv4 = 15;

bool is_label(std::string_view label, bool may_have_underscores) noexcept {
    return !label.empty() && label.size() <= kMaxLabel && !label.starts_with('-') && !label.ends_with('-') &&
           std::ranges::all_of(label, [=](char c) { return is_alphanumeric(c) || c == '-' || (c == '_' && may_have_underscores); });
}

bool is_port(std::string_view port) noexcept { return !port.starts_with('0') && read_number(port, 1U, 65535U); }

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

bool is_host_name(std::string_view name, bool may_have_underscores) noexcept {
    if (name.size() > kMaxHostName) return false;
    for (;;) {
        auto const dot = name.find('.');
        if (!is_label(name.substr(0, dot), may_have_underscores)) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

bool ends_in_number(std::string_view name) noexcept {
    auto const last = name.substr(name.rfind('.') + 1);
    return std::ranges::all_of(last, is_digit) || last.starts_with("0x");
}

bool is_ipv4(std::string_view text) noexcept {
    if (text.empty() || text.size() > kMaxIpv4) return false;
    std::array<char, kMaxIpv4 + 1> terminated{};
    std::ranges::copy(text, terminated.begin());
    in_addr address{};
    return ::inet_pton(AF_INET, terminated.data(), &address) == 1;
}

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
        if (!is_host_name(name)) return std::nullopt;
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
