// SPDX-License-Identifier: MIT
#include "runtime/migration/comparison.hpp"

#include <map>
#include <span>
#include <string_view>
#include <utility>

namespace warder::runtime {
namespace {

using authority::AuditRecord;

using Names = std::map<UserId, std::string>;

Names names_of(std::span<UserRecord const> users) {
    Names names;
    for (auto const& user : users) names.emplace(user.id, user.name);
    return names;
}

std::string name_of(Names const& names, UserId owner) {
    auto const found = names.find(owner);
    return found == names.end() ? "an unknown user" : found->second;
}

// These return which property of two records differs; nothing if none does.

std::string_view difference(UserRecord const& a, UserRecord const& b) {
    if (a.password_hash != b.password_hash) return "password";
    if (a.is_admin != b.is_admin) return "admin flag";
    if (!is_same(a.ceiling, b.ceiling)) return "ceiling";
    if (a.created_at != b.created_at) return "time of creation";
    if (a.last_sign_in_at != b.last_sign_in_at) return "last sign-in";
    return {};
}

std::string_view difference(TokenRecord const& a, TokenRecord const& b) {
    if (a.digest != b.digest) return "digest";
    if (a.description != b.description || a.is_edited != b.is_edited) return "description";
    if (a.lifetime != b.lifetime || a.issued_at != b.issued_at || a.expires_at != b.expires_at) return "lifetime";
    if (a.key_id != b.key_id) return "signing key";
    if (a.policy != b.policy) return "policy";
    if (a.succession != b.succession) return "successor";
    // A store that keeps no uses has none to lose.
    if (a.usage.value_or(TokenUsage{}) != b.usage.value_or(TokenUsage{})) return "uses";
    return {};
}

/// Compares the records of one kind and notes the first difference. The two readers return null at their end.
class Comparer {
  public:
    Comparer(Comparison& result, MigrationProgress& progress) : result_{&result}, progress_{&progress} {}

    /// @param count     adds a record to the counts of its side.
    /// @param describe  returns a record as a text for messages. @param explain  returns what differs; empty: nothing.
    template <class NextOfSource, class NextOfTarget, class Count, class Describe, class Explain>
    Checked<void> run(NextOfSource next_of_source, NextOfTarget next_of_target, Count count, Describe describe, Explain explain) {
        for (;;) {
            WARDER_TRY(auto const* const source, next_of_source());
            WARDER_TRY(auto const* const target, next_of_target());
            if (source == nullptr && target == nullptr) return {};
            if (source != nullptr) count(result_->source, *source);
            if (target != nullptr) count(result_->target, *target);
            ++progress_->done;
            if (source == nullptr) note(result_->conflict, [&] { return "the target has " + describe(*target, false) + ", and the source doesn't"; });
            else if (target == nullptr) note(result_->missing, [&] { return describe(*source, true) + " is missing in the target"; });
            else if (auto what = explain(*source, *target); !what.empty()) note(result_->conflict, [&] { return std::move(what); });
        }
    }

  private:
    template <class Text>
    static void note(std::optional<std::string>& first, Text text) {
        if (!first) first = text();
    }

    Comparison* result_;
    MigrationProgress* progress_;
};

/// Returns what differs between two records that are at the same position.
std::string describe_difference(std::string const& source, std::string const& target, std::string_view what) {
    if (source != target) return "the source has " + source + " where the target has " + target;
    return what.empty() ? std::string{} : source + " differs in its " + std::string{what};
}

Checked<void> compare_users(std::vector<UserRecord>& source, std::vector<UserRecord>& target, Comparer& comparer) {
    auto const reader = [](std::vector<UserRecord>& users) {
        return [&users, next = std::size_t{0}]() mutable -> Checked<UserRecord const*> { return next < users.size() ? &users[next++] : nullptr; };
    };
    auto const count = [](ContentCounts& counts, UserRecord const& user) {
        ++counts.users;
        counts.ceilings += user.ceiling != nullptr ? 1 : 0;
    };
    auto const describe = [](UserRecord const& user, bool) { return "user " + user.name; };
    return comparer.run(reader(source), reader(target), count, describe,
                        [&](auto const& a, auto const& b) { return describe_difference(describe(a, true), describe(b, false), difference(a, b)); });
}

Checked<void> compare_tokens(ContentView const& source, ContentView const& target, Names const& of_source, Names const& of_target,
                             Comparer& comparer) {
    auto one = source.tokens();
    auto other = target.tokens();
    auto const count = [](ContentCounts& counts, TokenRecord const& token) {
        ++counts.tokens;
        counts.policies += token.policy != TokenPolicy{} ? 1 : 0;
        counts.uses += token.usage ? token.usage->count : 0;
    };
    auto const describe = [&](TokenRecord const& token, bool is_of_source) {
        return "token " + token.id.text() + " of " + name_of(is_of_source ? of_source : of_target, token.owner);
    };
    return comparer.run([&] { return one.next(); }, [&] { return other.next(); }, count, describe,
                        [&](auto const& a, auto const& b) { return describe_difference(describe(a, true), describe(b, false), difference(a, b)); });
}

Checked<void> compare_events(ContentView const& source, ContentView const& target, Comparer& comparer) {
    WARDER_TRY(auto one, source.events());
    WARDER_TRY(auto other, target.events());
    auto const count = [](ContentCounts& counts, AuditRecord const&) { ++counts.audit_events; };
    auto const describe = [](AuditRecord const& record, bool) { return "audit event " + std::to_string(record.id); };
    return comparer.run([&] { return one.next(); }, [&] { return other.next(); }, count, describe,
                        [&](auto const& a, auto const& b) {
                            return a.event == b.event
                                       ? std::string{}
                                       : describe(a, true) + " of the source differs from audit event " + std::to_string(b.id) + " of the target";
                        });
}

}  // namespace

Checked<Comparison> compare(ContentView const& source, ContentView const& target, MigrationProgress& progress) {
    Comparison result;
    Comparer comparer{result, progress};
    WARDER_TRY(auto of_source, source.users());
    WARDER_TRY(auto of_target, target.users());
    WARDER_TRY_VOID(compare_users(of_source, of_target, comparer));
    WARDER_TRY_VOID(compare_tokens(source, target, names_of(of_source), names_of(of_target), comparer));
    WARDER_TRY_VOID(compare_events(source, target, comparer));
    return result;
}

}  // namespace warder::runtime
