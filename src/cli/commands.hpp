// SPDX-License-Identifier: MIT
#pragma once

#include "cli/terminal.hpp"
#include "warder/token.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace warder::cli {

/// Grants as they were typed. Empty means unscoped.
using GrantTexts = std::vector<std::string>;

struct UserWanted {
    std::string name;
    bool is_admin = false;
    GrantTexts endpoints{};
};
int add_user(CommandContext const& tools, UserWanted const& wanted, bool password_from_input);
int list_users(CommandContext const& tools);
/// @param endpoints  nullopt leaves the ceiling unchanged; an empty list removes it.
int set_user(CommandContext const& tools, std::string const& name, std::optional<bool> is_admin, std::optional<GrantTexts> const& endpoints);
int change_password(CommandContext const& tools, std::string const& name, bool password_from_input);
int delete_user(CommandContext const& tools, std::string const& name);

struct TokenWanted {
    std::string user, description, lifetime;
    GrantTexts endpoints{};
};
int create_token(CommandContext const& tools, TokenWanted const& wanted);
/// @param with_usage  adds the keys of `?include=usage` to the JSON; the output for people always has them.
int list_tokens(CommandContext const& tools, std::optional<std::string> const& user, bool with_usage = false);
int show_token(CommandContext const& tools, std::string const& id, bool with_usage = false);
int renew_token(CommandContext const& tools, std::string const& id, std::optional<std::string> const& lifetime,
                std::optional<std::string> const& overlap);
int revoke_token(CommandContext const& tools, std::string const& id);
/// A request that a token is to be authorized for.
struct RequestWanted {
    std::string method, path;
    std::optional<std::string> host, rpc;
};
/// Reads the token from the one line of standard input. Prints its payload if the token is valid and, if there is a
/// request, may make it.
int verify_token(authority::Verifier const& verifier, std::optional<RequestWanted> const& request);

struct GrantQuestion {
    std::string grant, method, target;  ///< The target is `[//HOST]PATH`.
    std::optional<std::string> rpc;
};
/// Prints `allow` or `deny`. Fails with `kUsageError` if the grant, the path or the method is invalid.
int evaluate_grant(GrantQuestion const& question, bool is_json);

/// The key file, and what is needed to create a key.
struct KeyTools {
    std::filesystem::path file;
    Clock const& clock;
    Random& random;
};
int list_keys(KeyTools const& keys, bool is_json);
int rotate_keys(CommandContext const& tools, KeyTools const& keys);
/// A file of Specter Desktop, which is never written, and optionally a file with its SECRET_KEY.
struct ImportWanted {
    std::string users_json;
    std::optional<std::string> secret_file;
    bool is_dry_run = false;  ///< Writes nothing; only counts what would be imported.
};
/// Prints how many users and tokens were imported, and how many were skipped and why.
int import_specter(CommandContext const& tools, KeyTools const& keys, ImportWanted const& wanted);
int retire_key(CommandContext const& tools, KeyTools const& keys, std::string const& id, bool revokes_tokens);

/// Lists audit events, newest first.
int list_audit_events(CommandContext const& tools, std::uint32_t limit);

/// Prints each duration in seconds, one per line. For an invalid one it prints "invalid", and the exit code is
/// `kFailure`.
int print_durations(std::vector<std::string> const& texts, bool is_json);

}  // namespace warder::cli
