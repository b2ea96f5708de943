// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace warder::net {

/// Raises this process's limit on open files to what it may have. @return the limit.
[[nodiscard]] std::size_t raise_descriptor_limit() noexcept;
/// How many files, sockets and the like this process has open now.
[[nodiscard]] std::size_t count_open_descriptors();

/// What a server may use of the descriptors.
struct DescriptorBudget {
    std::size_t connections = 0;  ///< At most so many that are served.
    std::size_t refused = 0;      ///< Beside those, so many that are told that there are too many.
};

/// Keeps back what the store, credential files, the control socket and name resolution need, so that clients can't take the last descriptor.
/// @param wanted  the budget if there are enough. @param open  descriptors that are in use already. @param threads  of the server.
/// @param per_connection  descriptors that a connection takes: two if it may be forwarded.
[[nodiscard]] DescriptorBudget fit_to_descriptors(DescriptorBudget wanted, std::size_t limit, std::size_t open, unsigned threads,
                                                  std::size_t per_connection) noexcept;

}  // namespace warder::net
