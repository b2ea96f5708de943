// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace warder::metrics {

class Exposition;

/// Appends the families `process_…`, as clients of Prometheus have them, from `/proc`. Those that can't be read are omitted.
void append_process(Exposition& exposition);

/// What `/proc/self/stat` says of a process.
struct ProcessStat {
    double cpu_seconds = 0;
    double started_after_boot = 0;  ///< In seconds.
    double virtual_bytes = 0;
    double resident_bytes = 0;
};

/// Parses a line of `/proc/PID/stat`. Exposed for tests.
/// @return false if the line is incomplete.
[[nodiscard]] bool read_stat(std::string_view line, double ticks_per_second, double page_bytes, ProcessStat& stat);

}  // namespace warder::metrics
