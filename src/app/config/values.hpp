// SPDX-License-Identifier: MIT
#pragma once

#include "core/text/edit_distance.hpp"
#include "core/text/number.hpp"
#include "net/listener.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Parsers for the types of settings. A setter stores the value or, if it is invalid, leaves the target unchanged.
namespace warder::app {

/// On failure, what would be valid.
using SetResult = std::expected<void, std::string>;

template <class Target, class Integer>
SetResult set_integer(Target& target, std::string const& text, Integer low, Integer high) {
    auto const value = core::read_number<Integer>(text, low, high);
    if (!value) return std::unexpected{"a whole number from " + std::to_string(low) + " to " + std::to_string(high)};
    target = static_cast<Target>(*value);
    return {};
}

[[nodiscard]] SetResult set_flag(bool& target, std::string const& text);

/// Sets a time limit: 0.1 s to 1 day.
[[nodiscard]] SetResult set_time(std::chrono::milliseconds& target, std::string const& text);

/// Sets a delay: 0 s, which means none, to 1 day.
[[nodiscard]] SetResult set_delay(std::chrono::milliseconds& target, std::string const& text);

/// Sets an address and a port: `127.0.0.1:8441`, `[::1]:0`, `localhost:8441`. The host is stored in its canonical form:
/// `[0::1]` becomes `::1`.
[[nodiscard]] SetResult set_address(net::ListenAddress& target, std::string const& text);

/// Sets the name of a PEM file. Doesn't open the file.
[[nodiscard]] SetResult set_pem_file(std::filesystem::path& target, std::string const& text);

/// Parses a size such as "64 KiB" or "1 GiB". @return the number of bytes; nullopt if it is invalid or out of bounds.
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text, std::uint64_t low, std::uint64_t high);

using core::edit_distance;

/// Returns untrusted text in a form that is safe in messages: printable and truncated.
[[nodiscard]] std::string quote(std::string_view text);
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace warder::app
