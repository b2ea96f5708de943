// SPDX-License-Identifier: MIT
#include "runtime/open_store.hpp"

#include "files/replaceable.hpp"
#include "log/log.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/users_json/users_json_store.hpp"

#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace warder::runtime {
namespace {

using store::OpenMode;
using store::PostgresUrl;
using store::SqlitePath;
using store::UsersJsonPath;
using Problems = std::vector<std::string>;

/// What each kind of store does in a function of its own. A new kind adds its alternative to `StoreUrl` and one
/// overload to each of these.
struct Opening {
    OpenMode mode;
    index::KeyRingHandle const* keys;
    log::Logger* log;
    store::ClusterSettings const* cluster;

    auto operator()(SqlitePath const& url) const { return store::open_sqlite(url.file, mode, *log); }
    auto operator()(UsersJsonPath const& url) const { return store::open_users_json(url, mode, keys, *log); }
    auto operator()(PostgresUrl const& url) const { return store::open_postgres(url.url, mode, *cluster, *log); }
};

struct Capabilities {
    authority::StoreCapabilities operator()(SqlitePath const&) const noexcept { return store::sqlite_capabilities(); }
    authority::StoreCapabilities operator()(UsersJsonPath const&) const noexcept { return store::users_json_capabilities(); }
    authority::StoreCapabilities operator()(PostgresUrl const&) const noexcept { return store::postgres_capabilities(); }
};

struct Presence {
    bool operator()(SqlitePath const& url) const {
        std::error_code unclear;
        return std::filesystem::exists(url.file, unclear) || unclear;
    }
    bool operator()(UsersJsonPath const& url) const { return store::is_written_by_us(url.file); }
    bool operator()(PostgresUrl const& url) const { return store::has_postgres_schema(url.url); }
};

struct Check {
    OpenMode mode;

    Problems operator()(SqlitePath const& url) const {
        return with(store::find_sqlite_problems(url.file, mode), files::validate_not_mounted_alone(url.file));
    }
    Problems operator()(UsersJsonPath const& url) const {
        return with(store::find_users_json_problems(url, mode), files::validate_replaceable(url.file));
    }
    Problems operator()(PostgresUrl const& url) const { return store::find_postgres_problems(url.url); }

  private:
    static Problems with(Problems problems, std::expected<void, std::string> result) {
        if (!result) problems.push_back(std::move(result.error()));
        return problems;
    }
};

struct Copier {
    std::filesystem::path const* key_file;

    std::expected<CopyStore, std::string> operator()(SqlitePath const& url) const {
        return [from = url.file](std::filesystem::path const& data_dir) {
            auto const to = store::parse_store_url(store::kDefaultStoreUrl, data_dir);
            return store::copy_sqlite(from, *store::file_of(*to));
        };
    }
    std::expected<CopyStore, std::string> operator()(PostgresUrl const& url) const {
        return std::unexpected{"a backup of " + store::describe(url) +
                               " is made with pg_dump, and is useless without the file of keys.encryption_key_file; see docs/how-to/cluster.md"};
    }
    std::expected<CopyStore, std::string> operator()(UsersJsonPath const& url) const {
        return std::unexpected{"only SQLite stores can be backed up this way; copy these files instead: " + url.file.string() + ", " +
                               url.audit.string() + " and " + key_file->string()};
    }
};

}  // namespace

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(store::StoreUrl const& url, OpenMode mode,
                                                                              index::KeyRingHandle const* keys, log::Logger& log,
                                                                              store::ClusterSettings const& cluster) {
    return std::visit(Opening{.mode = mode, .keys = keys, .log = &log, .cluster = &cluster}, url);
}

authority::StoreCapabilities store_capabilities(store::StoreUrl const& url) noexcept { return std::visit(Capabilities{}, url); }

bool has_store(store::StoreUrl const& url) { return std::visit(Presence{}, url); }

std::vector<std::string> find_store_problems(store::StoreUrl const& url, OpenMode mode) { return std::visit(Check{mode}, url); }

std::expected<CopyStore, std::string> find_copier(store::StoreUrl const& url, std::filesystem::path const& key_file) {
    return std::visit(Copier{&key_file}, url);
}

}  // namespace warder::runtime
