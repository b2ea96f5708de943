// SPDX-License-Identifier: MIT
#include "app/commands.hpp"

#include "app/backup.hpp"
#include "app/check.hpp"
#include "app/check_routes.hpp"
#include "app/config/config.hpp"
#include "app/initial_password.hpp"
#include "app/serve.hpp"
#include "cli/commands.hpp"
#include "core/rules.hpp"
#include "http/text.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/instance.hpp"
#include "runtime/key_file.hpp"
#include "runtime/local_caller.hpp"

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

constexpr std::size_t kLongestComplaint = 512;

/// Declares an option that accepts an empty text as its value. CLI11 alone would treat it as missing.
CLI::Option* add_text(CLI::App& command, std::string const& name, std::optional<std::string>& target, std::string const& help) {
    return command.add_option_function<std::string>(name, [&target](std::string const& value) { target = value; }, help);
}

/// Declares `--endpoint`, which takes one grant each time it is given.
CLI::Option* add_endpoints(CLI::App& command, std::vector<std::string>& target, std::string const& help) {
    return command.add_option("--endpoint", target, help)->allow_extra_args(false);
}

/// The options that tell a command where its configuration and store are.
struct Place {
    std::optional<std::string> config, store, data_dir, listen;
    bool is_json = false;

    void declare(CLI::App& command) {
        add_text(command, "--config", config, "the configuration, a TOML file");
        add_text(command, "--store", store, "where users and tokens are kept, e.g. sqlite:/var/lib/warder/warder.db");
        add_text(command, "--data-dir", data_dir, "the folder of the keys and, if nothing else is said, of the store; ./warder-data without it");
    }
    [[nodiscard]] std::optional<std::filesystem::path> file() const { return config ? std::optional<std::filesystem::path>{*config} : std::nullopt; }
    [[nodiscard]] Overrides overrides() const {
        Overrides overrides{.environment = warder_environment(), .flags = {}};
        if (store) overrides.flags["store"] = *store;
        if (data_dir) overrides.flags["data_dir"] = *data_dir;
        if (listen) overrides.flags["listen"] = *listen;
        return overrides;
    }
    /// Returns the configuration. If it is invalid, prints the reason on one line and returns nullopt.
    [[nodiscard]] std::optional<Config> read() const {
        auto read = read_config(file(), overrides());
        if (read) return std::move(*read);
        auto line = read.error().front();
        if (auto const more = read.error().size() - 1; more > 0) line += "; and " + std::to_string(more) + " more: 'warder check' tells all";
        cli::refuse(line);
        return std::nullopt;
    }
};

using Command = std::function<int(Config const&, Instance&, cli::CommandContext const&)>;

/// Notifies a running server. The change is stored even if that fails, but then the user must know that it may not be
/// in force yet.
void tell_server(std::filesystem::path const& data_dir) {
    switch (runtime::notify_server(data_dir)) {
        case runtime::NotifyResult::kNobody:
        case runtime::NotifyResult::kReloaded:
            return;
        case runtime::NotifyResult::kFailed:
            cli::refuse("warning: the change is stored, but the running server could not read everything again; its log says why");
            return;
        case runtime::NotifyResult::kNoAnswer:
            cli::refuse("warning: the change is stored, but the running server did not say that it has read it");
            return;
    }
}

/// Opens the store, runs the command, and notifies a running server if something changed.
int run(Place const& place, bool changes, Command const& command) {
    auto const config = place.read();
    if (!config) return cli::kRefused;
    auto ring = runtime::load_key_ring(config->key_file());
    if (!ring) return cli::refuse(ring.error().message);
    auto settings = config->instance_settings();
    // A command prints one line about a failure; the store's log line would be a second one.
    settings.log_level = log::Level::kNone;
    std::optional<cli::SignalsForMainThread> while_threads_start{std::in_place};
    auto const opened = Instance::open(settings, std::move(*ring), store::OpenMode::kExisting);
    if (!opened) return cli::refuse(opened.error());
    auto& instance = **opened;
    authority::PasswordHasher hasher{config->hashing()};
    while_threads_start.reset();
    auto const caller = runtime::local_caller();
    auto const status =
        command(*config, instance,
                {.authority = instance.authority(), .hasher = hasher, .clock = instance.clock(), .caller = caller, .is_json = place.is_json});
    if (changes && status == cli::kDone) tell_server(config->data_dir);
    // A command that failed may have changed something: tokens are deleted before their key is retired.
    if (changes && status == cli::kRefused) static_cast<void>(runtime::notify_server(config->data_dir));
    return status;
}

