// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warder {

/// An IPv6 address in network byte order, or an IPv4 address in its mapped form ::ffff:a.b.c.d.
using IpAddress = std::array<std::uint8_t, 16>;

/// Returns the address as text: IPv4 in dotted form, IPv6 in its short form (RFC 5952).
[[nodiscard]] std::string address_text(IpAddress const& address);
/// Parses an IPv4 or IPv6 address without port, brackets and zone id.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text) noexcept;

/// A network: all addresses that share a prefix.
struct Network {
    IpAddress base{};
    unsigned bits = 128;  ///< Prefix length, in bits of the IPv4-mapped (IPv6) form.

    /// Returns whether the address is in the network. IPv4 addresses are in IPv4 networks only, however they are written.
    [[nodiscard]] bool contains(IpAddress const& address) const noexcept;
    friend bool operator==(Network const&, Network const&) noexcept = default;
};

/// Why a text is not a network.
enum class NetworkError : std::uint8_t {
    kNotAnAddress,
    kZone,         ///< It has a zone id, as in `fe80::1%eth0`.
    kBadLength,    ///< The prefix length is not a number from 0 to 32 (IPv4) or 128 (IPv6).
    kHasHostBits,  ///< A bit after the prefix is set.
};

/// Parses an address, or a network in the form `ADDRESS/BITS` (RFC 4632 §3.1, RFC 4291 §2.3) whose bits after the prefix are
/// 0. IPv4-mapped IPv6 addresses are IPv4 addresses.
[[nodiscard]] std::expected<Network, NetworkError> read_network(std::string_view text) noexcept;
/// Returns the network that an address with a prefix length is in; nullopt if the text is not one.
[[nodiscard]] std::optional<Network> enclosing_network(std::string_view text) noexcept;
/// Returns the one canonical text of a network: IPv4 in dotted form, IPv6 as in RFC 5952, and no prefix length for a single
/// address.
[[nodiscard]] std::string network_text(Network const& network);

inline constexpr std::size_t kMaxNetworks = 32;

/// Why a list of networks is not valid.
struct NetworkListError {
    enum class Kind : std::uint8_t { kNetwork, kEmpty, kTooMany } kind = Kind::kNetwork;
    std::size_t index = 0;   ///< Index of the invalid entry; 0 unless `kind` is `kNetwork`.
    NetworkError network{};  ///< Set for `kNetwork`.
};

class NetworkList;
/// Shared, because tokens with the same list share one copy. Null means any address.
using Networks = std::shared_ptr<NetworkList const>;

/// A non-empty list of networks. Immutable.
class NetworkList {
    struct Private {};

  public:
    /// Parses a list.
    /// @param texts  1 to `kMaxNetworks` addresses and networks.
    /// @return the list, or which entry or which limit is wrong.
    [[nodiscard]] static std::expected<Networks, NetworkListError> parse(std::span<std::string const> texts);

    explicit NetworkList(Private) {}

    /// Returns whether one of the networks contains the address. An IPv4 address is in IPv4 networks only, however it is
    /// written. Doesn't allocate.
    [[nodiscard]] bool contains(IpAddress const& address) const noexcept;
    [[nodiscard]] std::span<Network const> networks() const noexcept { return networks_; }

    /// Returns whether both lists contain the same networks in the same order.
    friend bool operator==(NetworkList const& a, NetworkList const& b) noexcept { return a.networks_ == b.networks_; }

  private:
    std::vector<Network> networks_;
};

/// Returns whether both are null or contain the same networks in the same order.
[[nodiscard]] inline bool is_same(Networks const& a, Networks const& b) noexcept { return a == b || (a && b && *a == *b); }

}  // namespace warder
