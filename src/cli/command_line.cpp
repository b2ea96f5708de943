// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

namespace warder::cli {

namespace {

constexpr auto kConfig = "--config FILE";
constexpr auto kDataDir = "--data-dir DIR";

}  // namespace

void LocationOptions::declare(CLI::App& command) {
    add_text(
        command, kConfig, config,
        "configuration file (TOML; default: $WARDER_CONFIG, else /etc/warder/warder.toml if it exists and neither --store nor --data-dir is given)");
    add_text(command, "--store URL", store, "URL of the store, e.g. sqlite:/var/lib/warder/warder.db or postgresql://warder@db/warder");
    add_text(command, kDataDir, data_dir, "directory of the keys and, by default, of the store (default: ./warder-data)");
}

void LocationOptions::declare_without_store(CLI::App& command) {
    add_text(command, kConfig, config,
             "configuration file (TOML; default: $WARDER_CONFIG, else /etc/warder/warder.toml if it exists and --data-dir is not given)");
    add_text(command, kDataDir, data_dir, "directory of the keys and of the audit log of a users.json (default: ./warder-data)");
}

authority::Result<TokenId> read_id(std::string const& text) {
    auto const id = TokenId::parse(text);
    return id ? authority::Result<TokenId>{*id} : std::unexpected{authority::Error::kTokenNotFound};
}

CLI::Option* add_endpoints(CLI::App& command, GrantTexts& target, std::string const& help) {
    return command.add_option("--endpoint", target, help)->type_name("GRANT")->allow_extra_args(false);
}

}  // namespace warder::cli
