// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/password_rule.hpp"
#include "authority/wait.hpp"
#include "cli/commands.hpp"
#include "cli/grants.hpp"
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
    if (auto const error = authority::validate_password(password->view())) return std::unexpected{print_error(*error)};
    auto hash = wait<std::string>([&](auto done) { tools.hasher.hash(password->copy(), {}, std::move(done)); });
    if (!hash) return std::unexpected{print_error(hash.error())};
    return std::move(*hash);
}

}  // namespace

int add_user(CommandContext const& tools, UserWanted const& wanted, bool password_from_input) {
    if (!core::is_user_name(wanted.name)) return print_error(Error::kBadUserName);
    auto const ceiling = read_grants(wanted.endpoints);
    if (!ceiling) return ceiling.error();
    auto hash = read_and_hash(tools, password_from_input);
    if (!hash) return hash.error();
    authority::NewUser fresh{.name = wanted.name, .password_hash = std::move(*hash), .is_admin = wanted.is_admin, .ceiling = *ceiling};
    auto const user = wait<UserRecord>([&](auto done) { tools.authority.add_user(tools.principal, std::move(fresh), std::move(done)); });
    if (!user) return print_error(user.error());
    show(tools, *user);
    return kSuccess;
}

int list_users(CommandContext const& tools) {
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

int set_user(CommandContext const& tools, std::string const& name, std::optional<bool> is_admin, std::optional<GrantTexts> const& endpoints) {
    authority::UserEdit edit{.is_admin = is_admin, .ceiling = {}};
    if (endpoints) {
        auto const ceiling = read_grants(*endpoints);
        if (!ceiling) return ceiling.error();
        edit.ceiling = *ceiling;
    }
    auto const user = wait<UserRecord>([&](auto done) { tools.authority.edit_user(tools.principal, name, std::move(edit), std::move(done)); });
    if (!user) return print_error(user.error());
    show(tools, *user);
    return kSuccess;
}

int change_password(CommandContext const& tools, std::string const& name, bool password_from_input) {
    auto const user = wait<UserRecord>([&](auto done) { tools.authority.show_user(name, std::move(done)); });
    if (!user) return print_error(user.error());
    auto hash = read_and_hash(tools, password_from_input);
    if (!hash) return hash.error();
    auto const set = wait<void>([&](auto done) { tools.authority.set_password(tools.principal, name, std::move(*hash), std::move(done)); });
    if (!set) return print_error(set.error());
    if (tools.is_json) print(api::view_of_message(api::kPasswordChanged));
    return kSuccess;
}

int delete_user(CommandContext const& tools, std::string const& name) {
    auto const removed = wait<void>([&](auto done) { tools.authority.remove_user(tools.principal, name, std::move(done)); });
    if (!removed) return print_error(removed.error());
    if (tools.is_json) print(api::view_of_message(api::kUserDeleted));
    return kSuccess;
}

}  // namespace warder::cli
