// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/grants.hpp"
#include "core/grant_message.hpp"
#include "log/quoted.hpp"
#include "warder/grant.hpp"

#include <algorithm>

namespace warder::cli {
namespace {

int print_usage_error(std::string const& why) {
    print_error(why);
    return kUsageError;
}

std::string quoted_reason(std::string text, std::string_view quoted, std::string_view why) {
    log::append_quoted(text, quoted);
    return text.append(why);
}

/// The rest of a command line that shows how a grant is quoted.
constexpr std::string_view kExampleRequest = " GET /path";

constexpr bool is_method_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

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

}  // namespace

int evaluate_grant(GrantQuestion const& question, bool is_json) {
    if (is_unquoted_grant(question.grant, question.method))
        return print_usage_error(advise_quotes("warder grant", question.grant, question.method, kExampleRequest));
    auto const grant = Grant::parse(question.grant);
    if (!grant) return print_usage_error(core::message(grant.error()));
    if (question.method.empty() || !std::ranges::all_of(question.method, is_method_char))
        return print_usage_error(quoted_reason("invalid method ", question.method, R"(: only letters, digits, "-" and "_" are allowed)"));
    auto const [host, path] = split(question.target);
    if (host && host->empty()) return print_usage_error(quoted_reason("invalid path ", question.target, ": the host after \"//\" is missing"));
    std::string buffer(path.size(), '\0');
    auto const canonical = canonicalize_path(path, buffer);
    if (!canonical) return print_usage_error(quoted_reason("invalid path ", question.target, std::string{": "}.append(describe(canonical.error()))));
    if (question.rpc && question.rpc->empty()) return print_usage_error("the JSON-RPC method is empty: name one, or leave the argument out");

    RpcMethods const names{question.rpc ? std::string_view{*question.rpc} : std::string_view{}};
    AccessRequest prompt_for_secret{.method = question.method, .host = host, .path = *canonical, .rpc_methods = {}};
    if (question.rpc) prompt_for_secret.rpc_methods = &names;
    bool const is_allowed = grant->covers(prompt_for_secret);
    if (is_json) print(boost::json::object{{"allowed", is_allowed}});
    else print(is_allowed ? "allow" : "deny");
    return is_allowed ? kSuccess : kFailure;
}

}  // namespace warder::cli
