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

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StoreLocation const& place, store::OpenMode mode,
                                                                              index::KeyRingHandle const* keys, log::Logger& log) {
    switch (place.kind) {
        case StoreKind::kSqlite:
            return store::open_sqlite(place.file, mode, log);
        case StoreKind::kUsersJson:
            return store::open_users_json({.users = place.file, .audit = place.audit_file}, mode, keys, log);
    }
    std::unreachable();
}

bool has_store(StoreLocation const& place) {
    if (place.kind == StoreKind::kUsersJson) return store::is_written_by_us(place.file);
    std::error_code unclear;
    return std::filesystem::exists(place.file, unclear) || unclear;
}

std::vector<std::string> find_store_problems(StoreLocation const& place, store::OpenMode mode) {
    switch (place.kind) {
        case StoreKind::kSqlite:
            return store::find_sqlite_problems(place.file, mode);
        case StoreKind::kUsersJson:
            return store::find_users_json_problems({.users = place.file, .audit = place.audit_file}, mode);
    }
    std::unreachable();
}

}  // namespace warder::runtime
