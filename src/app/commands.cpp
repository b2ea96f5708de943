// SPDX-License-Identifier: MIT
#include "app/commands.hpp"

#include "app/backup.hpp"
#include "app/check.hpp"
#include "app/run_on_store.hpp"
#include "app/serve.hpp"
#include "cli/terminal.hpp"

namespace warder::app {
namespace {

int print_version(cli::NoOptions const&) {
    cli::print("warder " WARDER_VERSION);
    return cli::kSuccess;
}

int refuse_to_migrate(cli::NoOptions const&) {
    cli::print_error("'warder migrate' is not available yet in this version");
    return cli::kUsageError;
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
    cli::declare_key_commands(commands);
    cli::declare_import_command(commands);
    cli::declare_audit_command(commands);
    cli::declare_duration_command(commands);
    cli::declare_grant_command(commands);
    declare_check(commands);
    declare_backup(commands);
    commands.add("version", "print the version and exit", &print_version);
    commands.add("migrate", "", &refuse_to_migrate).command.group("")->prefix_command();
}

}  // namespace warder::app
