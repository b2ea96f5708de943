// SPDX-License-Identifier: MIT
#include "auth/credential.hpp"
#include "cli/command_line.hpp"
#include "cli/given_token.hpp"
#include "cli/grants.hpp"
#include "cli/output/terminal.hpp"
#include "core/grants/explanation.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "core/try.hpp"
#include "index/token_limits.hpp"
#include "warder/verifier.hpp"

namespace warder::cli {
namespace {

/// A request that a token is to be authorized for: its method and path are given, or neither.
struct VerifyOptions {
    std::optional<std::string> method, path, host, rpc;
    std::optional<std::string> client;  ///< The address that the request comes from.
};

/// Checks whether the token may be used from the address, if one is given.
CommandResult check_address(authority::Verifier const& verifier, GivenToken const& token, VerifyOptions const& wanted) {
    if (!wanted.client) return {};
    auto const client = parse_address(*wanted.client);
    if (!client)
        return std::unexpected{CommandError{"invalid address " + quote(*wanted.client) + R"( (examples: "192.0.2.7", "2001:db8::1"))", kUsageError}};
    if (verifier.accepts_from(*token.verified, *client)) return {};
    return failure("the token may not be used from " + address_text(*client) + " (address_not_allowed): " + token.description(),
                   "address_not_allowed");
}

/// Authorizes the request. An unscoped token may make any request, as over HTTP.
CommandResult authorize_request(authority::Verifier const& verifier, GivenToken const& token, VerifyOptions const& wanted) {
    if (!token.verified->is_scoped || !wanted.method) return {};
    std::string buffer(wanted.path->size(), '\0');
    auto const path = canonicalize_path(*wanted.path, buffer);
    if (!path) return failure(std::string{"invalid path: "}.append(describe(path.error())).append(" (bad_path)"), "bad_path");
    RpcMethods const rpc{wanted.rpc ? std::string_view{*wanted.rpc} : std::string_view{}};
    AccessRequest access{.method = *wanted.method, .host = {}, .path = *path, .rpc_methods = {}};
    if (wanted.host) access.host = *wanted.host;
    if (wanted.rpc) access.rpc_methods = &rpc;
    auto const limits = verifier.limits(*token.verified);
    if (!limits) return std::unexpected{rejection(token, authority::TokenError::kNotRegistered)};
    auto const scope = limits->scope();
    auto const authorized = auth::authorize(scope, access);
    if (authorized) return {};
    std::string why = authorized.error().reason == auth::DenialReason::kOverCeiling ? "the ceiling of the token's user doesn't cover this request"
                                                                                    : "no grant of the token covers this request";
    return failure(why.append(" (insufficient_scope): ").append(token.description()).append("; ").append(core::explain_access(scope, access, quote)),
                   "insufficient_scope");
}

/// Prints the payload of the token on standard input if it is valid and, if there is a request, may make it.
CommandResult verify_token(CommandContext const& tools, VerifyOptions const& request) {
    auto const* const verifier = tools.load_verifier();
    if (verifier == nullptr) return std::unexpected{authority::Error::kStoreUnavailable};
    WARDER_TRY(auto const token, read_and_verify(*verifier));
    if (!token.verified) return std::unexpected{rejection(token, token.verified.error())};
    WARDER_TRY_VOID(check_address(*verifier, token, request));
    WARDER_TRY_VOID(authorize_request(*verifier, token, request));
    auto const payload = core::split_jws(token.text.view())->payload;
    std::string bytes(payload.size(), '\0');
    print(*core::decode_base64url(payload, bytes));
    return {};
}

}  // namespace

void declare_verify_command(CommandLine const& tokens) {
    auto const [verify, request] = tokens.add_on_store(
        "verify", "verify the token on standard input, optionally for a request, and print its payload", Effect::kNone, &verify_token);
    auto* const method = add_text(verify, "--method METHOD", request.method, "method of the request");
    auto* const path = add_text(verify, "--path PATH", request.path, "path of the request, as sent")->needs(method);
    method->needs(path);
    add_text(verify, "--host HOST", request.host, "Host of the request")->needs(method);
    add_text(verify, "--rpc METHOD", request.rpc, "JSON-RPC method in the body of the request")->needs(method);
    add_text(verify, "--from ADDRESS", request.client, "address of the client");
}

}  // namespace warder::cli
