// SPDX-License-Identifier: MIT
#include "runtime/open_store.hpp"

#include "log/log.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/users_json/users_json_store.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace warder::runtime {

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StoreLocation const& location, store::OpenMode mode,
                                                                              index::KeyRingHandle const* keys, log::Logger& log) {
    switch (location.kind) {
        case StoreKind::kSqlite:
            return store::open_sqlite(location.file, mode, log);
        case StoreKind::kUsersJson:
            return store::open_users_json({.users = location.file, .audit = location.audit_file}, mode, keys, log);
    }
    std::unreachable();
}

bool has_store(StoreLocation const& location) {
    if (location.kind == StoreKind::kUsersJson) return store::is_written_by_us(location.file);
    std::error_code unclear;
    return std::filesystem::exists(location.file, unclear) || unclear;
}

std::vector<std::string> find_store_problems(StoreLocation const& location, store::OpenMode mode) {
    switch (location.kind) {
        case StoreKind::kSqlite:
            return store::find_sqlite_problems(location.file, mode);
        case StoreKind::kUsersJson:
            return store::find_users_json_problems({.users = location.file, .audit = location.audit_file}, mode);
    }
    std::unreachable();
}

}  // namespace warder::runtime
