// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/given_token.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/words.hpp"
#include "core/text/times.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"
#include "warder/verifier.hpp"

namespace warder::cli {
namespace {

struct RevokeOptions {
    std::optional<std::string> id;
    bool from_input = false;          ///< Read the token itself, as someone has who found it.
    std::optional<std::string> user;  ///< Revoke all tokens of this user.
    bool waits = false;               ///< Until every node refuses what was revoked.
};

/// Returns "node1 (192.0.2.1:8441) after 12 ms, node2 (192.0.2.2:8441) after 3 ms".
std::string list_applied(authority::Propagation const& propagation) {
    std::string list;
    for (auto const& [node, after] : propagation.applied)
        list.append(list.empty() ? "" : ", ").append(node).append(" after ").append(std::to_string(after.count())).append(" ms");
    return list;
}

constexpr std::string_view kTokenUnconfirmed = "the token is revoked, but it is not known whether every node refuses it";
constexpr std::string_view kTokensUnconfirmed = "the tokens are revoked, but it is not known whether every node refuses them";

CommandError unconfirmed(std::string_view what, authority::Propagation const& propagation) {
    std::string why{what};
    for (auto const& [node, refuses_after] : propagation.pending)
        why.append("; ").append(node).append(" accepts no tokens after ").append(core::rfc3339(refuses_after));
    return {why, kFailure, kUnconfirmed};
}

/// Waits until every node refuses what was revoked, and says which these are.
/// @param what  the error if it isn't known of all nodes. @param view  returns the JSON of the revocation.
template <class View>
CommandResult await_nodes(CommandContext const& tools, std::string_view what, View view) {
    WARDER_TRY(auto const propagation, tools.await_nodes());
    auto const nodes = list_applied(propagation);
    if (tools.is_json) print(view(propagation));
    else if (propagation.is_complete) print(nodes.empty() ? "no server is running" : "refused by " + nodes);
    else if (!nodes.empty()) print("refused by " + nodes);
    return propagation.is_complete ? CommandResult{} : std::unexpected{unconfirmed(what, propagation)};
}

/// @param description  which token it is, for people; empty if they know.
CommandResult revoke_by_id(CommandContext const& tools, TokenId const& id, RevokeOptions const& options, std::string const& description = {}) {
    WARDER_TRY_VOID(authority::wait<void>([&](auto done) { tools.authority.revoke(tools.principal, id, std::move(done)); }));
    if (!tools.is_json && !description.empty()) print("revoked " + description);
    if (options.waits) return await_nodes(tools, kTokenUnconfirmed, api::view_of_revocation);
    if (tools.is_json) print(api::view_of_message(api::kTokenDeleted));
    return {};
}

/// Revokes the token on standard input, also an expired or disabled one, and says whose it was.
CommandResult revoke_given_token(CommandContext const& tools, RevokeOptions const& options) {
    auto const* const verifier = tools.load_verifier();
    if (verifier == nullptr) return std::unexpected{authority::Error::kStoreUnavailable};
    WARDER_TRY(auto const token, read_and_verify(*verifier));
    if (!token.verified && (!token.identity || token.verified.error() == authority::TokenError::kNotRegistered))
        return std::unexpected{rejection(token, token.verified.error())};
    return revoke_by_id(tools, token.identity->id, options, token.description());
}

CommandResult revoke_all_of(CommandContext const& tools, std::string const& user, RevokeOptions const& options) {
    WARDER_TRY(auto const count,
               authority::wait<std::int64_t>([&](auto done) { tools.authority.revoke_all(tools.principal, user, std::move(done)); }));
    if (!tools.is_json) print("revoked " + counted(count, "token") + " of " + user);
    if (options.waits)
        return await_nodes(tools, kTokensUnconfirmed,
                           [count](authority::Propagation const& propagation) { return api::view_of_revocations(count, &propagation); });
    if (tools.is_json) print(api::view_of_revocations(count));
    return {};
}

CommandResult revoke_token(CommandContext const& tools, RevokeOptions const& options) {
    if (options.id.has_value() + options.from_input + options.user.has_value() != 1)
        return std::unexpected{CommandError{
            "give the id of the token, --stdin to read the token itself from standard input, or --user to revoke all tokens of a user", kUsageError}};
    if (options.user) return revoke_all_of(tools, *options.user, options);
    if (options.from_input) return revoke_given_token(tools, options);
    WARDER_TRY(auto const id, read_id(*options.id));
    return revoke_by_id(tools, id, options);
}

}  // namespace

void declare_revoke_command(CommandLine const& tokens) {
    auto const [revoke, options] = tokens.add_on_store("revoke", "revoke a token, or all tokens of a user", Effect::kChanges, &revoke_token);
    add_text(revoke, "ID", options.id, "id of the token");
    revoke.add_flag("--stdin", options.from_input, "read the token itself from one line of standard input; says whose it was");
    add_text(revoke, "--user NAME", options.user, "revoke all tokens of this user, who stays");
    revoke.add_flag("--wait", options.waits,
                    "wait until every node refuses what was revoked, at most 5 seconds, and say which do; exit with 1 if some may not");
}

}  // namespace warder::cli
