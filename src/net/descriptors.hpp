// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace warder::net {

/// Raises this process's soft limit on open files to the hard limit.
/// @return the resulting limit; 0 if it can't be read.
[[nodiscard]] std::size_t raise_descriptor_limit() noexcept;
/// Returns the number of file descriptors that this process has open; 0 if it can't be determined.
[[nodiscard]] std::size_t count_open_descriptors();

/// How many descriptors a server may use for connections.
struct DescriptorBudget {
    std::size_t connections = 0;  ///< Maximum number of connections that are served.
    std::size_t rejected = 0;     ///< Maximum number of further connections that get a "too many connections" response.
};

/// Reserves descriptors for the store, credential files, the control socket and name resolution, so that clients can't
/// exhaust them.
/// @param wanted  the budget if there are enough descriptors. @param open  descriptors in use already.
/// @param threads  number of server threads. @param per_connection  descriptors for each connection: 2 if it may be
/// forwarded.
[[nodiscard]] DescriptorBudget fit_to_descriptors(DescriptorBudget wanted, std::size_t limit, std::size_t open, unsigned threads,
                                                  std::size_t per_connection) noexcept;

}  // namespace warder::net
