// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/given_token.hpp"
#include "cli/output/terminal.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"
#include "warder/verifier.hpp"

namespace warder::cli {
namespace {

struct RevokeOptions {
    std::optional<std::string> id;
    bool from_input = false;  ///< Read the token itself, as someone has who found it.
};

CommandResult revoke_by_id(CommandContext const& tools, TokenId const& id) {
    WARDER_TRY_VOID(authority::wait<void>([&](auto done) { tools.authority.revoke(tools.principal, id, std::move(done)); }));
    if (tools.is_json) print(api::view_of_message(api::kTokenDeleted));
    return {};
}

/// Revokes the token on standard input, also an expired or disabled one, and says whose it was.
CommandResult revoke_given_token(CommandContext const& tools) {
    auto const* const verifier = tools.load_verifier();
    if (verifier == nullptr) return std::unexpected{authority::Error::kStoreUnavailable};
    WARDER_TRY(auto const token, read_and_verify(*verifier));
    if (!token.verified && (!token.identity || token.verified.error() == authority::TokenError::kNotRegistered))
        return std::unexpected{rejection(token, token.verified.error())};
    WARDER_TRY_VOID(revoke_by_id(tools, token.identity->id));
    if (!tools.is_json) print("revoked " + token.description());
    return {};
}

CommandResult revoke_token(CommandContext const& tools, RevokeOptions const& options) {
    if (options.from_input == options.id.has_value())
        return std::unexpected{CommandError{"give the id of the token, or --stdin to read the token itself from standard input", kUsageError}};
    if (options.from_input) return revoke_given_token(tools);
    WARDER_TRY(auto const id, read_id(*options.id));
    return revoke_by_id(tools, id);
}

}  // namespace

void declare_revoke_command(CommandLine const& tokens) {
    auto const [revoke, options] = tokens.add_on_store("revoke", "revoke a token", Effect::kChanges, &revoke_token);
    add_text(revoke, "ID", options.id, "id of the token");
    revoke.add_flag("--stdin", options.from_input, "read the token itself from one line of standard input; says whose it was");
}

}  // namespace warder::cli
