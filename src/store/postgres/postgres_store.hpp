// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/common/cluster.hpp"
#include "store/common/open.hpp"
#include "warder/store.hpp"

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace warder::store {

[[nodiscard]] authority::StoreCapabilities postgres_capabilities() noexcept;

/// Returns whether the database has, or may have, Warder's schema: it may if it can't be asked.
[[nodiscard]] bool has_postgres_schema(std::string const& url);

/// Opens the store in a PostgreSQL database, whose schema is created or upgraded if necessary.
/// @param url  of libpq; it may contain a password, and no message or log line contains the URL.
std::expected<std::unique_ptr<authority::Store>, OpenError> open_postgres(std::string const& url, OpenMode mode, ClusterSettings const& settings,
                                                                          log::Logger& log);

/// Returns everything that is wrong with the database, one sentence each: it can't be reached, its schema is missing or of
/// another version, or records in it can't be read. Changes nothing.
[[nodiscard]] std::vector<std::string> find_postgres_problems(std::string const& url);

}  // namespace warder::store
