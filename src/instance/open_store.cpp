// SPDX-License-Identifier: MIT
#include "instance/open_store.hpp"

#include "log/log.hpp"
#include "store/sqlite_check.hpp"
#include "store/sqlite_store.hpp"
#include "store/users_json_store.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace warder::instance {

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StorePlace const& place, store::OpenMode mode,
                                                                              authority::KeyRingHolder const* keys, log::Logger& log) {
    switch (place.kind) {
        case StoreKind::kSqlite:
            return store::open_sqlite(place.file, mode, log);
        case StoreKind::kUsersJson:
            return store::open_users_json({.users = place.file, .audit = place.audit_file}, mode, keys, log);
    }
    std::unreachable();
}

bool has_store(StorePlace const& place) {
    if (place.kind == StoreKind::kUsersJson) return store::is_written_by_us(place.file);
    std::error_code unclear;
    return std::filesystem::exists(place.file, unclear) || unclear;
}

std::vector<std::string> find_store_faults(StorePlace const& place, store::OpenMode mode) {
    switch (place.kind) {
        case StoreKind::kSqlite:
            return store::find_sqlite_faults(place.file, mode);
        case StoreKind::kUsersJson:
            return store::find_users_json_faults({.users = place.file, .audit = place.audit_file}, mode);
    }
    std::unreachable();
}

}  // namespace warder::instance
