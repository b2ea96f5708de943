// SPDX-License-Identifier: MIT
#pragma once

#include "net/listener.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Values as texts: what each kind of setting takes. A setter puts the value where it belongs, or leaves that alone and says what would be right.
namespace warder::app {

template <class Integer>
std::optional<Integer> to_integer(std::string_view text, Integer low, Integer high) {
    Integer value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
    return value;
}

template <class Target, class Integer>
std::optional<std::string> set_integer(Target& target, std::string const& text, Integer low, Integer high) {
    auto const value = to_integer<Integer>(text, low, high);
    if (!value) return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    target = static_cast<Target>(*value);
    return std::nullopt;
}

[[nodiscard]] std::optional<std::string> set_flag(bool& target, std::string const& text);

/// How long something may take: 0.1 s to 1 day.
[[nodiscard]] std::optional<std::string> set_time(std::chrono::milliseconds& target, std::string const& text);

/// How long something is put off: 0 s, which means not at all, to 1 day.
[[nodiscard]] std::optional<std::string> set_delay(std::chrono::milliseconds& target, std::string const& text);

/// An address and a port: `127.0.0.1:8441`, `[::1]:0`, `localhost:8441`. The host is kept as systems write it: `[0::1]` is `::1`.
[[nodiscard]] std::optional<std::string> set_address(net::ListenAddress& target, std::string const& text);

/// A PEM file, which is not looked at.
[[nodiscard]] std::optional<std::string> set_pem_file(std::filesystem::path& target, std::string const& text);

/// "64 KiB", "1 GiB" in bytes, if it is one within the bounds.
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text, std::uint64_t low, std::uint64_t high);

/// How many letters have to be changed, added, left out or swapped with their neighbour (optimal string alignment).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// Text from the outside as a complaint may repeat it: printable and cut.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace warder::app
