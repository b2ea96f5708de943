// SPDX-License-Identifier: MIT
#include "app/check.hpp"

#include "app/check_routes.hpp"
#include "app/config/suggestions.hpp"
#include "app/config/useless_settings.hpp"
#include "app/config/values.hpp"
#include "app/location_options.hpp"
#include "cli/terminal.hpp"
#include "files/replaceable.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/key_file.hpp"
#include "runtime/open_store.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace warder::app {
namespace {

void append(Problems& problems, Problems more) {
    problems.insert(problems.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Returns what is wrong with the certificate and its key, if there are any.
std::optional<std::string> validate_identity(net::TlsFiles const& files) {
    if (files.certificate.empty() || files.key.empty()) return std::nullopt;
    auto const identity = net::TlsIdentity::read(files);
    if (!identity) return identity.error();
    if ((*identity)->expires_at() > std::chrono::system_clock::now()) return std::nullopt;
    return files.certificate.native() + ": the TLS certificate has expired: replace the file and send SIGHUP to the server";
}

/// Returns how the store must be opened: it must exist if the keys have been used with one.
store::OpenMode store_mode(Config const& config, bool is_data_dir_known) {
    if (!is_data_dir_known) return store::OpenMode::kExisting;
    auto const keys = runtime::load_key_file(config.key_file());
    bool const is_required = keys && runtime::open_mode_for(keys->use, false) == store::OpenMode::kRequired;
    return is_required ? store::OpenMode::kRequired : store::OpenMode::kExisting;
}

}  // namespace

std::vector<std::string> find_problems(Reading reading) {
    auto problems = std::move(reading.problems);
    auto const& config = reading.config;
    bool const is_data_dir_known = !reading.unsure.contains("data_dir");
    bool const is_store_known = !reading.unsure.contains("store") && (is_data_dir_known || config.store.find("<data_dir>") == std::string::npos);

    if (is_data_dir_known) append(problems, runtime::find_key_file_problems(config.key_file()));
    if (is_store_known) append(problems, runtime::find_store_problems(config.store_url(), store_mode(config, is_data_dir_known)));
    // Directories that can't be written are reported by the check of the data directory.
    if (is_data_dir_known)
        if (auto problem = files::validate_not_mounted_alone(config.key_file())) problems.push_back(std::move(*problem));
    if (auto problem = validate_identity(config.server.tls)) problems.push_back(std::move(*problem));
    append(problems, find_route_problems(reading));
    if (is_data_dir_known) append(problems, runtime::find_data_directory_problems(config.data_dir));
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

/// Prints everything that is wrong.
int run_check(CheckOptions const& options) {
    auto const source = source_of(options.location);
    auto reading = read_settings(source.file, source.overrides);
    auto const warnings = find_warnings(reading, source.overrides);
    auto probed = options.with_routes ? probe_routes(reading.config.routes) : ProbedRoutes{};
    auto problems = find_problems(std::move(reading));
    std::ranges::move(probed.problems, std::back_inserter(problems));
    if (options.is_json) {
        boost::json::object answer{{"ok", problems.empty()}, {"faults", boost::json::array(problems.begin(), problems.end())}};
        if (options.with_routes) answer["working_routes"] = boost::json::array(probed.working.begin(), probed.working.end());
        cli::print(answer);
    } else {
        for (auto const& working : probed.working) cli::print("warder: " + working);
        for (auto const& warning : warnings) cli::print_error("warning: " + warning);
        for (auto const& problem : problems) cli::print_error(problem);
        if (problems.empty()) cli::print("warder: no problems found in the configuration, keys, store and permissions");
    }
    return problems.empty() ? cli::kSuccess : cli::kFailure;
}

}  // namespace

void declare_check(cli::CommandLine const& program) {
    auto const [check, options] = program.add("check", "report problems of the configuration, the keys, the store and the permissions", &run_check);
    options.location.declare(check);
    check.add_flag("--json", options.is_json, "print {\"ok\": true or false, \"faults\": [problems]}; with --routes also \"working_routes\"");
    check.add_flag("--routes", options.with_routes, "also connect to the upstream of every route, without sending a request");
}

}  // namespace warder::app
