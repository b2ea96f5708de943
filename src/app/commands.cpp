// SPDX-License-Identifier: MIT
#include "app/commands.hpp"

#include "app/backup.hpp"
#include "app/check.hpp"
#include "app/check_routes.hpp"
#include "app/config/config.hpp"
#include "app/initial_password.hpp"
#include "app/location_options.hpp"
#include "app/serve.hpp"
#include "cli/commands.hpp"
#include "core/rules.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/instance.hpp"
#include "runtime/key_file.hpp"
#include "runtime/local_principal.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

using runtime::Instance;

/// Declares `--endpoint`, which takes one grant each time it is given.
CLI::Option* add_endpoints(CLI::App& command, std::vector<std::string>& target, std::string const& help) {
    return command.add_option("--endpoint", target, help)->allow_extra_args(false);
}

using Command = std::function<int(Config const&, Instance&, cli::CommandContext const&)>;

/// Notifies a running server. The change is stored even if that fails, but then the user must know that it may not be
/// in force yet.
void notify(std::filesystem::path const& data_dir) {
    switch (runtime::notify_server(data_dir)) {
        case runtime::NotifyResult::kNobody:
        case runtime::NotifyResult::kReloaded:
            return;
        case runtime::NotifyResult::kFailed:
            cli::print_error("warning: the change is stored, but the running server failed to reload; see its log");
            return;
        case runtime::NotifyResult::kNoAnswer:
            cli::print_error("warning: the change is stored, but the running server did not confirm the reload within 2 seconds");
            return;
    }
}

/// Opens the store, runs the command, and notifies a running server if something changed.
int run(LocationOptions const& location, bool changes, Command const& command) {
    auto const config = location.read();
    if (!config) return cli::kFailure;
    auto ring = runtime::load_key_ring(config->key_file());
    if (!ring) return cli::print_error(ring.error().message);
    auto settings = config->instance_settings();
    // A command prints one line about a failure; the store's log line would be a second one.
    settings.log_level = log::Level::kNone;
    std::optional<cli::SignalsForMainThread> while_threads_start{std::in_place};
    auto const opened = Instance::open(settings, std::move(*ring), store::OpenMode::kExisting);
    if (!opened) return cli::print_error(opened.error());
    auto& instance = **opened;
    authority::PasswordHasher hasher{config->hashing()};
    while_threads_start.reset();
    auto const principal = runtime::local_principal();
    auto const status = command(
        *config, instance,
        {.authority = instance.authority(), .hasher = hasher, .clock = instance.clock(), .principal = principal, .is_json = location.is_json});
    if (changes && status == cli::kSuccess) notify(config->data_dir);
    // A command that failed may have changed something: tokens are deleted before their key is retired.
    if (changes && status == cli::kFailure) static_cast<void>(runtime::notify_server(config->data_dir));
    return status;
}

int run_serve(LocationOptions const& location, bool wants_new_store) {
    auto const config = location.read();
    if (!config) return cli::kFailure;
    auto const served = serve(*config, location.file(), location.overrides(), wants_new_store);
    return served ? cli::kSuccess : cli::print_error(served.error());
}

/// Prints everything that is wrong. @param with_routes  also connects to the upstreams.
int run_check(LocationOptions const& location, bool with_routes) {
    auto const overrides = location.overrides();
    auto reading = read_settings(location.file(), overrides);
    auto const warnings = find_warnings(reading, overrides);
    auto probed = with_routes ? probe_routes(reading.config.routes) : ProbedRoutes{};
    auto problems = find_problems(std::move(reading));
    std::ranges::move(probed.problems, std::back_inserter(problems));
    if (location.is_json) {
        boost::json::object answer{{"ok", problems.empty()}, {"faults", boost::json::array(problems.begin(), problems.end())}};
        if (with_routes) answer["working_routes"] = boost::json::array(probed.working.begin(), probed.working.end());
        cli::print(answer);
    } else {
        for (auto const& working : probed.working) cli::print("warder: " + working);
        for (auto const& warning : warnings) cli::print_error("warning: " + warning);
        for (auto const& problem : problems) cli::print_error(problem);
        if (problems.empty()) cli::print("warder: no problems found in the configuration, keys, store and permissions");
    }
    return problems.empty() ? cli::kSuccess : cli::kFailure;
}

