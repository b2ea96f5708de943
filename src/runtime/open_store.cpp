// SPDX-License-Identifier: MIT
#include "runtime/open_store.hpp"

#include "files/replaceable.hpp"
#include "log/log.hpp"
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
using store::SqlitePath;
using store::UsersJsonPath;
using Problems = std::vector<std::string>;

/// What each kind of store does in a function of its own. A new kind adds its alternative to `StoreUrl` and one
/// overload to each of these.
struct Opening {
    OpenMode mode;
    index::KeyRingHandle const* keys;
    log::Logger* log;

    auto operator()(SqlitePath const& url) const { return store::open_sqlite(url.file, mode, *log); }
    auto operator()(UsersJsonPath const& url) const { return store::open_users_json(url, mode, keys, *log); }
};

struct Presence {
    bool operator()(SqlitePath const& url) const {
        std::error_code unclear;
        return std::filesystem::exists(url.file, unclear) || unclear;
    }
    bool operator()(UsersJsonPath const& url) const { return store::is_written_by_us(url.file); }
};

struct Check {
    OpenMode mode;

    Problems operator()(SqlitePath const& url) const {
        return with(store::find_sqlite_problems(url.file, mode), files::validate_not_mounted_alone(url.file));
    }
    Problems operator()(UsersJsonPath const& url) const {
        return with(store::find_users_json_problems(url, mode), files::validate_replaceable(url.file));
    }

  private:
    static Problems with(Problems problems, std::optional<std::string> problem) {
        if (problem) problems.push_back(std::move(*problem));
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
    std::expected<CopyStore, std::string> operator()(UsersJsonPath const& url) const {
        return std::unexpected{"only SQLite stores can be backed up this way; copy these files instead: " + url.file.string() + ", " +
                               url.audit.string() + " and " + key_file->string()};
    }
};

}  // namespace

std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(store::StoreUrl const& url, OpenMode mode,
                                                                              index::KeyRingHandle const* keys, log::Logger& log) {
    return std::visit(Opening{.mode = mode, .keys = keys, .log = &log}, url);
}

bool has_store(store::StoreUrl const& url) { return std::visit(Presence{}, url); }

std::vector<std::string> find_store_problems(store::StoreUrl const& url, OpenMode mode) { return std::visit(Check{mode}, url); }

std::expected<CopyStore, std::string> find_copier(store::StoreUrl const& url, std::filesystem::path const& key_file) {
    return std::visit(Copier{&key_file}, url);
}

}  // namespace warder::runtime
