// SPDX-License-Identifier: MIT
#include "cli/output/progress.hpp"

#include "cli/output/terminal.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace warder::cli {
namespace {

using std::chrono::milliseconds;

/// Commands that take less show nothing.
constexpr milliseconds kDelay{500};
constexpr milliseconds kPeriod{100};
/// Returns the cursor to the start of the line and erases it.
constexpr auto kErase = "\r\x1b[K";

bool can_rewrite_lines() {
    auto const* const term = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && term != nullptr && *term != '\0' && std::string_view{term} != "dumb";
}

std::uint64_t percent(std::uint64_t done, std::uint64_t total) { return total == 0 ? 100 : std::min(done, total) * 100 / total; }

std::string line(std::string_view what, std::string const& done, std::string const& total, std::uint64_t percent) {
    return std::string{what} + ": " + done + " of " + total + " (" + std::to_string(percent) + " %)";
}

/// Returns "17 KiB" or "1.5 GiB".
std::string size_text(std::uint64_t bytes) {
    constexpr auto kSizeUnits = std::to_array<char const*>({"bytes", "KiB", "MiB", "GiB", "TiB"});
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; amount >= 1024 && unit + 1 < kSizeUnits.size(); ++unit) amount /= 1024;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), unit == 0 || amount >= 10 ? "%.0f %s" : "%.1f %s", amount, kSizeUnits[unit]);
    return text.data();
}

void rewrite_line(std::stop_token const& stop, std::function<std::string()> const& describe) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    auto const is_over = [&](milliseconds pause) {
        stopped.wait_for(lock, stop, pause, [] { return false; });
        return stop.stop_requested();
    };
    bool is_shown = false;
    for (auto pause = kDelay; !is_over(pause); pause = kPeriod) {
        std::fprintf(stderr, "%s%s", kErase, describe().c_str());
        is_shown = true;
    }
    if (is_shown) std::fputs(kErase, stderr);
}

}  // namespace

Progress::Progress(std::function<std::string()> describe, ErrorFormat errors) {
    if (errors == ErrorFormat::kJson || !can_rewrite_lines()) return;
    SignalsForMainThread const while_the_thread_starts;
    try {
        thread_ = std::jthread{[describe = std::move(describe)](std::stop_token const& stop) { rewrite_line(stop, describe); }};
    } catch (std::system_error const&) {  // NOLINT(bugprone-empty-catch): see below
        // The command works without this thread, too.
    }
}

std::string count_progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
    return line(what, std::to_string(done), std::to_string(total), percent(done, total));
}

std::string size_progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
    return line(what, size_text(done), size_text(total), percent(done, total));
}

std::string elapsed_progress(std::string_view what, std::chrono::seconds elapsed, std::uint64_t bytes) {
    return std::string{what} + ": " + std::to_string(elapsed.count()) + " s for " + size_text(bytes);
}

}  // namespace warder::cli
