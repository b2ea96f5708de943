// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

namespace warder::cli {

void LocationOptions::declare(CLI::App& command) {
    add_text(command, "--config", config, "configuration file (TOML)");
    add_text(command, "--store", store, "URL of the store, e.g. sqlite:/var/lib/warder/warder.db");
    add_text(command, "--data-dir", data_dir, "directory of the keys and, by default, of the store (default: ./warder-data)");
}

CLI::Option* add_endpoints(CLI::App& command, GrantTexts& target, std::string const& help) {
    return command.add_option("--endpoint", target, help)->allow_extra_args(false);
}

}  // namespace warder::cli
