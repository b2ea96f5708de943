// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"
#include "cli/grants.hpp"
#include "cli/output/terminal.hpp"
#include "core/grants/explanation.hpp"
#include "core/grants/grant_message.hpp"
#include "core/text/ascii.hpp"
#include "warder/grant.hpp"

#include <algorithm>
#include <cstdio>

namespace warder::cli {
namespace {

std::unexpected<CommandError> usage_error(std::string const& why) { return std::unexpected{CommandError{why, kUsageError}}; }

std::string quoted_reason(std::string text, std::string_view quoted, std::string_view why) { return text.append(quote(quoted)).append(why); }

/// The rest of a command line that shows how a grant is quoted.
constexpr std::string_view kExampleRequest = " GET /path";

constexpr bool is_method_char(char c) noexcept { return core::is_alphanumeric(c) || c == '-' || c == '_'; }

/// The two parts of `[//HOST]PATH`.
struct Target {
    std::optional<std::string_view> host;
    std::string_view path;
};
Target split(std::string_view text) noexcept {
    if (!text.starts_with("//")) return {.host = {}, .path = text};
    text.remove_prefix(2);
    auto const slash = std::min(text.find('/'), text.size());
    return {.host = text.substr(0, slash), .path = text.substr(slash)};
}

struct GrantOptions {
    std::string grant, method, target;  ///< The target is `[//HOST]PATH`.
    std::optional<std::string> rpc;
    bool is_json = false;
};

/// Prints `allow`, or prints `deny` and fails with the reason. Fails with `kUsageError` if the grant, the path or the method is invalid.
CommandResult evaluate_grant(GrantOptions const& question) {
    if (is_unquoted_grant(question.grant, question.method))
        return usage_error(advise_quotes("warder grant", question.grant, question.method, kExampleRequest));
    auto const grant = Grant::parse(question.grant);
    if (!grant) return usage_error(core::message(grant.error()));
    if (question.method.empty() || !std::ranges::all_of(question.method, is_method_char))
        return usage_error(quoted_reason("invalid method ", question.method, R"(: only letters, digits, "-" and "_" are allowed)"));
    auto const [host, path] = split(question.target);
    if (host && host->empty()) return usage_error(quoted_reason("invalid path ", question.target, ": the host after \"//\" is missing"));
    std::string buffer(path.size(), '\0');
    auto const canonical = canonicalize_path(path, buffer);
    if (!canonical) return usage_error(quoted_reason("invalid path ", question.target, std::string{": "}.append(describe(canonical.error()))));
    if (question.rpc && question.rpc->empty()) return usage_error("the JSON-RPC method is empty: name one, or leave the argument out");

    RpcMethods const names{question.rpc ? std::string_view{*question.rpc} : std::string_view{}};
    AccessRequest access{.method = question.method, .host = host, .path = *canonical, .rpc_methods = {}};
    if (question.rpc) access.rpc_methods = &names;
    bool const is_allowed = grant->covers(access);
    if (question.is_json) print(boost::json::object{{"allowed", is_allowed}});
    else print(is_allowed ? "allow" : "deny");
    if (is_allowed) return {};
    std::fflush(stdout);  // the reason comes second, also where both streams end in one file
    return failure(core::mismatch(*grant, access, quote), "insufficient_scope");
}

}  // namespace

void declare_grant_command(CommandLine const& program) {
    auto const [grant, question] =
        program.add("grant", "test whether a grant covers a request: prints \"allow\", or \"deny\", and why on standard error, and exits with 1",
                    &evaluate_grant);
    grant.add_option("GRANT", question.grant, "grant, in quotes, e.g. \"GET /v1alpha/wallets/*/psbt\"")->required();
    grant.add_option("METHOD", question.method, "method of the request")->required();
    grant.add_option("PATH", question.target, "path of the request, prefixed with //HOST for a grant that names a host")->required();
    add_text(grant, "RPC-METHOD", question.rpc, "JSON-RPC method in the body of the request");
    grant.add_flag("--json", question.is_json, "print {\"allowed\": true or false}");
}

}  // namespace warder::cli
