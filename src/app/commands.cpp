// SPDX-License-Identifier: MIT
#include "app/commands.hpp"

#include "app/commands/backup.hpp"
#include "app/commands/check.hpp"
#include "app/commands/migrate.hpp"
#include "app/commands/preset_commands.hpp"
#include "app/commands/serve.hpp"
#include "app/manual/manual_commands.hpp"
#include "app/run_on_store.hpp"
#include "cli/output/terminal.hpp"

#include <boost/json/object.hpp>

namespace warder::app {
namespace {

struct VersionOptions {
    bool is_json = false;
};

cli::CommandResult print_version(VersionOptions const& options) {
    if (options.is_json) cli::print(boost::json::object{{"version", WARDER_VERSION}});
    else cli::print("warder " WARDER_VERSION);
    return {};
}

}  // namespace

void declare_commands(CLI::App& program, cli::Action& chosen) {
    program.set_help_flag("-h,--help", "print this help and exit");
    program.set_version_flag("--version", "warder " WARDER_VERSION, "print the version and exit");
    program.footer("Exit codes: 0 success, 1 refused or failed, 2 wrong usage. 'warder COMMAND --help' explains a command.");
    cli::CommandLine const commands{program, chosen, &run_on_store};
    declare_serve(commands);
    cli::declare_user_commands(commands);
    cli::declare_token_commands(commands);
    declare_preset_commands(commands);
    cli::declare_key_commands(commands);
    cli::declare_import_command(commands);
    cli::declare_audit_command(commands);
    cli::declare_duration_command(commands);
    cli::declare_grant_command(commands);
    declare_check(commands);
    declare_backup(commands);
    declare_migrate(commands);
    auto const [version, options] = commands.add("version", "print the version", &print_version);
    version.add_flag("--json", options.is_json, "print {\"version\": VERSION}");
    declare_completion(commands, program);
    declare_manual(commands, program);
}

}  // namespace warder::app