std::string counted(std::int64_t count, std::string_view noun) {
    return std::to_string(count).append(1, ' ').append(noun).append(count == 1 ? "" : "s");
}

int run_backup(LocationOptions const& location, std::string const& directory) {
    auto const config = location.read();
    if (!config) return cli::kFailure;
    auto const made = make_backup(*config, directory);
    if (!made) return cli::print_error(made.error());
    if (location.is_json) {
        cli::print(boost::json::object{{"directory", directory}, {"users", made->users}, {"tokens", made->tokens}});
        return cli::kSuccess;
    }
    cli::print(directory + ": backed up " + counted(made->users, "user") + ", " + counted(made->tokens, "token") +
               " and the signing keys. In a server that is started from this backup, tokens that were deleted after it was made are valid again, and "
               "tokens that were minted after it are rejected.");
    return cli::kSuccess;
}

int verify(Instance& instance, std::optional<cli::RequestWanted> const& request) {
    if (!instance.follow()) return cli::print_error(authority::Error::kStoreUnavailable);
    return cli::verify_token(instance.verifier(), request);
}

/// The variables that the options are stored in. They live as long as the program.
struct Arguments {
    LocationOptions location;
    std::string name, id;
    std::optional<std::string> user, description, lifetime, overlap, admin;
    std::optional<std::string> method, path, host, rpc;
    cli::ImportWanted import;
    bool lifts_limit = false;
    std::vector<std::string> endpoints;
    bool is_admin = false;
    bool with_usage = false;
    bool password_from_input = false;
    bool revokes_tokens = false;
    bool with_routes = false;
    bool wants_new_store = false;
    std::vector<std::string> texts;
    cli::GrantQuestion grant;
    std::uint32_t limit = 100;
};

using Shared = std::shared_ptr<Arguments>;

CLI::App* declare(CLI::App& group, Action& chosen, Shared const& a, char const* name, char const* help, bool changes, Command command) {
    auto* const declared = group.add_subcommand(name, help);
    a->location.declare(*declared);
    declared->add_flag("--json", a->location.is_json, "print JSON: the response of the HTTP API, where there is one");
    declared->callback(
        [&chosen, a, changes, command = std::move(command)] { chosen = [a, changes, command] { return run(a->location, changes, command); }; });
    return declared;
}

/// Deletes the file of the initial password once the first administrator's password was changed.
int forget_initial_password(Config const& config, std::string const& user, int status) {
    if (status == cli::kSuccess && core::fold_name(user) == "admin") ::unlink(initial_password_file(config).c_str());
    return status;
}