int run_serve(Place const& place, bool wants_new_store) {
    auto const config = place.read();
    if (!config) return cli::kRefused;
    auto const served = serve(*config, place.file(), place.overrides(), wants_new_store);
    return served ? cli::kDone : cli::refuse(served.error());
}

/// Prints everything that is wrong. @param with_routes  also connects to the upstreams.
int run_check(Place const& place, bool with_routes) {
    auto const overrides = place.overrides();
    auto reading = read_settings(place.file(), overrides);
    auto const warnings = find_warnings(reading, overrides);
    auto tried = with_routes ? try_routes(reading.config.routes) : TriedRoutes{};
    auto faults = find_problems(std::move(reading));
    std::ranges::move(tried.faults, std::back_inserter(faults));
    if (place.is_json) {
        boost::json::object answer{{"ok", faults.empty()}, {"faults", boost::json::array(faults.begin(), faults.end())}};
        if (with_routes) answer["working_routes"] = boost::json::array(tried.working.begin(), tried.working.end());
        cli::print(answer);
    } else {
        for (auto const& working : tried.working) cli::print("warder: " + working);
        for (auto const& warning : warnings) cli::refuse("warning: " + warning);
        for (auto const& fault : faults) cli::refuse(fault);
        if (faults.empty()) cli::print("warder: configuration, keys, store and permissions are in order");
    }
    return faults.empty() ? cli::kDone : cli::kRefused;
}

int run_backup(Place const& place, std::string const& folder) {
    auto const config = place.read();
    if (!config) return cli::kRefused;
    auto const made = make_backup(*config, folder);
    if (!made) return cli::refuse(made.error());
    if (place.is_json) {
        cli::print(boost::json::object{{"directory", folder}, {"users", made->users}, {"tokens", made->tokens}});
        return cli::kDone;
    }
    cli::print(folder + ": " + std::to_string(made->users) + " users, " + std::to_string(made->tokens) +
               " tokens, and the keys. In a server that is started from it, tokens deleted since live again, and tokens minted since are unknown.");
    return cli::kDone;
}

int verify(Instance& instance, std::optional<cli::RequestWanted> const& request) {
    if (!instance.follow()) return cli::refuse(authority::Error::kStoreUnavailable);
    return cli::verify_token(instance.verifier(), request);
}

/// The variables that the options are stored in. They live as long as the program.
struct Arguments {
    Place place;
    std::string name, id;
    std::optional<std::string> user, description, life, overlap, admin;
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
    a->place.declare(*declared);
    declared->add_flag("--json", a->place.is_json, "print JSON: the object that the HTTP call answers, where there is one");
    declared->callback(
        [&chosen, a, changes, command = std::move(command)] { chosen = [a, changes, command] { return run(a->place, changes, command); }; });
    return declared;
}

/// Deletes the file of the initial password once the first administrator's password was changed.
int forget_initial_password(Config const& config, std::string const& user, int status) {
    if (status == cli::kDone && core::fold_name(user) == "admin") ::unlink(initial_password_file(config).c_str());
    return status;
}

