// SPDX-License-Identifier: MIT
#pragma once

#include "cli/terminal.hpp"
#include "warder/token.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace warder::cli {

int add_user(Tools const& tools, std::string const& name, bool is_admin, bool password_from_input);
int list_users(Tools const& tools);
int set_user(Tools const& tools, std::string const& name, std::optional<bool> is_admin);
int change_password(Tools const& tools, std::string const& name, bool password_from_input);
int delete_user(Tools const& tools, std::string const& name);

int create_token(Tools const& tools, std::string const& user, std::string const& description, std::string const& life);
int list_tokens(Tools const& tools, std::optional<std::string> const& user);
int show_token(Tools const& tools, std::string const& id);
int renew_token(Tools const& tools, std::string const& id, std::optional<std::string> const& life, std::optional<std::string> const& overlap);
int revoke_token(Tools const& tools, std::string const& id);
/// The token is the one line of standard input; its payload is printed if it would be accepted.
int verify_token(authority::Verifier const& verifier);

/// Where the keys are, and how a new one is made.
struct KeyTools {
    std::filesystem::path file;
    Clock const& clock;
    Random& random;
};
int list_keys(KeyTools const& keys, bool is_json);
int rotate_keys(KeyTools const& keys, bool is_json);
int retire_key(Tools const& tools, KeyTools const& keys, std::string const& id, bool revokes_tokens);

}  // namespace warder::cli
