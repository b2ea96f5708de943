// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/connection.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace warder::store::postgres {

/// The keywords of a connection (PostgreSQL manual, section 34.1.2), with defaults for what the URL and the environment leave
/// open.
class Keywords {
  public:
    /// @return on failure, an error that quotes nothing of the URL.
    static Pg<Keywords> parse(std::string const& url);

    [[nodiscard]] std::size_t hosts() const;
    /// Begins to connect to one of the hosts. libpq would try them in turn, but not the next one as long as one of them is
    /// silent.
    /// @return null if there is no memory.
    [[nodiscard]] PGconn* start(std::size_t host) const;

  private:
    std::map<std::string, std::string> values_;
};

}  // namespace warder::store::postgres
