// SPDX-License-Identifier: MIT
#pragma once

#include "authority/clock_confirmation.hpp"

#include <filesystem>
#include <optional>

/// The file in which the data directory keeps what is known about the clock. It is independent of the kind of store.
namespace warder::runtime {

/// @return the saved record; nullopt if the file is missing or invalid. Then the store provides the latest time.
[[nodiscard]] std::optional<authority::ClockRecord> load_clock_record(std::filesystem::path const& path);

/// Replaces the file atomically and durably. @return 0, or an `errno`.
[[nodiscard]] int save_clock_record(std::filesystem::path const& path, authority::ClockRecord const& record);

}  // namespace warder::runtime
