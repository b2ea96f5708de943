// SPDX-License-Identifier: MIT
#include "app/open_store.hpp"

#include "store/sqlite_store.hpp"
#include "store/users_json_store.hpp"

#include <filesystem>
#include <system_error>

namespace warder::app {

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(Config const& config, store::OpenMode mode,
                                                                              authority::KeyRingHolder const* keys, log::Logger& log) {
    switch (config.store_kind()) {
        case StoreKind::kUsersJson:
            return store::open_users_json(config.database(), mode, keys, log);
        case StoreKind::kSqlite:
            break;
    }
    return store::open_sqlite(config.database(), mode, log);
}

bool has_store(Config const& config) {
    if (config.store_kind() == StoreKind::kUsersJson) return store::is_written_by_us(config.database());
    std::error_code unclear;
    return std::filesystem::exists(config.database(), unclear) || unclear;
}

}  // namespace warder::app
