// SPDX-License-Identifier: MIT
#include "api/remaining_lifetime.hpp"
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/grants.hpp"
#include "cli/terminal.hpp"
#include "core/jws.hpp"
#include "core/plain_seconds.hpp"
#include "core/text/base64url.hpp"
#include "core/text/times.hpp"
#include "log/quoted.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"
#include "warder/verifier.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
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

/// Parses a lifetime; prints the error if it is invalid. The authority checks whether it is too long or too short.
std::optional<Seconds> read_lifetime(std::string const& text) {
    auto const lifetime = core::read_duration_or_seconds(text);
    if (lifetime && text.size() <= kMaxLifetimeText) return *lifetime;
    if (!lifetime && lifetime.error().reason == DurationError::Reason::kOverflow) print_error(authority::Error::kLifetimeTooLong);
    else print_error(unreadable_duration(text));
    return std::nullopt;
}

std::optional<TokenId> read_id(std::string const& text) {
    auto const id = TokenId::parse(text);
    if (!id) print_error(authority::Error::kTokenNotFound);
    return id;
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

int show_minted(CommandContext const& tools, MintedToken const& minted) {
    if (!tools.is_json) std::fprintf(stderr, "%s\n", minted.record.id.text().c_str());
    print(tools.is_json ? api::view_of(minted) : minted.text);
    return kSuccess;
}

/// Describes the last use. Uses that a running server has counted in the last seconds are not in the store yet.
std::string last_use(TokenRecord const& token) {
    if (!token.usage) return "uses are not recorded";
    if (!token.usage->last_at) return "never used";
    return "last used " + core::rfc3339(*token.usage->last_at) + " from " + address_text(token.usage->last_from) + ", " +
           std::to_string(token.usage->count) + (token.usage->count == 1 ? " time" : " times");
}

void print_row(CommandContext const& tools, OwnedToken const& owned) {
    auto const left = std::chrono::floor<std::chrono::seconds>(api::remaining_lifetime(owned.record.ends_at(), tools.clock)).count();
    print(owned.record.id.text() + "\t" + owned.owner_name + "\t" + (left > 0 ? std::to_string(left) + " s left" : "expired") + "\t" +
          owned.record.description + (owned.record.endpoints != nullptr ? "\town grants\t" : "\t") + last_use(owned.record));
}

api::UsageKeys usage_keys(bool with_usage) { return with_usage ? api::UsageKeys::kStored : api::UsageKeys::kNone; }

/// Returns why a token is rejected, with the reason's name for programs.
std::string explain(authority::TokenError error) {
    using enum authority::TokenError;
    auto const message = [error] -> std::string {
        switch (error) {
            case kNotAToken:
                return "the text is not a token";
            case kBadHeader:
                return "the header of the token is invalid or not supported";
            case kUnknownKey:
                return "the token was signed with a key that is unknown here";
            case kBadSignature:
                return "the signature of the token is invalid";
            case kBadClaims:
                return "the claims of the token are missing or invalid";
            case kExpired:
                return "the token has expired";
            case kFromTheFuture:
                return "the token is not valid yet; check the clock";
            case kNotRegistered:
                return "the token was revoked, or was never registered here";
        }
        std::unreachable();
    };
    return message().append(" (").append(authority::code(error)).append(")");
}

/// A request that a token is to be authorized for: its method and path are given, or neither.
struct VerifyOptions {
    std::optional<std::string> method, path, host, rpc;
};

/// Returns why the token must not make the request; empty if it may. An unscoped token may make any request, as over
/// HTTP.
std::string denial_reason(authority::VerifiedToken const& token, VerifyOptions const& wanted) {
    if (!token.is_scoped() || !wanted.method) return {};
    std::string buffer(wanted.path->size(), '\0');
    auto const path = canonicalize_path(*wanted.path, buffer);
    if (!path) return std::string{"invalid path: "}.append(describe(path.error())).append(" (bad_path)");
    RpcMethods const rpc{wanted.rpc ? std::string_view{*wanted.rpc} : std::string_view{}};
    AccessRequest access{.method = *wanted.method, .host = {}, .path = *path, .rpc_methods = {}};
    if (wanted.host) access.host = *wanted.host;
    if (wanted.rpc) access.rpc_methods = &rpc;
    return token.covers(access) ? std::string{} : std::string{"no grant of the token covers this request (insufficient_scope)"};
}

struct CreateOptions {
    std::string user, description, lifetime;
    GrantTexts endpoints;
};

int create_token(CommandContext const& tools, CreateOptions const& wanted) {
    auto const seconds = read_lifetime(wanted.lifetime);
    if (!seconds) return kFailure;
    auto const endpoints = read_grants(wanted.endpoints);
    if (!endpoints) return endpoints.error();
    authority::MintRequest request{.description = wanted.description, .lifetime = *seconds, .endpoints = *endpoints};
    auto const minted =
        wait<MintedToken>([&](auto done) { tools.authority.mint_for(tools.principal, wanted.user, std::move(request), std::move(done)); });
    return minted ? show_minted(tools, *minted) : print_error(minted.error());
}

struct ListOptions {
    std::optional<std::string> user;
    bool with_usage = false;
};

int list_tokens(CommandContext const& tools, ListOptions const& options) {
    authority::ListRequest request{.owner = authority::AllUsers{}, .after = {}, .limit = {}};
    if (options.user) request.owner = *options.user;
    auto const page = wait<authority::TokenPage>([&](auto done) { tools.authority.list(tools.principal, request, std::move(done)); });
    if (!page) return print_error(page.error());
    if (!tools.is_json) {
        for (auto const& token : page->tokens) print_row(tools, token);
        return kSuccess;
    }
    std::string list{api::kTokenListBegin};
    for (auto const& token : page->tokens) {
        if (&token != &page->tokens.front()) list += ',';
        api::append_entry(list, token, tools.clock, true, usage_keys(options.with_usage));
    }
    print(list.append(api::kTokenListEnd));
    return kSuccess;
}

struct ShowOptions {
    std::string id;
    bool with_usage = false;
};

int show_token(CommandContext const& tools, ShowOptions const& options) {
    auto const token_id = read_id(options.id);
    if (!token_id) return kFailure;
    auto const owned = wait<OwnedToken>([&](auto done) { tools.authority.show(tools.principal, *token_id, std::move(done)); });
    if (!owned) return print_error(owned.error());
    auto const& record = owned->record;
    if (tools.is_json) {
        print(api::view_of(record, tools.clock, usage_keys(options.with_usage)));
        return kSuccess;
    }
    print_row(tools, *owned);
    if (record.endpoints != nullptr)
        for (auto const& grant : record.endpoints->grants()) print("\t" + grant.text());
    return kSuccess;
}

struct RenewOptions {
    std::string id;
    std::optional<std::string> lifetime, overlap;
};

int renew_token(CommandContext const& tools, RenewOptions const& options) {
    auto const token_id = read_id(options.id);
    if (!token_id) return kFailure;
    authority::RenewRequest request;
    if (options.lifetime) request.lifetime = read_lifetime(*options.lifetime);
    if (options.lifetime && !request.lifetime) return kFailure;
    if (options.overlap) request.overlap = read_lifetime(*options.overlap);
    if (options.overlap && !request.overlap) return kFailure;
    if (request.overlap && *request.overlap < Seconds{0}) return print_error("invalid overlap: it must not be negative");
    if (request.overlap == Seconds{0}) request.overlap.reset();
    auto const minted = wait<MintedToken>([&](auto done) { tools.authority.renew(tools.principal, *token_id, request, std::move(done)); });
    return minted ? show_minted(tools, *minted) : print_error(minted.error());
}

struct RevokeOptions {
    std::string id;
};

int revoke_token(CommandContext const& tools, RevokeOptions const& options) {
    auto const token_id = read_id(options.id);
    if (!token_id) return kFailure;
    auto const revoked = wait<void>([&](auto done) { tools.authority.revoke(tools.principal, *token_id, std::move(done)); });
    if (!revoked) return print_error(revoked.error());
    if (tools.is_json) print(api::view_of_message(api::kTokenDeleted));
    return kSuccess;
}

/// Reads the token from the one line of standard input. Prints its payload if the token is valid and, if there is a
/// request, may make it.
int verify_token(CommandContext const& tools, VerifyOptions const& request) {
    auto const* const verifier = tools.load_verifier();
    if (verifier == nullptr) return print_error(authority::Error::kStoreUnavailable);
    auto const token = read_token();
    if (!token && token.error() == ReadLineError::kEnd) return print_error("no token given; provide it as one line of standard input");
    if (!token && token.error() == ReadLineError::kUnreadable) return print_error("can't read standard input");
    if (!token) return print_error(explain(authority::TokenError::kNotAToken));
    auto const scratch = std::make_unique<authority::VerifierScratch>();
    auto const verified = verifier->verify(token->view(), *scratch);
    if (!verified) return print_error(explain(verified.error()));
    if (auto const why = denial_reason(*verified, request); !why.empty()) return print_error(why);
    auto const payload = core::split_jws(token->view())->payload;
    std::string bytes(payload.size(), '\0');
    print(*core::decode_base64url(payload, bytes));
    return kSuccess;
}

void add_id(CLI::App& command, std::string& id) { command.add_option("ID", id, "id of the token")->required(); }

void add_usage(CLI::App& command, bool& with_usage) {
    command.add_flag("--usage", with_usage, "with --json: add the fields of ?include=usage, as stored");
}

}  // namespace

