// SPDX-License-Identifier: MIT
#include "app/config/values.hpp"

#include "core/plain_seconds.hpp"
#include "core/try.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

constexpr std::size_t kLongestShown = 256;
constexpr Seconds kLongestTime{86'400};

/// @param right  the description of valid values, returned if the text is invalid.
SetResult set_duration(std::chrono::milliseconds& target, std::string const& text, Seconds shortest, char const* right) {
    auto const duration = core::read_duration_or_seconds(text);
    if (!duration || *duration < shortest || *duration > kLongestTime) return std::unexpected{right};
    target = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
    return {};
}

}  // namespace

SetResult set_flag(bool& target, std::string const& text) {
    if (text != "true" && text != "false") return std::unexpected{"true or false"};
    target = text == "true";
    return {};
}

SetResult set_time(std::chrono::milliseconds& target, std::string const& text) {
    return set_duration(target, text, Seconds{0.1}, R"(a duration like "10 s", or a number of seconds, from "0.1 s" to "1 day")");
}

SetResult set_delay(std::chrono::milliseconds& target, std::string const& text) {
    return set_duration(target, text, Seconds{0}, R"(a duration like "10 s", or a number of seconds, from "0 s" to "1 day")");
}

SetResult set_address(net::ListenAddress& target, std::string const& text) {
    constexpr auto kRight = R"(an address and a port like "127.0.0.1:8441" or "[::1]:8441")";
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) return std::unexpected{kRight};
    auto host = text.substr(0, colon);
    auto const is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    int const family = is_bracketed ? AF_INET6 : AF_INET;
    std::array<unsigned char, 16> address{};
    std::array<char, INET6_ADDRSTRLEN> written{};
    if (inet_pton(family, host.c_str(), address.data()) != 1) return std::unexpected{kRight};
    // The canonical form makes a comparison of texts equal to a comparison of addresses.
    if (inet_ntop(family, address.data(), written.data(), written.size()) == nullptr) return std::unexpected{kRight};
    std::uint16_t port = 0;
    WARDER_TRY_VOID(set_integer(port, text.substr(colon + 1), 0, 65'535));
    target = {.host = written.data(), .port = port};
    return {};
}

SetResult set_pem_file(std::filesystem::path& target, std::string const& text) {
    if (text.empty()) return std::unexpected{"the path of a PEM file"};
    target = text;
    return {};
}

std::optional<std::uint64_t> read_size(std::string_view text, std::uint64_t low, std::uint64_t high) {
    constexpr auto kUnits = std::to_array<std::pair<std::string_view, unsigned>>({{" KiB", 10}, {" MiB", 20}, {" GiB", 30}});
    for (auto const& [unit, shift] : kUnits) {
        if (!text.ends_with(unit)) continue;
        auto const count = core::read_number<std::uint64_t>(text.substr(0, text.size() - unit.size()), 1, high >> shift);
        if (!count || *count << shift < low) return std::nullopt;
        return *count << shift;
    }
    return std::nullopt;
}

std::string quote(std::string_view text) { return http::quote_for_log(text, kLongestShown); }

std::string in_quotes(std::string_view text) { return '"' + quote(text) + '"'; }

}  // namespace warder::app
