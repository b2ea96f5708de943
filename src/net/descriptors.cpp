// SPDX-License-Identifier: MIT
#include "net/descriptors.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sys/resource.h>
#include <system_error>

namespace warder::net {
namespace {

/// A write to users.json has six files open at a time; a reload and the control socket have two each.
constexpr std::size_t kReserve = 12;
constexpr std::size_t kReservePerThread = 2;  // a credential file and the socket of a DNS lookup
constexpr std::size_t kMinRejected = 4;

}  // namespace

std::size_t raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    rlimit const raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
    return limit.rlim_cur;
}

std::size_t count_open_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator const open{"/proc/self/fd", error};
    if (error) return 0;
    return static_cast<std::size_t>(std::distance(begin(open), end(open))) - 1;  // the one that reads the directory
}

DescriptorBudget fit_to_descriptors(DescriptorBudget wanted, std::size_t limit, std::size_t open, unsigned threads,
                                    std::size_t per_connection) noexcept {
    auto const kept = open + kReserve + kReservePerThread * threads;
    auto const left = limit > kept ? limit - kept : 0;
    if (left >= wanted.connections * per_connection + wanted.rejected) return wanted;
    auto const rejected = std::min({kMinRejected, wanted.rejected, left / 4});
    return {.connections = std::min(wanted.connections, std::max<std::size_t>(1, (left - rejected) / per_connection)), .rejected = rejected};
}

}  // namespace warder::net