void declare_users(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const user = program.add_subcommand("user", "users: add, list, set, passwd, delete")->require_subcommand(1);
    auto const with_name = [&](CLI::App* command) {
        command->add_option("NAME", a->name, "the user's name")->required();
        return command;
    };
    auto const with_password = [&](CLI::App* command) {
        command->add_flag("--password-stdin", a->password_from_input, "read the password as one line of standard input, a terminal's too");
    };
    auto* const add = with_name(declare(*user, chosen, a, "add", "add a user; the password is one line of standard input, or asked for on a terminal",
                                        true, [a](Config const&, Instance&, cli::CommandContext const& tools) {
                                            return cli::add_user(tools, {.name = a->name, .is_admin = a->is_admin, .endpoints = a->endpoints},
                                                                 a->password_from_input);
                                        }));
    add->add_flag("--admin", a->is_admin, "an administrator");
    with_password(add);
    add_endpoints(*add, a->endpoints, "what the user's tokens may reach at most, e.g. \"GET /v1alpha/**\"; once for each");
    declare(*user, chosen, a, "list", "list the users", false,
            [](Config const&, Instance&, cli::CommandContext const& tools) { return cli::list_users(tools); });
    auto* const set = with_name(declare(*user, chosen, a, "set", "make a user an administrator, or no longer one; set what their tokens may reach",
                                        true, [a](Config const&, Instance&, cli::CommandContext const& tools) {
                                            auto const is_admin = a->admin ? std::optional{*a->admin == "true"} : std::nullopt;
                                            bool const has_limit = a->lifts_limit || !a->endpoints.empty();
                                            if (!is_admin && !has_limit) {
                                                cli::refuse("nothing to set: it takes --admin, --endpoint or --unlimited");
                                                return cli::kWrongUsage;
                                            }
                                            return cli::set_user(tools, a->name, is_admin, has_limit ? std::optional{a->endpoints} : std::nullopt);
                                        }));
    add_text(*set, "--admin", a->admin, "true or false")->check(CLI::IsMember({"true", "false"}));
    auto* const endpoint = add_endpoints(*set, a->endpoints, "what the user's tokens may reach at most, in place of what was set; once for each");
    set->add_flag("--unlimited", a->lifts_limit, "the user's tokens may reach everything that they themselves are not limited to")
        ->excludes(endpoint);
    with_password(with_name(declare(*user, chosen, a, "passwd", "set a user's password: one line of standard input, or asked for on a terminal", true,
                                    [a](Config const& config, Instance&, cli::CommandContext const& tools) {
                                        return forget_initial_password(config, a->name, cli::change_password(tools, a->name, a->password_from_input));
                                    })));
    with_name(declare(*user, chosen, a, "delete", "delete a user and all of their tokens", true,
                      [a](Config const& config, Instance&, cli::CommandContext const& tools) {
                          return forget_initial_password(config, a->name, cli::delete_user(tools, a->name));
                      }));
}

