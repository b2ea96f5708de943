// SPDX-License-Identifier: MIT
#include "api/remaining_lifetime.hpp"
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/commands.hpp"
#include "cli/grants.hpp"
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

/// Returns why the token must not make the request; empty if it may. An unscoped token may make any request, as over
/// HTTP.
std::string denial_reason(authority::VerifiedToken const& token, RequestWanted const& wanted) {
    if (!token.is_scoped()) return {};
    std::string buffer(wanted.path.size(), '\0');
    auto const path = canonicalize_path(wanted.path, buffer);
    if (!path) return std::string{"invalid path: "}.append(describe(path.error())).append(" (bad_path)");
    RpcMethods const rpc{wanted.rpc ? std::string_view{*wanted.rpc} : std::string_view{}};
    AccessRequest prompt_for_secret{.method = wanted.method, .host = {}, .path = *path, .rpc_methods = {}};
    if (wanted.host) prompt_for_secret.host = *wanted.host;
    if (wanted.rpc) prompt_for_secret.rpc_methods = &rpc;
    return token.covers(prompt_for_secret) ? std::string{} : std::string{"no grant of the token covers this request (insufficient_scope)"};
}

}  // namespace

int create_token(CommandContext const& tools, TokenWanted const& wanted) {
    auto const seconds = read_lifetime(wanted.lifetime);
    if (!seconds) return kFailure;
    auto const endpoints = read_grants(wanted.endpoints);
    if (!endpoints) return endpoints.error();
    authority::MintRequest request{.description = wanted.description, .lifetime = *seconds, .endpoints = *endpoints};
    auto const minted =
        wait<MintedToken>([&](auto done) { tools.authority.mint_for(tools.principal, wanted.user, std::move(request), std::move(done)); });
    return minted ? show_minted(tools, *minted) : print_error(minted.error());
}

int list_tokens(CommandContext const& tools, std::optional<std::string> const& user, bool with_usage) {
    authority::ListRequest request{.owner = authority::AllUsers{}, .after = {}, .limit = {}};
    if (user) request.owner = *user;
    auto const page = wait<authority::TokenPage>([&](auto done) { tools.authority.list(tools.principal, request, std::move(done)); });
    if (!page) return print_error(page.error());
    if (!tools.is_json) {
        for (auto const& token : page->tokens) print_row(tools, token);
        return kSuccess;
    }
    std::string list{api::kTokenListBegin};
    for (auto const& token : page->tokens) {
        if (&token != &page->tokens.front()) list += ',';
        api::append_entry(list, token, tools.clock, true, usage_keys(with_usage));
    }
    print(list.append(api::kTokenListEnd));
    return kSuccess;
}

int show_token(CommandContext const& tools, std::string const& id, bool with_usage) {
    auto const token_id = read_id(id);
    if (!token_id) return kFailure;
    auto const owned = wait<OwnedToken>([&](auto done) { tools.authority.show(tools.principal, *token_id, std::move(done)); });
    if (!owned) return print_error(owned.error());
    auto const& record = owned->record;
    if (tools.is_json) {
        print(api::view_of(record, tools.clock, usage_keys(with_usage)));
        return kSuccess;
    }
    print_row(tools, *owned);
    if (record.endpoints != nullptr)
        for (auto const& grant : record.endpoints->grants()) print("\t" + grant.text());
    return kSuccess;
}

int renew_token(CommandContext const& tools, std::string const& id, std::optional<std::string> const& lifetime,
                std::optional<std::string> const& overlap) {
    auto const token_id = read_id(id);
    if (!token_id) return kFailure;
    authority::RenewRequest request;
    if (lifetime) request.lifetime = read_lifetime(*lifetime);
    if (lifetime && !request.lifetime) return kFailure;
    if (overlap) request.overlap = read_lifetime(*overlap);
    if (overlap && !request.overlap) return kFailure;
    if (request.overlap && *request.overlap < Seconds{0}) return print_error("invalid overlap: it must not be negative");
    if (request.overlap == Seconds{0}) request.overlap.reset();
    auto const minted = wait<MintedToken>([&](auto done) { tools.authority.renew(tools.principal, *token_id, request, std::move(done)); });
    return minted ? show_minted(tools, *minted) : print_error(minted.error());
}

int revoke_token(CommandContext const& tools, std::string const& id) {
    auto const token_id = read_id(id);
    if (!token_id) return kFailure;
    auto const revoked = wait<void>([&](auto done) { tools.authority.revoke(tools.principal, *token_id, std::move(done)); });
    if (!revoked) return print_error(revoked.error());
    if (tools.is_json) print(api::view_of_message(api::kTokenDeleted));
    return kSuccess;
}

int verify_token(authority::Verifier const& verifier, std::optional<RequestWanted> const& request) {
    auto const token = read_token();
    if (!token && token.error() == ReadLineError::kEnd) return print_error("no token given; provide it as one line of standard input");
    if (!token && token.error() == ReadLineError::kUnreadable) return print_error("can't read standard input");
    if (!token) return print_error(explain(authority::TokenError::kNotAToken));
    auto const scratch = std::make_unique<authority::VerifierScratch>();
    auto const verified = verifier.verify(token->view(), *scratch);
    if (!verified) return print_error(explain(verified.error()));
    if (request)
        if (auto const why = denial_reason(*verified, *request); !why.empty()) return print_error(why);
    auto const payload = core::split_jws(token->view())->payload;
    std::string bytes(payload.size(), '\0');
    print(*core::decode_base64url(payload, bytes));
    return kSuccess;
}

}  // namespace warder::cli
