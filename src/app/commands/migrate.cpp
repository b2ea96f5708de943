// SPDX-License-Identifier: MIT
#include "app/commands/migrate.hpp"

#include "app/location_options.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/table.hpp"
#include "cli/output/terminal.hpp"
#include "core/try.hpp"
#include "log/log.hpp"
#include "runtime/migration/keys.hpp"
#include "runtime/migration/migration.hpp"
#include "runtime/open_store.hpp"
#include "runtime/system_ports.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace warder::app {
namespace {

using runtime::Comparison;
using runtime::ContentCounts;
using runtime::MigrationStep;

struct MigrateOptions {
    cli::LocationOptions location;
    std::string from, to;
    bool is_json = false;
};

struct Stores {
    store::StoreUrl from, to;
};

std::expected<store::StoreUrl, cli::CommandError> parse_url(std::string const& option, std::string const& url, Config const& config) {
    auto parsed = store::parse_store_url(url, config.data_dir);
    if (!parsed) return std::unexpected{cli::CommandError{option + ": expected " + parsed.error(), cli::kUsageError}};
    return std::move(*parsed);
}

bool are_same_file(store::StoreUrl const& one, store::StoreUrl const& other) {
    auto const* const file = store::file_of(one);
    auto const* const other_file = store::file_of(other);
    if (file == nullptr || other_file == nullptr) return false;
    std::error_code unclear;
    return *file == *other_file || std::filesystem::equivalent(*file, *other_file, unclear);
}

std::expected<Stores, cli::CommandError> parse_urls(MigrateOptions const& options, Config const& config) {
    WARDER_TRY(auto from, parse_url("--from", options.from, config));
    WARDER_TRY(auto to, parse_url("--to", options.to, config));
    if (options.from == options.to || are_same_file(from, to))
        return std::unexpected{cli::CommandError{"--from and --to name the same store", cli::kUsageError}};
    return Stores{.from = std::move(from), .to = std::move(to)};
}

std::string describe(runtime::MigrationProgress const& progress) {
    auto const done = progress.done.load();
    auto const total = progress.total.load();
    switch (progress.step.load()) {
        case MigrationStep::kReading:
            return "reading the stores: " + std::to_string(done) + " records";
        case MigrationStep::kCopyingUsers:
            return cli::count_progress("copying users", done, total);
        case MigrationStep::kCopyingTokens:
            return cli::count_progress("copying tokens", done, total);
        case MigrationStep::kCopyingEvents:
            return cli::count_progress("copying audit events", done, total);
        case MigrationStep::kVerifying:
            return cli::count_progress("comparing the stores", done, total);
    }
    return {};
}

std::expected<runtime::KeyPlaces, std::string> find_key_places(Stores const& stores, Config const& config) {
    runtime::KeyPlaces places{.key_file = config.key_file()};
    if (!runtime::store_capabilities(stores.from).keeps_keys && !runtime::store_capabilities(stores.to).keeps_keys) return places;
    if (config.encryption_key_file.empty())
        return std::unexpected{"keys.encryption_key_file is needed for the signing keys in the store that several nodes share"};
    WARDER_TRY(places.encryption, runtime::KeyEncryptionKey::load(config.encryption_key_file));
    return places;
}

/// Opens the source so that nothing can write to it, and the target only once it is known that it can keep everything.
std::expected<Comparison, std::string> copy(Stores const& stores, Config const& config, cli::ErrorFormat errors) {
    WARDER_TRY(auto const places, find_key_places(stores, config));
    log::Logger log{log::Level::kNone, log::Format::kLogfmt};
    runtime::MigrationProgress progress;
    cli::Progress const shown{[&progress] { return describe(progress); }, errors};
    // Records that can't be read would be missing in both stores, and so in the comparison.
    if (auto const problems = runtime::find_store_problems(stores.from); !problems.empty()) return std::unexpected{problems.front()};

    auto const open = [&](store::StoreUrl const& url, store::OpenMode mode) {
        cli::SignalsForMainThread const while_threads_start;
        return runtime::open_store(url, mode, nullptr, log);
    };
    auto const source = open(stores.from, store::OpenMode::kReadOnly);
    if (!source) return std::unexpected{source.error().message};
    runtime::MigrationSide const from{.store = source->get(), .name = "store " + store::describe(stores.from)};
    WARDER_TRY(auto const keys, runtime::load_source_keys(from, places));
    WARDER_TRY_VOID(runtime::validate_migration(from, runtime::store_capabilities(stores.to), keys));
    auto const target = open(stores.to, store::OpenMode::kCreate);
    if (!target) return std::unexpected{target.error().message};
    runtime::MigrationSide const to{.store = target->get(), .name = "store " + store::describe(stores.to)};
    WARDER_TRY_VOID(runtime::validate_target_keys(from, to, keys, places));
    WARDER_TRY(auto result, runtime::migrate(from, to, keys, progress));
    runtime::SystemRandom random;
    result.source.keys = static_cast<std::int64_t>(keys.keys().size());
    WARDER_TRY(result.target.keys, runtime::copy_keys(from, to, keys, places, random));
    return result;
}

struct CountRow {
    char const* key;
    char const* words;
    std::int64_t ContentCounts::* count;
};
constexpr auto kCounts = std::to_array<CountRow>({
    {"users", "users", &ContentCounts::users},
    {"ceilings", "ceilings", &ContentCounts::ceilings},
    {"tokens", "tokens", &ContentCounts::tokens},
    {"policies", "policies", &ContentCounts::policies},
    {"uses", "uses", &ContentCounts::uses},
    {"audit_events", "audit events", &ContentCounts::audit_events},
    {"keys", "signing keys", &ContentCounts::keys},
});

boost::json::object object_of(ContentCounts const& counts) {
    boost::json::object object;
    for (auto const& row : kCounts) object.emplace(row.key, counts.*row.count);
    return object;
}

void show(Comparison const& result, bool is_json) {
    if (is_json)
        return cli::print(
            boost::json::object{{"source", object_of(result.source)}, {"target", object_of(result.target)}, {"equal", result.are_equal()}});
    auto table = cli::Table::with_header({"CONTENT", "SOURCE", "TARGET"});
    for (auto const& row : kCounts) table.add({row.words, std::to_string(result.source.*row.count), std::to_string(result.target.*row.count)});
    cli::print(table);
}

std::string place_of_keys(store::StoreUrl const& store, Config const& config) {
    return runtime::store_capabilities(store).keeps_keys ? store::describe(store) : config.key_file().string();
}

cli::CommandResult run_migrate(MigrateOptions const& options) {
    WARDER_TRY(auto const config, load_config(source_of(options.location)));
    WARDER_TRY(auto const stores, parse_urls(options, config));
    WARDER_TRY(auto const result, copy(stores, config, cli::error_format(options.is_json)));
    show(result, options.is_json);
    if (!result.are_equal())
        return std::unexpected{"the stores differ: " + result.conflict.value_or(result.missing.value_or("")) +
                               "; another program has changed one of them meanwhile: stop it, delete the target, and run the command again"};
    if (!options.is_json) cli::print("The stores are equal. The signing keys are in " + place_of_keys(stores.to, config) + ".");
    return {};
}

}  // namespace

void declare_migrate(cli::CommandLine const& program) {
    auto const [migrate, options] =
        program.add("migrate", "copy users, tokens, uses, signing keys and audit log into a new store of any kind, and compare both", &run_migrate);
    cli::add_text(migrate, "--from URL", options.from, "URL of the store to copy; it is never changed")->required();
    cli::add_text(migrate, "--to URL", options.to, "URL of a new store, or of one that an interrupted migration has left")->required();
    options.location.declare_without_store(migrate);
    migrate.add_flag("--json", options.is_json, R"(print {"source": counts, "target": counts, "equal": true or false})");
    migrate.footer(
        "Stop the server first: a change of the source while the command runs makes the comparison fail. An interrupted migration is "
        "completed by the same command.");
}

}  // namespace warder::app