void declare_tokens(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const token = program.add_subcommand("token", "tokens: create, list, show, renew, revoke, verify")->require_subcommand(1);
    auto const with_id = [&](CLI::App* command) {
        command->add_option("ID", a->id, "the token's id")->required();
        return command;
    };
    auto* const create =
        declare(*token, chosen, a, "create", "mint a token for a user: it is printed this once, its id goes to standard error", true,
                [a](Config const&, Instance&, cli::CommandContext const& tools) {
                    return cli::create_token(tools, {.user = *a->user, .description = *a->description, .life = *a->life, .endpoints = a->endpoints});
                });
    add_text(*create, "--user", a->user, "whose token")->required();
    add_text(*create, "--description", a->description, "what it is for")->required();
    add_text(*create, "--life", a->life, "how long it lives, e.g. \"3 months\"")->required();
    add_endpoints(*create, a->endpoints, "what it may reach, e.g. \"GET /v1alpha/wallets/*/psbt\"; once for each, without it everything");
    auto* const list = declare(*token, chosen, a, "list", "list tokens", false, [a](Config const&, Instance&, cli::CommandContext const& tools) {
        return cli::list_tokens(tools, a->user, a->with_usage);
    });
    add_text(*list, "--user", a->user, "only this user's");
    auto* const show =
        with_id(declare(*token, chosen, a, "show", "show a token", false,
                        [a](Config const&, Instance&, cli::CommandContext const& tools) { return cli::show_token(tools, a->id, a->with_usage); }));
    for (auto* const command : {list, show})
        command->add_flag("--usage", a->with_usage, "with --json: add what ?include=usage adds, as it is stored");
    auto* const renew = with_id(
        declare(*token, chosen, a, "renew", "replace a token by a new one, which is printed this once", true,
                [a](Config const&, Instance&, cli::CommandContext const& tools) { return cli::renew_token(tools, a->id, a->life, a->overlap); }));
    add_text(*renew, "--life", a->life, "another life than the one that the old one was minted with");
    add_text(*renew, "--overlap", a->overlap, "how long the old one goes on, e.g. \"1 hour\"; without it the old one ends at once");
    with_id(declare(*token, chosen, a, "revoke", "delete a token", true,
                    [a](Config const&, Instance&, cli::CommandContext const& tools) { return cli::revoke_token(tools, a->id); }));
    auto* const judge =
        declare(*token, chosen, a, "verify", "judge the token that is the one line of standard input, maybe for a request, and print its payload",
                false, [a](Config const&, Instance& instance, cli::CommandContext const&) {
                    if (!a->method) return verify(instance, std::nullopt);
                    return verify(instance, cli::RequestWanted{.method = *a->method, .path = *a->path, .host = a->host, .rpc = a->rpc});
                });
    auto* const method = add_text(*judge, "--method", a->method, "the request's method");
    auto* const path = add_text(*judge, "--path", a->path, "the request's path, as it would be sent")->needs(method);
    method->needs(path);
    add_text(*judge, "--host", a->host, "the request's Host")->needs(method);
    add_text(*judge, "--rpc", a->rpc, "the JSON-RPC method that its body would call")->needs(method);
}

cli::KeyTools key_tools(Config const& config, Instance& instance) {
    return {.file = config.key_file(), .clock = instance.clock(), .random = instance.random()};
}

void declare_keys(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const key = program.add_subcommand("key", "signing keys: list, rotate, retire")->require_subcommand(1);
    declare(*key, chosen, a, "list", "list the keys, without the keys themselves", false,
            [](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                return cli::list_keys(key_tools(config, instance), tools.is_json);
            });
    declare(*key, chosen, a, "rotate", "sign with a new key from here on; the old ones verify", true,
            [](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                return cli::rotate_keys(tools, key_tools(config, instance));
            });
    auto* const retire = declare(*key, chosen, a, "retire", "remove a key that no live token needs", true,
                                 [a](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                                     return cli::retire_key(tools, key_tools(config, instance), a->id, a->revokes_tokens);
                                 });
    retire->add_option("KID", a->id, "the key's id")->required();
    retire->add_flag("--revoke-tokens", a->revokes_tokens, "delete the tokens that it signed first");
}

void declare_audit(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const audit = declare(program, chosen, a, "audit", "list who changed what and who signed in, from where, newest first", false,
                                [a](Config const& config, Instance&, cli::CommandContext const& tools) {
                                    // A running server first writes the events that it still holds. If it doesn't
                                    // answer, the other events are shown.
                                    static_cast<void>(runtime::notify_server(config.data_dir));
                                    return cli::list_audit_events(tools, a->limit);
                                });
    audit->add_option("--limit", a->limit, "how many at most, 1 to 1000; 100 without it")->check(CLI::Range(1, 1000));
}

void declare_import(CLI::App& program, Action& chosen, Shared const& a) {
    auto* const import = program.add_subcommand("import", "bring users and tokens from another program")->require_subcommand(1);
    auto* const specter = declare(*import, chosen, a, "specter",
                                  "add the users of Specter Desktop's users.json, which is only read, and, with its secret, their tokens; "
                                  "users who exist only gain tokens",
                                  true, [a](Config const& config, Instance& instance, cli::CommandContext const& tools) {
                                      return cli::import_specter(tools, key_tools(config, instance), a->import);
                                  });
    specter->add_option("USERS_JSON", a->import.users_json, "the file, e.g. ~/.specter/users.json")->required();
    add_text(*specter, "--secret-file", a->import.secret_file, "a file with the text of Specter's SECRET_KEY");
    specter->add_flag("--dry-run", a->import.is_dry_run, "only count what would be added and left out; nothing is written");
}

}  // namespace

