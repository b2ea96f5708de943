// SPDX-License-Identifier: MIT
#include "app/location_options.hpp"

#include "cli/terminal.hpp"

#include <algorithm>
#include <utility>

namespace warder::app {
namespace {

/// Returns the first two problems on one line, since the first may be caused by the second, and how many others there are.
std::string summarize(Problems const& problems) {
    auto line = problems.front();
    if (problems.size() > 1) line += "; also " + problems[1];
    if (auto const more = problems.size() - std::min<std::size_t>(problems.size(), 2); more > 0)
        line += "; and " + std::to_string(more) + " more ('warder check' lists all)";
    return line;
}

}  // namespace

CLI::Option* add_text(CLI::App& command, std::string const& name, std::optional<std::string>& target, std::string const& help) {
    return command.add_option_function<std::string>(name, [&target](std::string const& value) { target = value; }, help);
}

void LocationOptions::declare(CLI::App& command) {
    add_text(command, "--config", config, "configuration file (TOML)");
    add_text(command, "--store", store, "URL of the store, e.g. sqlite:/var/lib/warder/warder.db");
    add_text(command, "--data-dir", data_dir, "directory of the keys and, by default, of the store (default: ./warder-data)");
}

std::optional<std::filesystem::path> LocationOptions::file() const { return config ? std::optional<std::filesystem::path>{*config} : std::nullopt; }

Overrides LocationOptions::overrides() const {
    Overrides overrides{.environment = warder_environment(), .flags = {}};
    if (store) overrides.flags["store"] = *store;
    if (data_dir) overrides.flags["data_dir"] = *data_dir;
    if (listen) overrides.flags["listen"] = *listen;
    return overrides;
}

std::optional<Config> LocationOptions::read() const {
    auto read = read_config(file(), overrides());
    if (read) return std::move(*read);
    cli::print_error(summarize(read.error()));
    return std::nullopt;
}

}  // namespace warder::app
