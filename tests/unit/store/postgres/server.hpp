// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace warder::tests {

/// A PostgreSQL server of the tests: Debian's, with an empty cluster in a temporary directory, reachable only through a
/// socket there. Stopped and removed on destruction.
class PostgresServer {
  public:
    PostgresServer();
    ~PostgresServer();
    PostgresServer(PostgresServer const&) = delete;
    PostgresServer& operator=(PostgresServer const&) = delete;

    /// Returns the server that the tests of this process share, which starts on first use.
    static PostgresServer& shared();

    /// Returns the connection URL of the superuser with this schema.
    [[nodiscard]] std::string url(std::string const& schema) const;
    /// @param user  a role that may sign in.
    [[nodiscard]] std::string url(std::string const& schema, std::string const& user) const;
    void start();
    /// Ends all processes of the server at once.
    void kill();

  private:
    void run(std::string const& command) const;

    std::filesystem::path directory_;
    std::string programs_;
};

}  // namespace warder::tests
