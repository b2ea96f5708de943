// SPDX-License-Identifier: MIT
#pragma once

#include "cli/output/command_result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace warder::cli {

/// Shows on standard error how far a command is, as long as the object lives: one line, from half a second on, rewritten
/// ten times a second and erased at the end. Shows nothing unless standard error is a terminal.
class Progress {
  public:
    /// @param describe  returns the line; called from a thread of its own, so what it reads must be constant or atomic.
    /// @param errors    if they are JSON, nothing else is shown among them.
    Progress(std::function<std::string()> describe, ErrorFormat errors);

  private:
    std::jthread thread_;  ///< Its end erases the line.
};

/// Returns "importing tokens: 1500 of 20000 (7 %)".
[[nodiscard]] std::string count_progress(std::string_view what, std::uint64_t done, std::uint64_t total);
/// Returns "copying the store: 9.5 MiB of 120 MiB (7 %)".
[[nodiscard]] std::string size_progress(std::string_view what, std::uint64_t done, std::uint64_t total);
/// Returns "checking the store: 12 s for 1.5 GiB", for work of which nobody knows how much is left.
[[nodiscard]] std::string elapsed_progress(std::string_view what, std::chrono::seconds elapsed, std::uint64_t bytes);

}  // namespace warder::cli
