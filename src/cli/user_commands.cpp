// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/password_rule.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/grants.hpp"
#include "cli/terminal.hpp"
#include "core/rules.hpp"
#include "core/text/times.hpp"
#include "warder/authority.hpp"

#include <cstdio>
#include <expected>
#include <unistd.h>
#include <vector>

namespace warder::cli {
namespace {

using authority::Error;
using authority::wait;

void show(CommandContext const& tools, UserRecord const& user) {
    if (tools.is_json) return print(api::view_of(user));
    print(user.name + (user.is_admin ? "\tadministrator\t" : "\tuser\t") + std::to_string(user.token_count) +
          (user.token_count == 1 ? " token" : " tokens") + "\tsince " + core::rfc3339(user.created_at) +
          (user.ceiling != nullptr ? "\thas a ceiling" : ""));
}

/// Reads a password from one line of standard input or, on a terminal, asks for it twice. On failure prints what is
/// wrong and returns the exit code.
std::expected<crypto::Secret, int> read_password(bool from_input) {
    bool const prompts = !from_input && is_terminal();
    auto first = prompts ? prompt_for_secret("Password: ", core::kMaxPassword) : read_line(STDIN_FILENO, core::kMaxPassword);
    if (!first) {
        if (first.error() == ReadLineError::kTooLong) return std::unexpected{print_error(Error::kPasswordTooLong)};
        if (first.error() == ReadLineError::kUnreadable) return std::unexpected{print_error("can't read standard input")};
        print_error("no password given; provide it as one line of standard input, or run the command on a terminal");
        return std::unexpected{kUsageError};
    }
    if (!prompts) return std::move(*first);
    auto const again = prompt_for_secret("Again: ", core::kMaxPassword);
    if (!again || !crypto::equal_in_constant_time(first->view(), again->view()))
        return std::unexpected{print_error("the two passwords are not the same; nothing was changed")};
    return std::move(*first);
}

/// Reads a password and returns its hash, or the exit code.
std::expected<std::string, int> read_and_hash(CommandContext const& tools, bool from_input) {
    auto const password = read_password(from_input);
    if (!password) return std::unexpected{password.error()};
    if (auto const valid = authority::validate_password(password->view()); !valid) return std::unexpected{print_error(valid.error())};
    auto hash = wait<std::string>([&](auto done) { tools.hasher.hash(password->copy(), {}, std::move(done)); });
    if (!hash) return std::unexpected{print_error(hash.error())};
    return std::move(*hash);
}

/// Deletes the file of the initial password once the first administrator's password was changed.
void forget_initial_password(CommandContext const& tools, std::string const& user) {
    if (core::fold_name(user) == "admin") ::unlink(tools.initial_password_file.c_str());
}

struct AddOptions {
    std::string name;
    bool is_admin = false;
    bool password_from_input = false;
    GrantTexts endpoints;
};

int add_user(CommandContext const& tools, AddOptions const& wanted) {
    if (!core::is_user_name(wanted.name)) return print_error(Error::kBadUserName);
    auto const ceiling = read_grants(wanted.endpoints);
    if (!ceiling) return ceiling.error();
    auto hash = read_and_hash(tools, wanted.password_from_input);
    if (!hash) return hash.error();
    authority::NewUser fresh{.name = wanted.name, .password_hash = std::move(*hash), .is_admin = wanted.is_admin, .ceiling = *ceiling};
    auto const user = wait<UserRecord>([&](auto done) { tools.authority.add_user(tools.principal, std::move(fresh), std::move(done)); });
    if (!user) return print_error(user.error());
    show(tools, *user);
    return kSuccess;
}

int list_users(CommandContext const& tools, NoOptions const&) {
    auto const users = wait<std::vector<UserRecord>>([&](auto done) { tools.authority.list_users(std::move(done)); });
    if (!users) return print_error(users.error());
    if (tools.is_json) {
        std::string list{api::kUserListBegin};
        for (auto const& user : *users) list.append(list.ends_with('[') ? "" : ",").append(api::view_of(user));
        print(list.append(api::kUserListEnd));
    } else {
        for (auto const& user : *users) show(tools, user);
    }
    return kSuccess;
}

struct SetOptions {
    std::string name;
    std::optional<std::string> admin;
    GrantTexts endpoints;
    bool lifts_limit = false;
};

int set_user(CommandContext const& tools, SetOptions const& options) {
    authority::UserEdit edit{.is_admin = {}, .ceiling = {}};
    if (options.admin) edit.is_admin = *options.admin == "true";
    bool const has_limit = options.lifts_limit || !options.endpoints.empty();
    if (!edit.is_admin && !has_limit) {
        print_error("nothing to change: give --admin, --endpoint or --unlimited");
        return kUsageError;
    }
    if (has_limit) {
        auto const ceiling = read_grants(options.endpoints);
        if (!ceiling) return ceiling.error();
        edit.ceiling = *ceiling;
    }
    auto const user =
        wait<UserRecord>([&](auto done) { tools.authority.edit_user(tools.principal, options.name, std::move(edit), std::move(done)); });
    if (!user) return print_error(user.error());
    show(tools, *user);
    return kSuccess;
}

struct PasswordOptions {
    std::string name;
    bool from_input = false;
};

int change_password(CommandContext const& tools, PasswordOptions const& options) {
    auto const user = wait<UserRecord>([&](auto done) { tools.authority.show_user(options.name, std::move(done)); });
    if (!user) return print_error(user.error());
    auto hash = read_and_hash(tools, options.from_input);
    if (!hash) return hash.error();
    auto const set = wait<void>([&](auto done) { tools.authority.set_password(tools.principal, options.name, std::move(*hash), std::move(done)); });
    if (!set) return print_error(set.error());
    if (tools.is_json) print(api::view_of_message(api::kPasswordChanged));
    forget_initial_password(tools, options.name);
    return kSuccess;
}

struct DeleteOptions {
    std::string name;
};

int delete_user(CommandContext const& tools, DeleteOptions const& options) {
    auto const removed = wait<void>([&](auto done) { tools.authority.remove_user(tools.principal, options.name, std::move(done)); });
    if (!removed) return print_error(removed.error());
    if (tools.is_json) print(api::view_of_message(api::kUserDeleted));
    forget_initial_password(tools, options.name);
    return kSuccess;
}

void add_name(CLI::App& command, std::string& name) { command.add_option("NAME", name, "name of the user")->required(); }

void add_password(CLI::App& command, bool& from_input) {
    command.add_flag("--password-stdin", from_input, "read the password from one line of standard input, even on a terminal");
}

}  // namespace

void declare_user_commands(CommandLine const& program) {
    auto const group = program.group("user", "manage users: add, list, set, passwd, delete");
    auto const [add, added] =
        group.add_on_store("add", "add a user; reads the password from standard input, or prompts for it on a terminal", Effect::kChanges, &add_user);
    add_name(add, added.name);
    add.add_flag("--admin", added.is_admin, "make the user an administrator");
    add_password(add, added.password_from_input);
    add_endpoints(add, added.endpoints, "ceiling: a grant that bounds all tokens of the user, e.g. \"GET /v1alpha/**\"; may be repeated");

    group.add_on_store("list", "list all users", Effect::kNone, &list_users);

    auto const [set, edit] =
        group.add_on_store("set", "change whether a user is an administrator, or the ceiling of their tokens", Effect::kChanges, &set_user);
    add_name(set, edit.name);
    add_text(set, "--admin", edit.admin, "true or false")->check(CLI::IsMember({"true", "false"}));
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
