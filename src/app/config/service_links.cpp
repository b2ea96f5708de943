// SPDX-License-Identifier: MIT
#include "app/config/service_links.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <array>

namespace warder::app {
namespace {

/// Returns whether the text is a protocol such as `_TCP`, with a suffix that Kubernetes and Docker add for a part of
/// the address or for an end of a published range.
bool is_protocol_part(std::string_view text) noexcept {
    constexpr auto kProtocols = std::to_array<std::string_view>({"_TCP", "_UDP", "_SCTP"});
    constexpr auto kParts = std::to_array<std::string_view>({"", "_ADDR", "_PORT", "_PROTO", "_START", "_END", "_PORT_START", "_PORT_END"});
    auto const protocol = std::ranges::find_if(kProtocols, [text](auto name) { return text.starts_with(name); });
    return protocol != kProtocols.end() && std::ranges::find(kParts, text.substr(protocol->size())) != kParts.end();
}

/// Returns whether the variable contains the number of a port: `…_PORT_8441_TCP_ADDR`.
bool names_port(std::string_view variable) noexcept {
    constexpr std::string_view kPort = "_PORT_";
    for (auto at = variable.find(kPort); at != std::string_view::npos; at = variable.find(kPort, at + 1)) {
        auto rest = variable.substr(at + kPort.size());
        auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(rest, core::is_digit) - rest.begin());
        if (digits > 0 && digits <= 5 && is_protocol_part(rest.substr(digits))) return true;
    }
    return false;
}

/// Returns whether the value has the form "/container/alias".
bool is_link_name(std::string_view value) noexcept {
    auto const second = value.find('/', 1);
    return value.starts_with('/') && second != std::string_view::npos && second > 1 && second + 1 < value.size();
}

}  // namespace

bool is_service_link(std::string_view variable, std::string_view value) noexcept {
    if (variable.ends_with("_SERVICE_HOST") || variable.ends_with("_SERVICE_PORT") || variable.ends_with("_PORT")) return true;
    if (variable.find("_SERVICE_PORT_") != std::string_view::npos || variable.find("_ENV_") != std::string_view::npos) return true;
    return names_port(variable) || (variable.ends_with("_NAME") && is_link_name(value));
}

}  // namespace warder::app