void declare_users(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const user = program.add_subcommand("user", "manage users: add, list, set, passwd, delete")->require_subcommand(1);
    auto const with_name = [&](CLI::App* command) {
        command->add_option("NAME", a->name, "name of the user")->required();
        return command;
    };
    auto const with_password = [&](CLI::App* command) {
        command->add_flag("--password-stdin", a->password_from_input, "read the password from one line of standard input, even on a terminal");
    };
    auto* const add = with_name(
        declare(*user, chosen, a, "add", "add a user; reads the password from standard input, or prompts for it on a terminal", true,
                [a](Config const&, Instance&, cli::CommandContext const& tools) {
                    return cli::add_user(tools, {.name = a->name, .is_admin = a->is_admin, .endpoints = a->endpoints}, a->password_from_input);
                }));
    add->add_flag("--admin", a->is_admin, "make the user an administrator");
    with_password(add);
    add_endpoints(*add, a->endpoints, "ceiling: a grant that bounds all tokens of the user, e.g. \"GET /v1alpha/**\"; may be repeated");
    declare(*user, chosen, a, "list", "list all users", false,
            [](Config const&, Instance&, cli::CommandContext const& tools) { return cli::list_users(tools); });
    auto* const set = with_name(declare(*user, chosen, a, "set", "change whether a user is an administrator, or the ceiling of their tokens", true,
                                        [a](Config const&, Instance&, cli::CommandContext const& tools) {
                                            auto const is_admin = a->admin ? std::optional{*a->admin == "true"} : std::nullopt;
                                            bool const has_limit = a->lifts_limit || !a->endpoints.empty();
                                            if (!is_admin && !has_limit) {
                                                cli::print_error("nothing to change: give --admin, --endpoint or --unlimited");
                                                return cli::kUsageError;
                                            }
                                            return cli::set_user(tools, a->name, is_admin, has_limit ? std::optional{a->endpoints} : std::nullopt);
                                        }));
    add_text(*set, "--admin", a->admin, "true or false")->check(CLI::IsMember({"true", "false"}));
    auto* const endpoint = add_endpoints(*set, a->endpoints, "new ceiling: a grant that bounds all tokens of the user; may be repeated");
    set->add_flag("--unlimited", a->lifts_limit, "remove the ceiling")->excludes(endpoint);
    with_password(
        with_name(declare(*user, chosen, a, "passwd", "set a user's password; reads it from standard input, or prompts for it on a terminal", true,
                          [a](Config const& config, Instance&, cli::CommandContext const& tools) {
                              return forget_initial_password(config, a->name, cli::change_password(tools, a->name, a->password_from_input));
                          })));
    with_name(declare(*user, chosen, a, "delete", "delete a user and all of their tokens", true,
                      [a](Config const& config, Instance&, cli::CommandContext const& tools) {
                          return forget_initial_password(config, a->name, cli::delete_user(tools, a->name));
                      }));
}

void declare_tokens(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const token = program.add_subcommand("token", "manage tokens: create, list, show, renew, revoke, verify")->require_subcommand(1);
    auto const with_id = [&](CLI::App* command) {
        command->add_option("ID", a->id, "id of the token")->required();
        return command;
    };
    auto* const create = declare(
        *token, chosen, a, "create", "mint a token for a user; prints the token, which is never shown again, and its id on standard error", true,
        [a](Config const&, Instance&, cli::CommandContext const& tools) {
            return cli::create_token(tools, {.user = *a->user, .description = *a->description, .lifetime = *a->lifetime, .endpoints = a->endpoints});
        });
    add_text(*create, "--user", a->user, "owner of the token")->required();
    add_text(*create, "--description", a->description, "what the token is for")->required();
    add_text(*create, "--life", a->lifetime, "lifetime, e.g. \"3 months\"")->required();
    add_endpoints(*create, a->endpoints, "grant, e.g. \"GET /v1alpha/wallets/*/psbt\"; may be repeated (default: everything that the user may do)");
    auto* const list = declare(*token, chosen, a, "list", "list tokens", false, [a](Config const&, Instance&, cli::CommandContext const& tools) {
        return cli::list_tokens(tools, a->user, a->with_usage);
    });
    add_text(*list, "--user", a->user, "only tokens of this user");
    auto* const show =
        with_id(declare(*token, chosen, a, "show", "show a token", false,
                        [a](Config const&, Instance&, cli::CommandContext const& tools) { return cli::show_token(tools, a->id, a->with_usage); }));
    for (auto* const command : {list, show}) command->add_flag("--usage", a->with_usage, "with --json: add the fields of ?include=usage, as stored");
    auto* const renew = with_id(
        declare(*token, chosen, a, "renew", "replace a token with a new one, which is printed and never shown again", true,
                [a](Config const&, Instance&, cli::CommandContext const& tools) { return cli::renew_token(tools, a->id, a->lifetime, a->overlap); }));
    add_text(*renew, "--life", a->lifetime, "lifetime of the new token (default: that of the old one)");
    add_text(*renew, "--overlap", a->overlap, "how long the old token stays valid, e.g. \"1 hour\" (default: it is revoked immediately)");
    with_id(declare(*token, chosen, a, "revoke", "revoke a token", true,
                    [a](Config const&, Instance&, cli::CommandContext const& tools) { return cli::revoke_token(tools, a->id); }));
    auto* const command =
        declare(*token, chosen, a, "verify", "verify the token on standard input, optionally for a request, and print its payload", false,
                [a](Config const&, Instance& instance, cli::CommandContext const&) {
                    if (!a->method) return verify(instance, std::nullopt);
                    return verify(instance, cli::RequestWanted{.method = *a->method, .path = *a->path, .host = a->host, .rpc = a->rpc});
                });
    auto* const method = add_text(*command, "--method", a->method, "method of the request");
    auto* const path = add_text(*command, "--path", a->path, "path of the request, as sent")->needs(method);
    method->needs(path);
    add_text(*command, "--host", a->host, "Host of the request")->needs(method);
    add_text(*command, "--rpc", a->rpc, "JSON-RPC method in the body of the request")->needs(method);
}

