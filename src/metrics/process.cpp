// SPDX-License-Identifier: MIT
#include "metrics/process.hpp"

#include "metrics/exposition.hpp"

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace warder::metrics {
namespace {

std::string read_text(char const* path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// Returns the time of the boot, in seconds since the epoch.
std::optional<double> boot_time() {
    constexpr std::string_view kKey = "\nbtime ";
    auto const text = read_text("/proc/stat");
    auto const at = text.find(kKey);
    if (at == std::string::npos) return std::nullopt;
    double seconds = 0;
    auto const* const begin = text.data() + at + kKey.size();
    if (std::from_chars(begin, text.data() + text.size(), seconds).ec != std::errc{}) return std::nullopt;
    return seconds;
}

std::optional<std::ptrdiff_t> count_open_files() {
    std::error_code error;
    std::filesystem::directory_iterator const open{"/proc/self/fd", error};
    if (error) return std::nullopt;
    return std::distance(begin(open), end(open)) - 1;  // without the one that reads the directory
}

/// Returns a limit; without one, the largest number of the system, as other clients do.
double limit_of(__rlimit_resource_t resource) {
    rlimit limit{};
    if (getrlimit(resource, &limit) != 0) return 0;
    return static_cast<double>(limit.rlim_cur);
}

}  // namespace

bool read_stat(std::string_view line, double ticks_per_second, double page_bytes, ProcessStat& stat) {
    // The name of the program may contain anything, so the fields are counted from its end. The first is number 3.
    auto const name_end = line.rfind(')');
    if (name_end == std::string_view::npos) return false;
    std::vector<double> fields;
    for (auto rest = line.substr(name_end + 1); !rest.empty();) {
        auto const begin = rest.find_first_not_of(' ');
        if (begin == std::string_view::npos) break;
        rest.remove_prefix(begin);
        auto const end = std::min(rest.find(' '), rest.size());
        double value = 0;
        auto const field = rest.substr(0, end);
        std::from_chars(field.data(), field.data() + field.size(), value);  // the state is a letter, and 0 here
        fields.push_back(value);
        rest.remove_prefix(end);
    }
    constexpr std::size_t kFirst = 3;
    constexpr std::size_t kUserTime = 14;
    constexpr std::size_t kSystemTime = 15;
    constexpr std::size_t kStart = 22;
    constexpr std::size_t kVirtual = 23;
    constexpr std::size_t kResident = 24;
    if (fields.size() <= kResident - kFirst) return false;
    stat = {.cpu_seconds = (fields[kUserTime - kFirst] + fields[kSystemTime - kFirst]) / ticks_per_second,
            .started_after_boot = fields[kStart - kFirst] / ticks_per_second,
            .virtual_bytes = fields[kVirtual - kFirst],
            .resident_bytes = fields[kResident - kFirst] * page_bytes};
    return true;
}

void append_process(Exposition& exposition) {
    auto const add = [&](std::string_view name, Type type, std::string_view help, double value) {
        exposition.begin(name, type, help);
        exposition.add({}, value);
    };
    ProcessStat stat;
    if (read_stat(read_text("/proc/self/stat"), static_cast<double>(sysconf(_SC_CLK_TCK)), static_cast<double>(sysconf(_SC_PAGESIZE)), stat)) {
        add("process_cpu_seconds_total", Type::kCounter, "Total user and system CPU time spent in seconds.", stat.cpu_seconds);
        add("process_virtual_memory_bytes", Type::kGauge, "Virtual memory size in bytes.", stat.virtual_bytes);
        add("process_resident_memory_bytes", Type::kGauge, "Resident memory size in bytes.", stat.resident_bytes);
        if (auto const boot = boot_time())
            add("process_start_time_seconds", Type::kGauge, "Start time of the process since unix epoch in seconds.",
                *boot + stat.started_after_boot);
    }
    add("process_virtual_memory_max_bytes", Type::kGauge, "Maximum amount of virtual memory available in bytes.", limit_of(RLIMIT_AS));
    if (auto const open = count_open_files()) add("process_open_fds", Type::kGauge, "Number of open file descriptors.", static_cast<double>(*open));
    add("process_max_fds", Type::kGauge, "Maximum number of open file descriptors.", limit_of(RLIMIT_NOFILE));
}

}  // namespace warder::metrics