void declare_token_commands(CommandLine const& program) {
    auto const group = program.group("token", "manage tokens: create, list, show, renew, revoke, verify");
    auto const [create, wanted] =
        group.add_on_store("create", "mint a token for a user; prints the token, which is never shown again, and its id on standard error",
                           Effect::kChanges, &create_token);
    add_text(create, "--user", wanted.user, "owner of the token")->required();
    add_text(create, "--description", wanted.description, "what the token is for")->required();
    add_text(create, "--life", wanted.lifetime, "lifetime, e.g. \"3 months\"")->required();
    add_endpoints(create, wanted.endpoints,
                  "grant, e.g. \"GET /v1alpha/wallets/*/psbt\"; may be repeated (default: everything that the user may do)");

    auto const [list, listed] = group.add_on_store("list", "list tokens", Effect::kNone, &list_tokens);
    add_text(list, "--user", listed.user, "only tokens of this user");
    add_usage(list, listed.with_usage);

    auto const [show, shown] = group.add_on_store("show", "show a token", Effect::kNone, &show_token);
    add_id(show, shown.id);
    add_usage(show, shown.with_usage);

    auto const [renew, renewed] =
        group.add_on_store("renew", "replace a token with a new one, which is printed and never shown again", Effect::kChanges, &renew_token);
    add_id(renew, renewed.id);
    add_text(renew, "--life", renewed.lifetime, "lifetime of the new token (default: that of the old one)");
    add_text(renew, "--overlap", renewed.overlap, "how long the old token stays valid, e.g. \"1 hour\" (default: it is revoked immediately)");

    auto const [revoke, revoked] = group.add_on_store("revoke", "revoke a token", Effect::kChanges, &revoke_token);
    add_id(revoke, revoked.id);

    auto const [verify, request] = group.add_on_store("verify", "verify the token on standard input, optionally for a request, and print its payload",
                                                      Effect::kNone, &verify_token);
    auto* const method = add_text(verify, "--method", request.method, "method of the request");
    auto* const path = add_text(verify, "--path", request.path, "path of the request, as sent")->needs(method);
    method->needs(path);
    add_text(verify, "--host", request.host, "Host of the request")->needs(method);
    add_text(verify, "--rpc", request.rpc, "JSON-RPC method in the body of the request")->needs(method);
}

}  // namespace warder::cli