cli::KeyTools key_tools(Config const& config, Instance& instance) {
    return {.file = config.key_file(), .clock = instance.clock(), .random = instance.random()};
}

void declare_keys(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const key = program.add_subcommand("key", "manage signing keys: list, rotate, retire")->require_subcommand(1);
    declare(*key, chosen, a, "list", "list the ids of the keys, without their secrets", false,
            [](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                return cli::list_keys(key_tools(config, instance), tools.is_json);
            });
    declare(*key, chosen, a, "rotate", "create a new signing key; the old keys still verify", true,
            [](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                return cli::rotate_keys(tools, key_tools(config, instance));
            });
    auto* const retire = declare(*key, chosen, a, "retire", "remove a key that no active token needs", true,
                                 [a](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                                     return cli::retire_key(tools, key_tools(config, instance), a->id, a->revokes_tokens);
                                 });
    retire->add_option("KID", a->id, "id of the key")->required();
    retire->add_flag("--revoke-tokens", a->revokes_tokens, "first revoke the tokens that are signed with the key");
}

void declare_audit(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const audit = declare(program, chosen, a, "audit", "list changes and sign-ins, newest first", false,
                                [a](Config const& config, Instance&, cli::CommandContext const& tools) {
                                    // A running server first writes the events that it still holds. If it doesn't
                                    // answer, the other events are shown.
                                    static_cast<void>(runtime::notify_server(config.data_dir));
                                    return cli::list_audit_events(tools, a->limit);
                                });
    audit->add_option("--limit", a->limit, "maximum number of events, 1 to 1000 (default: 100)")->check(CLI::Range(1, 1000));
}

void declare_import(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const import = program.add_subcommand("import", "import users and tokens from another program: specter")->require_subcommand(1);
    auto* const specter = declare(*import, chosen, a, "specter",
                                  "import the users and, with the secret, the tokens of Specter Desktop; its users.json is never changed, and "
                                  "existing users only gain tokens",
                                  true, [a](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                                      return cli::import_specter(tools, key_tools(config, instance), a->import);
                                  });
    specter->add_option("USERS_JSON", a->import.users_json, "file of Specter Desktop, e.g. ~/.specter/users.json")->required();
    add_text(*specter, "--secret-file", a->import.secret_file, "file that contains SECRET_KEY of Specter Desktop");
    specter->add_flag("--dry-run", a->import.is_dry_run, "only print what would be imported and skipped; write nothing");
}

}  // namespace

