// SPDX-License-Identifier: MIT
#pragma once

#include "authority/sign_in/sessions.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace warder::tests {

/// Starts a session in memory, for which nobody has to wait.
inline authority::Sessions::NewSession begin(authority::Sessions& sessions, index::Account const& account,
                                             std::span<std::string_view const> ends = {}) {
    authority::Sessions::NewSession made;
    sessions.begin(account, ends, [&made](authority::Result<std::optional<authority::Sessions::NewSession>> begun) { made = std::move(**begun); });
    return made;
}

}  // namespace warder::tests
