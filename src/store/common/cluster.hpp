// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace warder::store {

/// How a server follows a database that it shares with others.
struct ClusterSettings {
    /// A server that can't prove its token index to be younger accepts no tokens.
    std::chrono::milliseconds max_staleness{std::chrono::seconds{30}};
    /// How often to ask for changes if the database sends no notifications; zero: it does.
    std::chrono::milliseconds poll{0};
    /// The name of this server, for people: that of the machine and, for those who run several on it, the address.
    std::string node{};
};

}  // namespace warder::store
