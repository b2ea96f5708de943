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

/// Grants as they were typed: none for no limit.
using GrantTexts = std::vector<std::string>;

struct UserWanted {
    std::string name;
    bool is_admin = false;
    GrantTexts endpoints{};
};
int add_user(CommandContext const& tools, UserWanted const& wanted, bool password_from_input);
int list_users(CommandContext const& tools);
/// @param endpoints  without them the ceiling stays; an empty list lifts it.
int set_user(CommandContext const& tools, std::string const& name, std::optional<bool> is_admin, std::optional<GrantTexts> const& endpoints);
int change_password(CommandContext const& tools, std::string const& name, bool password_from_input);
int delete_user(CommandContext const& tools, std::string const& name);

struct TokenWanted {
    std::string user, description, life;
    GrantTexts endpoints{};
};
int create_token(CommandContext const& tools, TokenWanted const& wanted);
/// @param with_usage  the JSON has what `?include=usage` adds; for people it is there anyway.
int list_tokens(CommandContext const& tools, std::optional<std::string> const& user, bool with_usage = false);
int show_token(CommandContext const& tools, std::string const& id, bool with_usage = false);
int renew_token(CommandContext const& tools, std::string const& id, std::optional<std::string> const& life,
                std::optional<std::string> const& overlap);
int revoke_token(CommandContext const& tools, std::string const& id);
/// A request that a token may be judged for.
struct RequestWanted {
    std::string method, path;
    std::optional<std::string> host, rpc;
};
/// The token is the one line of standard input; its payload is printed if it would be accepted, for that request if there is one.
int verify_token(authority::Verifier const& verifier, std::optional<RequestWanted> const& request);

struct GrantQuestion {
    std::string grant, method, target;  ///< The target: `[//HOST]PATH`.
    std::optional<std::string> rpc;
};
/// `allow` or `deny`; wrong usage for what is no grant, no path that is judged, or no method.
int evaluate_grant(GrantQuestion const& question, bool is_json);

/// Where the keys are, and how a new one is made.
struct KeyTools {
    std::filesystem::path file;
    Clock const& clock;
    Random& random;
};
int list_keys(KeyTools const& keys, bool is_json);
int rotate_keys(CommandContext const& tools, KeyTools const& keys);
/// A file of Specter Desktop's, which is only read, and one with the text of its SECRET_KEY.
struct ImportWanted {
    std::string users_json;
    std::optional<std::string> secret_file;
    bool is_dry_run = false;  ///< Nothing is written: what would come is counted.
};
/// Prints how many users and tokens came, and how many were left out and why.
int import_specter(CommandContext const& tools, KeyTools const& keys, ImportWanted const& wanted);
int retire_key(CommandContext const& tools, KeyTools const& keys, std::string const& id, bool revokes_tokens);

/// Newest first.
int list_audit_events(CommandContext const& tools, std::uint32_t limit);

/// Prints each text in seconds, a line each; "invalid", and the exit code is `kRefused`, for one that can't be read.
int print_durations(std::vector<std::string> const& texts, bool is_json);

}  // namespace warder::cli
