// SPDX-License-Identifier: MIT
#include "app/commands/check.hpp"

#include "app/commands/check_routes.hpp"
#include "app/commands/store_size.hpp"
#include "app/config/suggestions.hpp"
#include "app/config/useless_settings.hpp"
#include "app/config/values.hpp"
#include "app/location_options.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/terminal.hpp"
#include "core/try.hpp"
#include "files/replaceable.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/instance.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/keys/shared_keys.hpp"
#include "runtime/open_store.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <expected>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace warder::app {
namespace {

void append(Problems& problems, Problems more) {
    problems.insert(problems.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void append(Problems& problems, std::expected<void, std::string> result) {
    if (!result) problems.push_back(std::move(result.error()));
}

/// Checks the certificate and its key, if there are any.
std::expected<void, std::string> validate_identity(net::TlsFiles const& files) {
    if (files.certificate.empty() || files.key.empty()) return {};
    WARDER_TRY(auto const identity, net::TlsIdentity::read(files));
    if (identity->expires_at() > std::chrono::system_clock::now()) return {};
    return std::unexpected{files.certificate.native() + ": the TLS certificate has expired: replace the file and send SIGHUP to the server"};
}

/// Returns how the store must be opened: it must exist if the keys have been used with one.
store::OpenMode store_mode(Config const& config, bool is_data_dir_known) {
    if (!is_data_dir_known) return store::OpenMode::kExisting;
    auto const keys = runtime::load_key_file(config.key_file());
    bool const is_required = keys && runtime::open_mode_for(keys->use, false) == store::OpenMode::kRequired;
    return is_required ? store::OpenMode::kRequired : store::OpenMode::kExisting;
}

bool is_data_dir_known(Reading const& reading) { return !reading.unsure.contains("data_dir"); }

bool is_store_known(Reading const& reading) {
    return !reading.unsure.contains("store") && (is_data_dir_known(reading) || reading.config.store.find("<data_dir>") == std::string::npos);
}

std::expected<void, std::string> validate_key_encryption(Config const& config) {
    WARDER_TRY_VOID(runtime::load_key_encryption_key(config.encryption_key_file));
    return {};
}

/// Returns what is wrong with a store that also has the keys.
Problems find_shared_problems(Config const& config) {
    auto problems = runtime::find_store_problems(config.store_url());
    if (!problems.empty()) return problems;
    auto settings = config.instance_settings();
    settings.log_level = log::Level::kNone;
    if (auto const opened = runtime::Instance::open_shared(settings, store::OpenMode::kReadOnly); !opened) problems.push_back(opened.error().message);
    return problems;
}

/// Returns what is wrong with the keys and the store.
Problems find_content_problems(Reading const& reading) {
    auto const& config = reading.config;
    Problems problems;
    if (is_store_known(reading) && runtime::store_capabilities(config.store_url()).keeps_keys) return find_shared_problems(config);
    if (is_data_dir_known(reading)) append(problems, runtime::find_key_file_problems(config.key_file()));
    if (is_store_known(reading)) append(problems, runtime::find_store_problems(config.store_url(), store_mode(config, is_data_dir_known(reading))));
    // Directories that can't be written are reported by the check of the data directory.
    if (is_data_dir_known(reading)) append(problems, files::validate_not_mounted_alone(config.key_file()));
    return problems;
}

}  // namespace

bool is_before_first_start(Reading const& reading) {
    return is_data_dir_known(reading) && is_store_known(reading) &&
           runtime::is_before_first_start(reading.config.data_dir, reading.config.store_url());
}

std::vector<std::string> find_problems(Reading reading) {
    auto problems = std::move(reading.problems);
    auto const& config = reading.config;
    bool const is_first_start = is_before_first_start(reading);
    if (!is_first_start) append(problems, find_content_problems(reading));
    append(problems, validate_identity(config.server.tls));
    append(problems, find_route_problems(reading));
    if (is_first_start) append(problems, runtime::find_first_start_problems(config.data_dir, config.store_url()));
    if (is_first_start && runtime::store_capabilities(config.store_url()).keeps_keys) append(problems, validate_key_encryption(config));
    if (!is_first_start && is_data_dir_known(reading)) append(problems, runtime::find_data_directory_problems(config.data_dir));
    return problems;
}

std::vector<std::string> find_warnings(Reading const& reading, Overrides const& overrides) {
    std::vector<std::string> warnings;
    for (auto const& variable : ignored_variables(overrides))
        if (variable.is_of_service || find_variable_meant(variable.name)) warnings.push_back(quote(variable.name) + ": " + variable.why);
    if (reading.problems.empty()) append(warnings, find_useless_settings(reading.config));
    return warnings;
}

namespace {

struct CheckOptions {
    cli::LocationOptions location;
    bool is_json = false;
    bool with_routes = false;  ///< Also connect to the upstreams.
};

/// Returns the line for a check that found nothing wrong.
std::string summary(std::optional<std::filesystem::path> const& uninitialized) {
    if (!uninitialized) return "warder: no problems found in the configuration, keys, store and permissions";
    return "warder: not initialized yet: the first 'warder serve' creates the keys and the store in " + uninitialized->string() +
           "; no problems found in the configuration and permissions";
}

/// Finds the problems and, meanwhile, shows for how long: the whole store is read.
std::vector<std::string> find_problems_with_progress(Reading reading, cli::ErrorFormat errors) {
    auto const bytes = is_data_dir_known(reading) && is_store_known(reading) ? store_size(reading.config.store_url()) : 0;
    auto const begun = std::chrono::steady_clock::now();
    cli::Progress const shown{[bytes, begun] {
                                  auto const elapsed = std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
                                  return cli::elapsed_progress("checking the store", elapsed, bytes);
                              },
                              errors};
    return find_problems(std::move(reading));
}

/// Prints everything that is wrong.
cli::CommandResult run_check(CheckOptions const& options) {
    auto const source = source_of(options.location);
    auto reading = read_settings(source.file, source.overrides);
    auto const warnings = find_warnings(reading, source.overrides);
    auto probed = options.with_routes ? probe_routes(reading.config.routes) : ProbedRoutes{};
    std::optional<std::filesystem::path> uninitialized;
    if (is_before_first_start(reading)) uninitialized = reading.config.data_dir;
    auto problems = find_problems_with_progress(std::move(reading), cli::error_format(options.is_json));
    std::ranges::move(probed.problems, std::back_inserter(problems));
    if (options.is_json) {
        boost::json::object answer{{"ok", problems.empty()}, {"faults", boost::json::array(problems.begin(), problems.end())}};
        if (uninitialized) answer["initialized"] = false;
        if (options.with_routes) answer["working_routes"] = boost::json::array(probed.working.begin(), probed.working.end());
        cli::print(answer);
    } else {
        for (auto const& working : probed.working) cli::print("warder: " + working);
        for (auto const& warning : warnings) cli::warn(warning, cli::ErrorFormat::kText);
        for (auto const& problem : problems) cli::print_error(problem);
        if (problems.empty()) cli::print(summary(uninitialized));
    }
    return problems.empty() ? cli::CommandResult{} : std::unexpected{""};
}

}  // namespace

void declare_check(cli::CommandLine const& program) {
    auto const [check, options] = program.add("check", "report problems of the configuration, the keys, the store and the permissions", &run_check);
    options.location.declare(check);
    check.add_flag("--json", options.is_json,
                   "print {\"ok\": true or false, \"faults\": [problems]}; with --routes also \"working_routes\"; before the first start also "
                   "\"initialized\": false");
    check.add_flag("--routes", options.with_routes, "also connect to the upstream of every route, without sending a request");
}

}  // namespace warder::app
