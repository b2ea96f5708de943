// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/token_filter.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/output/terminal.hpp"
#include "cli/policy_options.hpp"
#include "cli/token_table.hpp"
#include "core/jwt/jws.hpp"
#include "core/plain_seconds.hpp"
#include "core/text/base64url.hpp"
#include "core/text/enum_texts.hpp"
#include "core/try.hpp"
#include "log/quoted.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"
#include "warder/verifier.hpp"

#include <chrono>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace warder::cli {
namespace {

using authority::MintedToken;
using authority::OwnedToken;
using authority::wait;

std::string unreadable_duration(std::string_view text) {
    std::string why{"invalid duration "};
    log::append_quoted(why, text.substr(0, kMaxLifetimeText));
    return why + R"( (examples: "6 minutes", "1h30m", "3 months", or a number of seconds))";
}

/// Parses a lifetime. The authority checks whether it is too long or too short.
std::expected<Seconds, CommandError> read_lifetime(std::string const& text) {
    auto const lifetime = core::read_duration_or_seconds(text);
    if (lifetime && text.size() <= kMaxLifetimeText) return *lifetime;
    if (!lifetime && lifetime.error().reason == DurationError::Reason::kOverflow) return std::unexpected{authority::Error::kLifetimeTooLong};
    return failure(unreadable_duration(text), "bad_life");
}

authority::Result<TokenId> read_id(std::string const& text) {
    auto const id = TokenId::parse(text);
    return id ? authority::Result<TokenId>{*id} : std::unexpected{authority::Error::kTokenNotFound};
}

std::expected<crypto::Secret, ReadLineError> read_token() {
    if (is_terminal()) return prompt_for_secret("Token: ", core::kMaxTokenText);
    auto token = read_line(STDIN_FILENO, core::kMaxTokenText);
    // A second line may be the rest of a token that was broken in two; verifying only the first one would be
    // misleading.
    if (auto const more = read_line(STDIN_FILENO, 0); token && (more || more.error() != ReadLineError::kEnd))
        return std::unexpected{ReadLineError::kTooLong};
    return token;
}

void show_minted(CommandContext const& tools, MintedToken const& minted) {
    if (!tools.is_json) std::fprintf(stderr, "%s\n", minted.record.id.text().c_str());
    print(tools.is_json ? api::view_of(minted) : minted.text);
}

Instant now(CommandContext const& tools) { return std::chrono::floor<std::chrono::seconds>(tools.clock.now()); }

api::UsageKeys usage_keys(bool with_usage) { return with_usage ? api::UsageKeys::kStored : api::UsageKeys::kNone; }

constexpr core::EnumTexts<authority::TokenError::kStaleIndex> kRejections{{
    {authority::TokenError::kNotAToken, "the text is not a token"},
    {authority::TokenError::kBadHeader, "the header of the token is invalid or not supported"},
    {authority::TokenError::kUnknownKey, "the token was signed with a key that is unknown here"},
    {authority::TokenError::kBadSignature, "the signature of the token is invalid"},
    {authority::TokenError::kBadClaims, "the claims of the token are missing or invalid"},
    {authority::TokenError::kExpired, "the token has expired"},
    {authority::TokenError::kFromTheFuture, "the token is not valid yet; check the clock"},
    {authority::TokenError::kDisabled, "the token is disabled"},
    {authority::TokenError::kNotRegistered, "the token was revoked, or was never registered here"},
    {authority::TokenError::kStaleIndex,
     "the database did not respond in time, or a signing key in it can't be used here, so it can't be told whether the token is valid"},
}};

/// Returns why a token is rejected, with the reason's name for programs.
/// @param owner  what follows the reason: whose token it is.
std::unexpected<CommandError> reject(authority::TokenError error, std::string_view owner = {}) {
    auto const word = authority::code(error);
    return failure(std::string{kRejections[error]}.append(" (").append(word).append(")").append(owner), word);
}

/// A request that a token is to be authorized for: its method and path are given, or neither.
struct VerifyOptions {
    std::optional<std::string> method, path, host, rpc;
    std::optional<std::string> client;  ///< The address that the request comes from.
};

/// Checks whether the token may be used from the address, if one is given.
CommandResult check_address(authority::Verifier const& verifier, authority::VerifiedToken const& token, VerifyOptions const& wanted) {
    if (!wanted.client) return {};
    auto const client = parse_address(*wanted.client);
    if (!client) {
        std::string why{"invalid address "};
        log::append_quoted(why, *wanted.client);
        return std::unexpected{CommandError{why + R"( (examples: "192.0.2.7", "2001:db8::1"))", kUsageError}};
    }
    if (verifier.accepts_from(token, *client)) return {};
    return failure("the token may not be used from " + address_text(*client) + " (address_not_allowed)", "address_not_allowed");
}

/// Authorizes the request. An unscoped token may make any request, as over HTTP.
CommandResult authorize(authority::Verifier const& verifier, authority::VerifiedToken const& token, VerifyOptions const& wanted) {
    if (!token.is_scoped || !wanted.method) return {};
    std::string buffer(wanted.path->size(), '\0');
    auto const path = canonicalize_path(*wanted.path, buffer);
    if (!path) return failure(std::string{"invalid path: "}.append(describe(path.error())).append(" (bad_path)"), "bad_path");
    RpcMethods const rpc{wanted.rpc ? std::string_view{*wanted.rpc} : std::string_view{}};
    AccessRequest access{.method = *wanted.method, .host = {}, .path = *path, .rpc_methods = {}};
    if (wanted.host) access.host = *wanted.host;
    if (wanted.rpc) access.rpc_methods = &rpc;
    if (verifier.covers(token, access)) return {};
    return failure("no grant of the token covers this request (insufficient_scope)", "insufficient_scope");
}

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
        return std::unexpected{CommandError{"nothing to change: give --description, " + std::string{PolicyEditOptions::kAll}, kUsageError}};
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

/// A token that was given on standard input, and what its signature proves about it.
struct GivenToken {
    crypto::Secret text;
    std::expected<authority::VerifiedToken, authority::TokenError> verified;
    std::optional<authority::TokenIdentity> identity;  ///< Whose it is, even if it is rejected.

