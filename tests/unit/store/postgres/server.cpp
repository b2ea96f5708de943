// SPDX-License-Identifier: MIT
#include "store/postgres/server.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace warder::tests {
namespace {

/// Returns the directory of the newest version's programs, where Debian keeps them.
std::string find_programs() {
    std::vector<std::string> found;
    std::error_code missing;
    for (auto const& version : std::filesystem::directory_iterator{"/usr/lib/postgresql", missing})
        if (std::filesystem::exists(version.path() / "bin/initdb")) found.push_back((version.path() / "bin").string());
    if (found.empty()) throw std::runtime_error{"PostgreSQL is missing; install the package postgresql"};
    return *std::ranges::max_element(found);
}

}  // namespace

PostgresServer::PostgresServer() : programs_{find_programs()} {
    auto directory = (std::filesystem::temp_directory_path() / "warder-pg-XXXXXX").string();
    if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
    directory_ = directory;
    std::filesystem::permissions(directory_, std::filesystem::perms::all);
    run("initdb -D " + directory + "/data -U warder -A trust -E UTF8 --locale=C.UTF-8 -N");
    start();
}

PostgresServer::~PostgresServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

std::string PostgresServer::url(std::string const& schema, std::string const& user) const {
    return "postgresql://" + user + "@/postgres?host=" + directory_.string() + "&options=-csearch_path%3D" + schema;
}
std::string PostgresServer::url(std::string const& schema) const { return url(schema, "warder"); }

void PostgresServer::start() {
    run("pg_ctl start -w -s -D " + directory_.string() + "/data -l " + directory_.string() + "/log -o '-k " + directory_.string() +
        " -c listen_addresses= -c fsync=off -c max_connections=60'");
}

void PostgresServer::kill() { run("pg_ctl stop -s -m immediate -D " + directory_.string() + "/data"); }

/// Runs one of the programs, which refuse to run as root.
void PostgresServer::run(std::string const& command) const {
    auto const line = (geteuid() == 0 ? "cd / && setpriv --reuid=nobody --regid=nogroup --clear-groups " : "") + programs_ + "/" + command + " >>" +
                      directory_.string() + "/commands 2>&1";
    if (std::system(line.c_str()) != 0) throw std::runtime_error{"this failed: " + line};
}

}  // namespace warder::tests
