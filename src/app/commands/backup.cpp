// SPDX-License-Identifier: MIT
#include "app/commands/backup.hpp"

#include "app/commands/store_size.hpp"
#include "app/location_options.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/words.hpp"
#include "core/try.hpp"
#include "files/posix_file.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/open_store.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace warder::app {
namespace {

std::unexpected<std::string> failure(std::filesystem::path const& path, std::string_view what, int error) {
    return std::unexpected{path.string().append(": ").append(what).append(": ").append(std::strerror(error))};
}

/// A directory with a temporary name, deleted with its content on destruction unless it was given its final name.
class Draft {
  public:
    static std::expected<Draft, std::string> make(std::filesystem::path const& directory) {
        auto name = directory.string().append(runtime::kPartialBackup).append(runtime::kPartialBackupRandom);
        if (::mkdtemp(name.data()) == nullptr) return failure(directory, "can't be created", errno);
        return Draft{name};
    }
    Draft(Draft&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    Draft& operator=(Draft&&) = delete;
    ~Draft() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

    /// Renames the directory. Fails if anything but an empty directory has the name by now.
    std::expected<void, std::string> rename_to(std::filesystem::path const& directory) {
        if (::rename(path_.c_str(), directory.c_str()) != 0) return failure(directory, "can't be renamed to its final name", errno);
        path_.clear();
        if (auto const error = files::sync_parent_of(directory); error != 0)
            return failure(files::parent_of(directory), "can't be synced, so the backup may not survive a power loss", error);
        return {};
    }

  private:
    explicit Draft(std::filesystem::path path) : path_{std::move(path)} {}
    std::filesystem::path path_;
};

/// Copies the store, then the keys. While the lock is held no key is retired, so every token in the copy has its key.
/// The keys are written last: no server starts with a store but no keys.
std::expected<store::Contents, std::string> fill(Draft const& draft, runtime::CopyStore const& copy_store, Config const& config,
                                                 cli::ErrorFormat errors) {
    WARDER_TRY(auto const lock, runtime::KeyFileLock::acquire(config.key_file()));
    WARDER_TRY(auto const ring, runtime::load_key_ring(config.key_file()));
    auto const copy = store::parse_store_url(store::kDefaultStoreUrl, draft.path());
    auto const total = store_size(config.store_url());
    cli::Progress const shown{[&copy, total] { return cli::size_progress("copying the store", store_size(*copy), total); }, errors};
    auto const contents = copy_store(draft.path());
    if (!contents) return std::unexpected{contents.error().message};
    // This also syncs the directory.
    WARDER_TRY_VOID(runtime::save_key_ring(runtime::key_file(draft.path()), ring));
    return *contents;
}

}  // namespace

std::expected<store::Contents, std::string> make_backup(Config const& config, std::filesystem::path directory, cli::ErrorFormat errors) {
    // Without a trailing slash, lstat also finds a file of that name, and the draft is created next to the directory.
    if (!directory.has_filename()) directory = directory.parent_path();
    if (directory.empty()) return std::unexpected{"the backup needs the name of a new directory"};
    struct stat facts{};
    if (::lstat(directory.c_str(), &facts) == 0) return std::unexpected{directory.string() + ": already exists; name a new directory"};
    if (errno != ENOENT) return failure(directory, "can't be created", errno);
    WARDER_TRY(auto const copy_store, runtime::find_copier(config.store_url(), config.key_file()));

    WARDER_TRY(auto draft, Draft::make(directory));
    WARDER_TRY(auto const contents, fill(draft, copy_store, config, errors));
    WARDER_TRY_VOID(draft.rename_to(directory));
    return contents;
}

namespace {

struct BackupOptions {
    cli::LocationOptions location;
    bool is_json = false;
    std::string directory;
};

cli::CommandResult run_backup(BackupOptions const& options) {
    auto const& directory = options.directory;
    WARDER_TRY(auto const config, load_config(source_of(options.location)));
    WARDER_TRY(auto const made, make_backup(config, directory, cli::error_format(options.is_json)));
    if (options.is_json) {
        cli::print(boost::json::object{{"directory", directory}, {"users", made.users}, {"tokens", made.tokens}});
        return {};
    }
    cli::print(directory + ": backed up " + cli::counted(made.users, "user") + ", " + cli::counted(made.tokens, "token") +
               " and the signing keys. In a server that is started from this backup, tokens that were deleted after it was made are valid again, and "
               "tokens that were minted after it are rejected.");
    return {};
}

}  // namespace

void declare_backup(cli::CommandLine const& program) {
    auto const [backup, options] =
        program.add("backup", "copy the database and the signing keys into a new directory; the server may be running", &run_backup);
    options.location.declare(backup);
    backup.add_option("DIR", options.directory, "new directory; 'warder serve --data-dir DIR' runs the restored server")
        ->required()
        ->type_name("DIR");
    backup.add_flag("--json", options.is_json, "print {\"directory\": DIR, \"users\": count, \"tokens\": count}");
    backup.footer("A server started from the backup accepts tokens that were deleted after the backup was made.");
}

}  // namespace warder::app
