// SPDX-License-Identifier: MIT
#include "cli/token_table.hpp"

#include "cli/output/words.hpp"
#include "cli/policy_options.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace warder::cli {
namespace {

using std::chrono::days;
using std::chrono::microseconds;

/// A token that expires within this time stands out.
constexpr days kSoon{7};

Cell status_of(TokenRecord const& token, Instant now) {
    auto const left = token.ends_at() - now;
    if (left <= left.zero()) return {"expired " + ago(token.ends_at(), now), Emphasis::kEnded};
    auto const expiry = "expires in " + in_words(microseconds{left});
    if (!token.policy.is_enabled) return {"disabled, " + expiry, Emphasis::kWarning};
    if (token.succession) return {"replaced, " + expiry, Emphasis::kWarning};
    return {expiry, left < kSoon ? Emphasis::kWarning : Emphasis::kNone};
}

/// Describes the last use. Uses that a running server has counted in the last seconds are not in the store yet.
std::string last_use(TokenRecord const& token, Instant now) {
    if (!token.usage) return "uses are not recorded";
    if (!token.usage->last_at) return "never used";
    return ago(*token.usage->last_at, now) + " from " + address_text(token.usage->last_from) + ", " + counted(token.usage->count, "time");
}

std::string access_of(TokenRecord const& token) { return token.policy.endpoints == nullptr ? "full access" : summary(*token.policy.endpoints); }

}  // namespace

Table table_of(std::span<authority::OwnedToken const> tokens, Instant now) {
    auto table = Table::with_header({"ID", "USER", "DESCRIPTION", "STATUS", "EXPIRES", "ACCESS", "LAST USE"});
    for (auto const& [token, owner] : tokens)
        table.add({token.id.text(), owner, token.description, status_of(token, now), date(token.ends_at()), access_of(token), last_use(token, now)});
    return table;
}

Table properties_of(authority::OwnedToken const& token, Instant now) {
    auto const& record = token.record;
    auto table = Table::of_properties();
    auto const add = [&table](char const* name, Cell value) { table.add({{name, Emphasis::kLabel}, std::move(value)}); };
    add("ID", record.id.text());
    add("User", token.owner_name);
    add("Description", record.description);
    add("Status", status_of(record, now));
    add("Created", date_and_time(record.issued_at));
    add("Expires", date_and_time(record.ends_at()));
    if (record.succession) add("Replaced by", record.succession->successor.text());
    add("Key", record.key_id);
    add_policy(table, record.policy);
    auto use = last_use(record, now);
    if (record.usage && record.usage->last_at) use += " (" + date_and_time(*record.usage->last_at) + ')';
    add("Last use", use);
    return table;
}

}  // namespace warder::cli
