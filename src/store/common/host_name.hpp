// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <unistd.h>

namespace warder::store {

/// Returns the name of this machine, which names its node for people.
[[nodiscard]] inline std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace warder::store
