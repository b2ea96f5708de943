// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/password_rule.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/grants.hpp"
#include "cli/output/table.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/words.hpp"
#include "core/rules.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"

#include <cstdio>
#include <expected>
#include <span>
#include <unistd.h>
#include <vector>

namespace warder::cli {
namespace {

using authority::Error;
using authority::wait;

char const* role_of(UserRecord const& user) {
    if (user.is_admin) return "administrator";
    return user.is_service() ? "service account" : "user";
}

Table table_of(std::span<UserRecord const> users) {
    auto table = Table::with_header({"NAME", "ROLE", "TOKENS", "CEILING", "CREATED", "LAST SIGN-IN"});
    for (auto const& user : users)
        table.add({user.name, role_of(user), std::to_string(user.token_count), user.ceiling != nullptr ? summary(*user.ceiling) : "none",
                   date(user.created_at), user.last_sign_in_at ? date_and_time(*user.last_sign_in_at) : "-"});
    return table;
}

void show(CommandContext const& tools, UserRecord const& user) {
    if (tools.is_json) print(api::view_of(user));
    else print(table_of({&user, 1}));
}

/// Reads a password from one line of standard input or, on a terminal, asks for it twice.
std::expected<crypto::Secret, CommandError> read_password(bool from_input) {
    bool const prompts = !from_input && is_terminal();
    auto first = prompts ? prompt_for_secret("Password: ", core::kMaxPassword) : read_line(STDIN_FILENO, core::kMaxPassword);
    if (!first) {
        if (first.error() == ReadLineError::kTooLong) return std::unexpected{Error::kPasswordTooLong};
        if (first.error() == ReadLineError::kUnreadable) return std::unexpected{"can't read standard input"};
        return std::unexpected{
            CommandError{"no password given; provide it as one line of standard input, or run the command on a terminal", kUsageError}};
    }
    if (!prompts) return std::move(*first);
    auto const again = prompt_for_secret("Again: ", core::kMaxPassword);
    if (!again || !crypto::equal_in_constant_time(first->view(), again->view()))
        return std::unexpected{"the two passwords are not the same; nothing was changed"};
    return std::move(*first);
}

/// Reads a password and returns its hash.
std::expected<std::string, CommandError> read_and_hash(CommandContext const& tools, bool from_input) {
    WARDER_TRY(auto const password, read_password(from_input));
    WARDER_TRY_VOID(authority::validate_password(password.view()));
    return wait<std::string>([&](auto done) { tools.hasher.hash(password.copy(), {}, std::move(done)); });
}

/// Deletes the file of the initial password once the first administrator's password was changed.
void forget_initial_password(CommandContext const& tools, std::string const& user) {
    if (core::fold_name(user) == "admin") ::unlink(tools.initial_password_file.c_str());
}

struct AddOptions {
    std::string name;
    bool is_admin = false;
    bool is_service = false;
    bool password_from_input = false;
    GrantTexts endpoints;
};

CommandResult add_user(CommandContext const& tools, AddOptions const& wanted) {
    if (!core::is_user_name(wanted.name)) return std::unexpected{Error::kBadUserName};
    WARDER_TRY(auto const ceiling, read_grants(wanted.endpoints));
    authority::NewUser fresh{.name = wanted.name, .password_hash = {}, .is_admin = wanted.is_admin, .ceiling = ceiling};
    if (!wanted.is_service) {
        WARDER_TRY(fresh.password_hash, read_and_hash(tools, wanted.password_from_input));
    }
    WARDER_TRY(auto const user, wait<UserRecord>([&](auto done) { tools.authority.add_user(tools.principal, std::move(fresh), std::move(done)); }));
    show(tools, user);
    return {};
}

struct UserListOptions {
    bool with_sign_ins = false;
};

CommandResult list_users(CommandContext const& tools, UserListOptions const& options) {
    WARDER_TRY(auto const users, wait<std::vector<UserRecord>>([&](auto done) { tools.authority.list_users(std::move(done)); }));
    if (tools.is_json) {
        std::string list{api::kUserListBegin};
        auto const last_sign_in = options.with_sign_ins ? api::LastSignIn::kShown : api::LastSignIn::kLeftOut;
        for (auto const& user : users) list.append(list.ends_with('[') ? "" : ",").append(api::view_of(user, last_sign_in));
        print(list.append(api::kUserListEnd));
    } else {
        print(table_of(users));
    }
    return {};
}

struct SetOptions {
    std::string name;
    std::optional<std::string> admin;
    GrantTexts endpoints;
    bool lifts_limit = false;
};

CommandResult set_user(CommandContext const& tools, SetOptions const& options) {
    authority::UserEdit edit{.is_admin = {}, .ceiling = {}};
    if (options.admin) edit.is_admin = *options.admin == "true";
    bool const has_limit = options.lifts_limit || !options.endpoints.empty();
    if (!edit.is_admin && !has_limit) {
        return std::unexpected{CommandError{"nothing to change: give --admin, --endpoint or --unlimited", kUsageError}};
    }
    if (has_limit) {
        WARDER_TRY(edit.ceiling, read_grants(options.endpoints));
    }
    WARDER_TRY(auto const user,
               wait<UserRecord>([&](auto done) { tools.authority.edit_user(tools.principal, options.name, std::move(edit), std::move(done)); }));
    show(tools, user);
    return {};
}

struct PasswordOptions {
    std::string name;
    bool from_input = false;
};

CommandResult change_password(CommandContext const& tools, PasswordOptions const& options) {
    WARDER_TRY_VOID(wait<UserRecord>([&](auto done) { tools.authority.show_user(options.name, std::move(done)); }));
    WARDER_TRY(auto hash, read_and_hash(tools, options.from_input));
    WARDER_TRY_VOID(wait<void>([&](auto done) { tools.authority.set_password(tools.principal, options.name, std::move(hash), std::move(done)); }));
    if (tools.is_json) print(api::view_of_message(api::kPasswordChanged));
    forget_initial_password(tools, options.name);
    return {};
}

struct DeleteOptions {
    std::string name;
};

CommandResult delete_user(CommandContext const& tools, DeleteOptions const& options) {
    WARDER_TRY_VOID(wait<void>([&](auto done) { tools.authority.remove_user(tools.principal, options.name, std::move(done)); }));
    if (tools.is_json) print(api::view_of_message(api::kUserDeleted));
    forget_initial_password(tools, options.name);
    return {};
}

void add_name(CLI::App& command, std::string& name) { command.add_option("NAME", name, "name of the user")->required(); }

CLI::Option* add_password(CLI::App& command, bool& from_input) {
    return command.add_flag("--password-stdin", from_input, "read the password from one line of standard input, even on a terminal");
}

}  // namespace

void declare_user_commands(CommandLine const& program) {
    auto const group = program.group("user", "manage users: add, list, set, passwd, delete");
    auto const [add, added] =
        group.add_on_store("add", "add a user; reads the password from standard input, or prompts for it on a terminal", Effect::kChanges, &add_user);
    add_name(add, added.name);
    auto* const admin = add.add_flag("--admin", added.is_admin, "make the user an administrator");
    auto* const from_input = add_password(add, added.password_from_input);
    add.add_flag("--service", added.is_service, "add a service account: a user without a password, who owns tokens but can't sign in")
        ->excludes(admin)
        ->excludes(from_input);
    add_endpoints(add, added.endpoints, "ceiling: a grant that bounds all tokens of the user, e.g. \"GET /v1alpha/**\"; may be repeated");

    auto const [list, listed] = group.add_on_store("list", "list all users", Effect::kNone, &list_users);
    list.add_flag("--last-sign-in", listed.with_sign_ins, "with --json: add the field of ?include=last_sign_in");

    auto const [set, edit] =
        group.add_on_store("set", "change whether a user is an administrator, or the ceiling of their tokens", Effect::kChanges, &set_user);
    add_name(set, edit.name);
    add_text(set, "--admin", edit.admin, "whether the user is an administrator")->check(CLI::IsMember({"true", "false"}));
    auto* const endpoint = add_endpoints(set, edit.endpoints, "new ceiling: a grant that bounds all tokens of the user; may be repeated");
    set.add_flag("--unlimited", edit.lifts_limit, "remove the ceiling")->excludes(endpoint);

    auto const [passwd, password] = group.add_on_store(
        "passwd", "set a user's password; reads it from standard input, or prompts for it on a terminal", Effect::kChanges, &change_password);
    add_name(passwd, password.name);
    add_password(passwd, password.from_input);

    auto const [erase, erased] = group.add_on_store("delete", "delete a user and all of their tokens", Effect::kChanges, &delete_user);
    add_name(erase, erased.name);
}

}  // namespace warder::cli
