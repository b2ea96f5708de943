// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/token_filter.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/grants.hpp"
#include "cli/output/terminal.hpp"
#include "cli/policy_options.hpp"
#include "cli/token_table.hpp"
#include "core/plain_seconds.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

namespace warder::cli {
namespace {

using authority::MintedToken;
using authority::OwnedToken;
using authority::wait;

std::string unreadable_duration(std::string_view text) {
    return "invalid duration " + quote(text.substr(0, kMaxLifetimeText)) + R"( (examples: "6 minutes", "1h30m", "3 months", or a number of seconds))";
}

/// Parses a lifetime. The authority checks whether it is too long or too short.
std::expected<Seconds, CommandError> read_lifetime(std::string const& text) {
    auto const lifetime = core::read_duration_or_seconds(text);
    if (lifetime && text.size() <= kMaxLifetimeText) return *lifetime;
    if (!lifetime && lifetime.error().reason == DurationError::Reason::kOverflow) return std::unexpected{authority::Error::kLifetimeTooLong};
    return failure(unreadable_duration(text), "bad_life");
}

void show_minted(CommandContext const& tools, MintedToken const& minted) {
    if (!tools.is_json) std::fprintf(stderr, "%s\n", minted.record.id.text().c_str());
    print(tools.is_json ? api::view_of(minted) : minted.text);
}

Instant now(CommandContext const& tools) { return std::chrono::floor<std::chrono::seconds>(tools.clock.now()); }

api::UsageKeys usage_keys(bool with_usage) { return with_usage ? api::UsageKeys::kStored : api::UsageKeys::kNone; }

struct CreateOptions {
    std::string user, description, lifetime;
    NewPolicyOptions limits;
};

CommandResult create_token(CommandContext const& tools, CreateOptions const& wanted) {
    WARDER_TRY(auto const lifetime, read_lifetime(wanted.lifetime));
    WARDER_TRY(auto const policy, wanted.limits.read(tools.presets));
    authority::MintRequest request{.description = wanted.description, .lifetime = lifetime, .policy = policy};
    WARDER_TRY(auto const minted,
               wait<MintedToken>([&](auto done) { tools.authority.mint_for(tools.principal, wanted.user, std::move(request), std::move(done)); }));
    show_minted(tools, minted);
    return {};
}

struct ListOptions {
    std::optional<std::string> user, expires_within, unused_for;
    bool with_usage = false;
};

/// Reads the duration of an option, if it is given.
std::expected<std::optional<Seconds>, CommandError> read_span(std::optional<std::string> const& text) {
    if (!text) return std::optional<Seconds>{};
    auto const span = core::read_duration_or_seconds(*text);
    if (!span || *span < Seconds{0} || text->size() > kMaxLifetimeText) return failure(unreadable_duration(*text), "bad_life");
    return std::optional{*span};
}

CommandResult list_tokens(CommandContext const& tools, ListOptions const& options) {
    authority::TokenFilter filter;
    WARDER_TRY(filter.expires_within, read_span(options.expires_within));
    WARDER_TRY(filter.unused_for, read_span(options.unused_for));
    if (filter.unused_for && !tools.authority.keeps_uses()) return std::unexpected{authority::Error::kNotSupportedByStore};
    authority::ListRequest request{.owner = authority::AllUsers{}, .after = {}, .limit = {}};
    if (options.user) request.owner = *options.user;
    WARDER_TRY(auto page, wait<authority::TokenPage>([&](auto done) { tools.authority.list(tools.principal, request, std::move(done)); }));
    std::erase_if(page.tokens, [&, at = now(tools)](OwnedToken const& token) { return !filter.accepts(token.record, at); });
    if (!tools.is_json) {
        print(table_of(page.tokens, now(tools)));
        return {};
    }
    std::string list{api::kTokenListBegin};
    for (auto const& token : page.tokens) {
        if (&token != &page.tokens.front()) list += ',';
        api::append_entry(list, token, tools.clock, true, usage_keys(options.with_usage));
    }
    print(list.append(api::kTokenListEnd));
    return {};
}

void print_token(CommandContext const& tools, OwnedToken const& owned, bool with_usage) {
    if (tools.is_json) return print(api::view_of(owned.record, tools.clock, usage_keys(with_usage)));
    print(properties_of(owned, now(tools)));
}

struct ShowOptions {
    std::string id;
    bool with_usage = false;
};

CommandResult show_token(CommandContext const& tools, ShowOptions const& options) {
    WARDER_TRY(auto const id, read_id(options.id));
    WARDER_TRY(auto const owned, wait<OwnedToken>([&](auto done) { tools.authority.show(tools.principal, id, std::move(done)); }));
    print_token(tools, owned, options.with_usage);
    return {};
}

struct TokenChanges {
    std::string id;
    std::optional<std::string> description;
    PolicyEditOptions limits;
};

CommandResult set_token(CommandContext const& tools, TokenChanges const& options) {
    WARDER_TRY(auto const id, read_id(options.id));
    WARDER_TRY(auto const limits, options.limits.read());
    authority::TokenEdit edit{.description = options.description, .policy = limits};
    if (!edit.description && edit.policy.is_empty())
        return std::unexpected{CommandError{"nothing to change: give --description, " + PolicyEditOptions::names(), kUsageError}};
    WARDER_TRY(auto const owned, wait<OwnedToken>([&](auto done) { tools.authority.edit(tools.principal, id, std::move(edit), std::move(done)); }));
    print_token(tools, owned, false);
    return {};
}

struct RenewOptions {
    std::string id;
    std::optional<std::string> lifetime, overlap;
};

CommandResult renew_token(CommandContext const& tools, RenewOptions const& options) {
    WARDER_TRY(auto const id, read_id(options.id));
    authority::RenewRequest request;
    if (options.lifetime) {
        WARDER_TRY(request.lifetime, read_lifetime(*options.lifetime));
    }
    if (options.overlap) {
        WARDER_TRY(request.overlap, read_lifetime(*options.overlap));
    }
    if (request.overlap && *request.overlap < Seconds{0}) return failure("invalid overlap: it must not be negative", "bad_life");
    if (request.overlap == Seconds{0}) request.overlap.reset();
    WARDER_TRY(auto const minted, wait<MintedToken>([&](auto done) { tools.authority.renew(tools.principal, id, request, std::move(done)); }));
    show_minted(tools, minted);
    return {};
}

void add_id(CLI::App& command, std::string& id) { command.add_option("ID", id, "id of the token")->required(); }

void add_usage(CLI::App& command, bool& with_usage) {
    command.add_flag("--usage", with_usage, "with --json: add the fields of ?include=usage, as stored");
}

}  // namespace

void declare_token_commands(CommandLine const& program) {
    auto const group = program.group("token", "manage tokens: create, list, show, set, renew, revoke, verify");
    auto const [create, wanted] =
        group.add_on_store("create", "mint a token for a user; prints the token, which is never shown again, and its id on standard error",
                           Effect::kChanges, &create_token);
    add_text(create, "--user NAME", wanted.user, "owner of the token")->required();
    add_text(create, "--description TEXT", wanted.description, "what the token is for")->required();
    add_text(create, "--life DURATION", wanted.lifetime, "lifetime, e.g. \"3 months\"")->required();
    wanted.limits.declare(create);

    auto const [list, listed] = group.add_on_store("list", "list tokens", Effect::kNone, &list_tokens);
    add_text(list, "--user NAME", listed.user, "only tokens of this user");
    add_text(list, "--expires-within DURATION", listed.expires_within, "only live tokens that expire within this time, e.g. \"14 days\"");
    add_text(list, "--unused-for DURATION", listed.unused_for,
             "only live tokens that were neither used nor created within this time, e.g. \"90 days\"");
    add_usage(list, listed.with_usage);

    auto const [show, shown] = group.add_on_store("show", "show a token", Effect::kNone, &show_token);
    add_id(show, shown.id);
    add_usage(show, shown.with_usage);

    auto const [set, edit] =
        group.add_on_store("set", "change the description of a token or what it may access, pause or resume it", Effect::kChanges, &set_token);
    add_id(set, edit.id);
    add_text(set, "--description TEXT", edit.description, "new description");
    edit.limits.declare(set);

    auto const [renew, renewed] =
        group.add_on_store("renew", "replace a token with a new one, which is printed and never shown again", Effect::kChanges, &renew_token);
    add_id(renew, renewed.id);
    add_text(renew, "--life DURATION", renewed.lifetime, "lifetime of the new token (default: that of the old one)");
    add_text(renew, "--overlap DURATION", renewed.overlap,
             "how long the old token stays valid, e.g. \"1 hour\" (default: it is revoked immediately)");

    declare_revoke_command(group);
    declare_verify_command(group);
}

}  // namespace warder::cli