    /// Returns whose token it is, for messages: "token <id> of <user>"; empty if its signature doesn't hold.
    [[nodiscard]] std::string description() const { return identity ? "token " + identity->id.text() + " of " + identity->username : ""; }
};

/// Reads a token from the one line of standard input and verifies it.
std::expected<GivenToken, CommandError> read_and_verify(authority::Verifier const& verifier) {
    auto token = read_token();
    if (!token && token.error() == ReadLineError::kEnd) return std::unexpected{"no token given; provide it as one line of standard input"};
    if (!token && token.error() == ReadLineError::kUnreadable) return std::unexpected{"can't read standard input"};
    if (!token) return reject(authority::TokenError::kNotAToken);
    auto const verified = verifier.verify(token->view());
    auto identity = verifier.identify(token->view());
    return GivenToken{.text = std::move(*token), .verified = verified, .identity = std::move(identity)};
}

CommandError rejection(GivenToken const& token) {
    auto const owner = token.description();
    return reject(token.verified.error(), owner.empty() ? "" : ": " + owner).error();
}

struct RevokeOptions {
    std::optional<std::string> id;
    bool from_input = false;  ///< Read the token itself, as someone has who found it.
};

CommandResult revoke_by_id(CommandContext const& tools, TokenId const& id) {
    WARDER_TRY_VOID(wait<void>([&](auto done) { tools.authority.revoke(tools.principal, id, std::move(done)); }));
    if (tools.is_json) print(api::view_of_message(api::kTokenDeleted));
    return {};
}

/// Revokes the token on standard input, also an expired or disabled one, and says whose it was.
CommandResult revoke_given_token(CommandContext const& tools) {
    auto const* const verifier = tools.load_verifier();
    if (verifier == nullptr) return std::unexpected{authority::Error::kStoreUnavailable};
    WARDER_TRY(auto const token, read_and_verify(*verifier));
    bool const is_unknown = !token.verified && token.verified.error() == authority::TokenError::kNotRegistered;
    if (!token.identity || is_unknown) return std::unexpected{rejection(token)};
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

/// Prints the payload of the token on standard input if it is valid and, if there is a request, may make it.
CommandResult verify_token(CommandContext const& tools, VerifyOptions const& request) {
    auto const* const verifier = tools.load_verifier();
    if (verifier == nullptr) return std::unexpected{authority::Error::kStoreUnavailable};
    WARDER_TRY(auto const token, read_and_verify(*verifier));
    if (!token.verified) return std::unexpected{rejection(token)};
    WARDER_TRY_VOID(check_address(*verifier, *token.verified, request));
    WARDER_TRY_VOID(authorize(*verifier, *token.verified, request));
    auto const payload = core::split_jws(token.text.view())->payload;
    std::string bytes(payload.size(), '\0');
    print(*core::decode_base64url(payload, bytes));
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

    auto const [revoke, revoked] = group.add_on_store("revoke", "revoke a token", Effect::kChanges, &revoke_token);
    add_text(revoke, "ID", revoked.id, "id of the token");
    revoke.add_flag("--stdin", revoked.from_input, "read the token itself from one line of standard input; says whose it was");

    auto const [verify, request] = group.add_on_store("verify", "verify the token on standard input, optionally for a request, and print its payload",
                                                      Effect::kNone, &verify_token);
    auto* const method = add_text(verify, "--method METHOD", request.method, "method of the request");
    auto* const path = add_text(verify, "--path PATH", request.path, "path of the request, as sent")->needs(method);
    method->needs(path);
    add_text(verify, "--host HOST", request.host, "Host of the request")->needs(method);
    add_text(verify, "--rpc METHOD", request.rpc, "JSON-RPC method in the body of the request")->needs(method);
    add_text(verify, "--from ADDRESS", request.client, "address of the client");
}

}  // namespace warder::cli