void declare_commands(CLI::App& program, Action& chosen) {
    program.set_version_flag("--version", "warder " WARDER_VERSION, "print the version and exit");
    program.footer("Exit codes: 0 done, 1 refused or failed, 2 wrong usage. 'warder COMMAND --help' tells more of one.");
    program.failure_message([](CLI::App const*, CLI::Error const& error) {
        return "warder: " + http::quote_for_message(error.what(), kLongestComplaint) + "; --help shows the usage\n";
    });
    auto const a = std::make_shared<Arguments>();
    auto* const serving = program.add_subcommand("serve", "run the server");
    a->place.declare(*serving);
    serving->add_option("--listen", a->place.listen, "address and port; 127.0.0.1:8441 without it, port 0 for one that is free");
    serving->add_flag("--new-store", a->wants_new_store, "start with an empty store, although the signing keys have been used with another");
    serving->callback([&chosen, a] { chosen = [a] { return run_serve(a->place, a->wants_new_store); }; });

    declare_users(program, chosen, a);
    declare_tokens(program, chosen, a);
    declare_keys(program, chosen, a);
    declare_import(program, chosen, a);
    declare_audit(program, chosen, a);

    auto* const duration = program.add_subcommand(
        "duration", "print durations in seconds, a line each: \"invalid\" for one that can't be read, and then the exit code is 1");
    duration->add_option("TEXT", a->texts, "e.g. \"6 minutes\", \"3 months\", \"P1Y2M\"")->required();
    duration->add_flag("--json", a->place.is_json, "print one JSON array: numbers, and null for what can't be read");
    duration->callback([&chosen, a] { chosen = [a] { return cli::print_durations(a->texts, a->place.is_json); }; });

    auto* const grant = program.add_subcommand("grant", "say whether a grant covers a request: \"allow\", or \"deny\" and exit code 1");
    grant->add_option("GRANT", a->grant.grant, "e.g. \"GET /v1alpha/wallets/*/psbt\"")->required();
    grant->add_option("METHOD", a->grant.method, "the request's method")->required();
    grant->add_option("PATH", a->grant.target, "the request's path, with //HOST before it for a grant with a host")->required();
    add_text(*grant, "RPC-METHOD", a->grant.rpc, "the JSON-RPC method that its body would call");
    grant->add_flag("--json", a->place.is_json, "print {\"allowed\": true or false}");
    grant->callback([&chosen, a] { chosen = [a] { return cli::evaluate_grant(a->grant, a->place.is_json); }; });

    auto* const check = program.add_subcommand("check", "say what is wrong with the configuration, the store and the permissions");
    a->place.declare(*check);
    check->add_flag("--json", a->place.is_json, "print {\"ok\": true or false, \"faults\": [sentences]}; with --routes also \"working_routes\"");
    check->add_flag("--routes", a->with_routes, "also connect to the upstream of every route, for its connect_timeout at most; nothing is sent");
    check->callback([&chosen, a] { chosen = [a] { return run_check(a->place, a->with_routes); }; });

    auto* const backup = program.add_subcommand("backup", "copy the database and the keys, also while a server runs, into a folder that it makes");
    a->place.declare(*backup);
    backup->add_option("DIR", a->name, "the folder, which must not be there; 'serve --data-dir DIR' is the restored server")->required();
    backup->add_flag("--json", a->place.is_json, "print {\"directory\": DIR, \"users\": how many, \"tokens\": how many}");
    backup->callback([&chosen, a] { chosen = [a] { return run_backup(a->place, a->name); }; });
    backup->footer("Tokens deleted after the backup was made live again in a server that is started from it.");

    program.add_subcommand("migrate")->group("")->prefix_command()->callback([&chosen] {
        chosen = [] {
            cli::refuse("'migrate' is not available yet in this version");
            return cli::kWrongUsage;
        };
    });
}

}  // namespace warder::app
