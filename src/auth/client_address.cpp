// SPDX-License-Identifier: MIT
#include "auth/client_address.hpp"

#include "core/text/number.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace warder::auth {
namespace {

constexpr AddressBytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr std::size_t kLongestAddress = 45;

bool is_mapped(AddressBytes const& address) noexcept { return std::equal(kMapped.begin(), kMapped.begin() + 12, address.begin()); }

/// Parses an address without port or brackets.
std::optional<AddressBytes> read_plain(std::string_view text) noexcept {
    std::array<char, kLongestAddress + 1> terminated{};
    if (text.empty() || text.size() > kLongestAddress || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    AddressBytes address = kMapped;
    if (::inet_pton(AF_INET, terminated.data(), address.data() + 12) == 1) return address;
    if (::inet_pton(AF_INET6, terminated.data(), address.data()) == 1) return address;
    return std::nullopt;
}

bool is_port(std::string_view text) noexcept { return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, http::is_digit); }

/// Removes and returns the last element of a comma-separated list.
std::string_view take_last(std::string_view& list) noexcept {
    auto const comma = list.rfind(',');
    auto const entry = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    return http::trim(entry);
}

}  // namespace

std::optional<AddressBytes> read_address(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        auto const rest = text.substr(close + 1);
        auto const inner = text.substr(1, close - 1);
        if ((!rest.empty() && (!rest.starts_with(':') || !is_port(rest.substr(1)))) || inner.find(':') == std::string_view::npos) return std::nullopt;
        return read_plain(inner);
    }
    auto const colon = text.find(':');
    // A single colon separates a port; an IPv6 address has at least two.
    if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos)
        return is_port(text.substr(colon + 1)) ? read_plain(text.substr(0, colon)) : std::nullopt;
    return read_plain(text);
}

bool Network::contains(AddressBytes const& address) const noexcept {
    auto const whole = bits / 8;
    if (std::memcmp(base.data(), address.data(), whole) != 0) return false;
    auto const rest = bits % 8;
    return rest == 0 || ((base[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

std::optional<Network> read_network(std::string_view text) noexcept {
    auto const slash = text.find('/');
    auto const address = read_plain(text.substr(0, slash));
    if (!address) return std::nullopt;
    Network network{.base = *address};
    if (slash == std::string_view::npos) return network;
    auto const before = is_mapped(*address) && text.substr(0, slash).find(':') == std::string_view::npos ? kMappedBits : 0;
    auto const bits = core::read_number(text.substr(slash + 1), 0U, 128 - before);
    if (!bits) return std::nullopt;
    network.bits = before + *bits;
    for (auto bit = network.bits; bit < 128; ++bit)
        if ((network.base[bit / 8] >> (7 - bit % 8) & 1U) != 0) return std::nullopt;
    return network;
}

AddressBytes client_of(AddressBytes const& peer, http::Request const& request, std::span<Network const> trusted) noexcept {
    auto const is_trusted = [trusted](AddressBytes const& address) {
        return std::ranges::any_of(trusted, [&](Network const& network) { return network.contains(address); });
    };
    auto client = peer;
    for (auto field = request.field_count; field-- > 0;) {
        auto const& [name, value] = request.fields[field];
        if (!http::equal_ignoring_case(name, "x-forwarded-for")) continue;
        for (auto list = value; !list.empty();) {
            if (!is_trusted(client)) return client;
            auto const entry = read_address(take_last(list));
            if (!entry) return client;
            client = *entry;
        }
    }
    return client;
}

std::string_view public_host(http::Request const& request, bool is_from_trusted_proxy) noexcept {
    auto const host = request.find("host").value;
    if (!is_from_trusted_proxy) return host;
    auto const header = request.find("x-forwarded-host");
    auto list = header.value;
    auto const last = take_last(list);
    return header.count == 1 && !last.empty() && http::is_host_value(last) ? last : host;
}

}  // namespace warder::auth
