// SPDX-License-Identifier: MIT
#include "auth/client_address.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace warder::auth {
namespace {

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
        return parse_address(inner);
    }
    auto const colon = text.find(':');
    // A single colon separates a port; an IPv6 address has at least two.
    if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos)
        return is_port(text.substr(colon + 1)) ? parse_address(text.substr(0, colon)) : std::nullopt;
    return parse_address(text);
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
