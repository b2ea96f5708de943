// SPDX-License-Identifier: MIT
#include "warder/network.hpp"

#include "core/network_message.hpp"
#include "core/text/number.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace warder {
namespace {

constexpr IpAddress kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAddressBits = 128;
constexpr std::size_t kLongestAddress = 45;

bool is_mapped(IpAddress const& address) noexcept { return std::equal(kMapped.begin(), kMapped.begin() + kMappedBits / 8, address.begin()); }

/// Clears the bits after the prefix.
/// @return whether one was set.
bool clear_host_bits(Network& network) noexcept {
    bool was_set = false;
    for (auto bit = network.bits; bit < kAddressBits; ++bit) {
        auto& byte = network.base[bit / 8];
        auto const mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        was_set = was_set || (byte & mask) != 0;
        byte = static_cast<std::uint8_t>(byte & ~mask);
    }
    return was_set;
}

/// Parses a network whose bits after the prefix may be set.
std::expected<Network, NetworkError> read_prefixed(std::string_view text) noexcept {
    auto const slash = text.find('/');
    auto const before = text.substr(0, slash);
    auto const address = parse_address(before);
    if (!address) {
        bool const has_zone = before.find('%') != std::string_view::npos && parse_address(before.substr(0, before.find('%')));
        return std::unexpected{has_zone ? NetworkError::kZone : NetworkError::kNotAnAddress};
    }
    Network network{.base = *address};
    if (slash == std::string_view::npos) return network;
    auto const length = text.substr(slash + 1);
    auto const offset = before.find(':') == std::string_view::npos ? kMappedBits : 0;
    auto const bits = core::read_number(length, 0U, kAddressBits - offset);
    if (!bits || (length.size() > 1 && length.starts_with('0'))) return std::unexpected{NetworkError::kBadLength};
    network.bits = offset + *bits;
    return network;
}

std::string explain(NetworkError error, std::string_view text) {
    switch (error) {
        case NetworkError::kNotAnAddress:
            break;
        case NetworkError::kZone:
            return "a zone id is not allowed; omit it.";
        case NetworkError::kBadLength:
            return "the prefix length must be a number from 0 to 32 for IPv4, and from 0 to 128 for IPv6.";
        case NetworkError::kHasHostBits:
            return "bits after the prefix length must be 0; the network is \"" + network_text(enclosing_network(text).value_or(Network{})) + "\".";
    }
    return R"(an entry is an address or a network, such as "192.0.2.7", "10.0.0.0/8", "2001:db8::/32" or "::1".)";
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) noexcept {
    std::array<char, kLongestAddress + 1> terminated{};
    if (text.empty() || text.size() > kLongestAddress || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    auto address = kMapped;
    if (::inet_pton(AF_INET, terminated.data(), address.data() + kMappedBits / 8) == 1) return address;
    if (::inet_pton(AF_INET6, terminated.data(), address.data()) == 1) return address;
    return std::nullopt;
}

std::string address_text(IpAddress const& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (!is_mapped(address)) {
        ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
        return text.data();
    }
    // Not inet_ntop, which formats IPv4 with sprintf: the gateway sends an address with each request.
    auto* end = text.data();
    for (auto byte = address.begin() + kMappedBits / 8; byte != address.end(); ++byte) {
        if (end != text.data()) *end++ = '.';
        end = std::to_chars(end, text.data() + text.size(), *byte).ptr;
    }
    return {text.data(), end};
}

bool Network::contains(IpAddress const& address) const noexcept {
    if (bits < kMappedBits && is_mapped(address)) return false;  // ::/0 contains IPv6 addresses only
    auto const whole = bits / 8;
    if (std::memcmp(base.data(), address.data(), whole) != 0) return false;
    auto const rest = bits % 8;
    return rest == 0 || ((base[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

std::expected<Network, NetworkError> read_network(std::string_view text) noexcept {
    auto network = read_prefixed(text);
    if (network && clear_host_bits(*network)) return std::unexpected{NetworkError::kHasHostBits};
    return network;
}

std::optional<Network> enclosing_network(std::string_view text) noexcept {
    auto network = read_prefixed(text);
    if (!network) return std::nullopt;
    clear_host_bits(*network);
    return *network;
}

std::string network_text(Network const& network) {
    auto text = address_text(network.base);
    if (network.bits == kAddressBits) return text;
    bool const is_ipv4 = network.bits >= kMappedBits && is_mapped(network.base);
    return text.append("/").append(std::to_string(network.bits - (is_ipv4 ? kMappedBits : 0)));
}

std::expected<Networks, NetworkListError> NetworkList::parse(std::span<std::string const> texts) {
    using Kind = NetworkListError::Kind;
    if (texts.empty()) return std::unexpected{NetworkListError{.kind = Kind::kEmpty}};
    if (texts.size() > kMaxNetworks) return std::unexpected{NetworkListError{.kind = Kind::kTooMany}};
    auto list = std::make_shared<NetworkList>(Private{});
    for (auto const& text : texts) {
        auto const network = read_network(text);
        if (!network) return std::unexpected{NetworkListError{.index = list->networks_.size(), .network = network.error()}};
        list->networks_.push_back(*network);
    }
    return list;
}

bool NetworkList::contains(IpAddress const& address) const noexcept {
    return std::ranges::any_of(networks_, [&address](Network const& network) { return network.contains(address); });
}

std::string core::message(NetworkListError const& error, std::span<std::string const> texts, std::string (*quote)(std::string_view)) {
    switch (error.kind) {
        case NetworkListError::Kind::kEmpty:
            return R"(The list "allowed_from" is empty, which would allow no address; for any address, omit it, or set it to null in a PATCH.)";
        case NetworkListError::Kind::kTooMany:
            return R"(The list "allowed_from" has too many entries; the maximum is )" + std::to_string(kMaxNetworks) + ".";
        case NetworkListError::Kind::kNetwork:
            break;
    }
    std::string message = "Entry " + std::to_string(error.index + 1) + R"( of "allowed_from", )";
    return message.append(quote(texts[error.index])).append(": ").append(explain(error.network, texts[error.index]));
}

}  // namespace warder
