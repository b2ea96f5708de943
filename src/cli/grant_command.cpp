// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/grants.hpp"
#include "core/grant_sentence.hpp"
#include "log/quoted.hpp"
#include "warder/grant.hpp"

#include <algorithm>

namespace warder::cli {
namespace {

int refuse_usage(std::string const& why) {
    refuse(why);
    return kWrongUsage;
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
        return refuse_usage(advise_quotes("warder grant", question.grant, question.method, kExampleRequest));
    auto const grant = Grant::parse(question.grant);
    if (!grant) return refuse_usage(core::message(grant.error()));
    if (question.method.empty() || !std::ranges::all_of(question.method, is_method_char))
        return refuse_usage(quoted_reason("invalid method ", question.method, R"(: only letters, digits, "-" and "_" are allowed)"));
    auto const [host, path] = split(question.target);
    if (host && host->empty()) return refuse_usage(quoted_reason("invalid path ", question.target, ": the host after \"//\" is missing"));
    std::string room(path.size(), '\0');
    auto const canonical = canonicalize_path(path, room);
    if (!canonical) return refuse_usage(quoted_reason("invalid path ", question.target, std::string{": "}.append(describe(canonical.error()))));
    if (question.rpc && question.rpc->empty()) return refuse_usage("the JSON-RPC method is empty: name one, or leave the argument out");

    RpcMethods const names{question.rpc ? std::string_view{*question.rpc} : std::string_view{}};
    AccessRequest access{.method = question.method, .host = host, .path = *canonical, .rpc_methods = {}};
    if (question.rpc) access.rpc_methods = &names;
    bool const is_allowed = grant->covers(access);
    if (is_json) print(boost::json::object{{"allowed", is_allowed}});
    else print(is_allowed ? "allow" : "deny");
    return is_allowed ? kDone : kRefused;
}

}  // namespace warder::cli
