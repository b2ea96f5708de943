// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unistd.h>

namespace warder::store {

/// Returns the name of this machine, which names its node for people.
[[nodiscard]] inline std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

/// Returns a name that differs from those of other servers, also on the same machine: `db1 (10.0.0.11:8441)`.
[[nodiscard]] inline std::string node_name(std::string_view address) { return host_name().append(" (").append(address).append(")"); }

}  // namespace warder::store