void declare_commands(CLI::App& program, Action& chosen) {
    program.set_help_flag("-h,--help", "print this help and exit");
    program.set_version_flag("--version", "warder " WARDER_VERSION, "print the version and exit");
    program.footer("Exit codes: 0 success, 1 refused or failed, 2 wrong usage. 'warder COMMAND --help' explains a command.");
    auto const a = std::make_shared<Arguments>();
    auto* const serving = program.add_subcommand("serve", "run the server");
    a->location.declare(*serving);
    serving->add_option("--listen", a->location.listen, "address and port (default: 127.0.0.1:8441); port 0 picks a free port");
    serving->add_flag("--new-store", a->wants_new_store, "create an empty store even though the signing keys have been used with another one");
    serving->callback([&chosen, a] { chosen = [a] { return run_serve(a->location, a->wants_new_store); }; });

    declare_users(program, chosen, a);
    declare_tokens(program, chosen, a);
    declare_keys(program, chosen, a);
    declare_import(program, chosen, a);
    declare_audit(program, chosen, a);

    auto* const duration =
        program.add_subcommand("duration", "print durations in seconds, one per line; prints \"invalid\" and exits with 1 if one can't be parsed");
    duration->add_option("TEXT", a->texts, "duration, e.g. \"6 minutes\", \"3 months\", \"P1Y2M\"")->required();
    duration->add_flag("--json", a->location.is_json, "print one JSON array of numbers, with null for an invalid duration");
    duration->callback([&chosen, a] { chosen = [a] { return cli::print_durations(a->texts, a->location.is_json); }; });

    auto* const grant = program.add_subcommand("grant", "test whether a grant covers a request: prints \"allow\", or \"deny\" and exits with 1");
    grant->add_option("GRANT", a->grant.grant, "grant, in quotes, e.g. \"GET /v1alpha/wallets/*/psbt\"")->required();
    grant->add_option("METHOD", a->grant.method, "method of the request")->required();
    grant->add_option("PATH", a->grant.target, "path of the request, prefixed with //HOST for a grant that names a host")->required();
    add_text(*grant, "RPC-METHOD", a->grant.rpc, "JSON-RPC method in the body of the request");
    grant->add_flag("--json", a->location.is_json, "print {\"allowed\": true or false}");
    grant->callback([&chosen, a] { chosen = [a] { return cli::evaluate_grant(a->grant, a->location.is_json); }; });

    auto* const check = program.add_subcommand("check", "report problems of the configuration, the keys, the store and the permissions");
    a->location.declare(*check);
    check->add_flag("--json", a->location.is_json, "print {\"ok\": true or false, \"faults\": [problems]}; with --routes also \"working_routes\"");
    check->add_flag("--routes", a->with_routes, "also connect to the upstream of every route, without sending a request");
    check->callback([&chosen, a] { chosen = [a] { return run_check(a->location, a->with_routes); }; });

    auto* const backup = program.add_subcommand("backup", "copy the database and the signing keys into a new directory; the server may be running");
    a->location.declare(*backup);
    backup->add_option("DIR", a->name, "new directory; 'warder serve --data-dir DIR' runs the restored server")->required();
    backup->add_flag("--json", a->location.is_json, "print {\"directory\": DIR, \"users\": count, \"tokens\": count}");
    backup->callback([&chosen, a] { chosen = [a] { return run_backup(a->location, a->name); }; });
    backup->footer("A server started from the backup accepts tokens that were deleted after the backup was made.");

    program.add_subcommand("version", "print the version and exit")->callback([&chosen] {
        chosen = [] {
            cli::print("warder " WARDER_VERSION);
            return cli::kSuccess;
        };
    });

    program.add_subcommand("migrate")->group("")->prefix_command()->callback([&chosen] {
        chosen = [] {
            cli::print_error("'warder migrate' is not available yet in this version");
            return cli::kUsageError;
        };
    });
}

}  // namespace warder::app
