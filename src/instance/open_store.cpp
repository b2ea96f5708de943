// SPDX-License-Identifier: MIT
#include "instance/open_store.hpp"

#include "store/sqlite_check.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace warder::instance {

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StorePlace const& place, store::OpenMode mode, log::Logger& log) {
    switch (place.kind) {
        case StoreKind::kSqlite:
            return store::open_sqlite(place.file, mode, log);
    }
    std::unreachable();
}

bool has_store(StorePlace const& place) {
    std::error_code unclear;
    return std::filesystem::exists(place.file, unclear) || unclear;
}

std::vector<std::string> find_store_faults(StorePlace const& place) {
    switch (place.kind) {
        case StoreKind::kSqlite:
            return store::find_sqlite_faults(place.file);
    }
    std::unreachable();
}

}  // namespace warder::instance
