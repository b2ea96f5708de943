// SPDX-License-Identifier: MIT
#include "api/views.hpp"

#include "api/handlers/remaining_lifetime.hpp"
#include "api/input.hpp"
#include "core/text/json_writer.hpp"
#include "core/text/times.hpp"
#include "core/token_policy.hpp"

#include <vector>

namespace warder::api {
namespace {

using core::JsonObject;

void add_usage(JsonObject& object, TokenRecord const& token, UsageKeys keys) {
    if (keys == UsageKeys::kNone) return;
    auto const usage = token.usage.value_or(TokenUsage{});
    if (usage.last_at) object.text("last_used_at", core::rfc3339(*usage.last_at)).text("last_used_from", address_text(usage.last_from));
    else object.null("last_used_at").null("last_used_from");
    if (token.usage || keys == UsageKeys::kCurrent) object.integer("use_count", usage.count);
    else object.null("use_count");
    object.text("created_at", core::rfc3339(token.issued_at));
}

/// Appends a list of objects.
template <class Item, class Write>
void append_list(std::string& out, std::vector<Item> const& items, Write write) {
    out += '[';
    for (auto const& item : items) {
        if (&item != &items.front()) out += ',';
        JsonObject object{out};
        write(object, item);
        object.close();
    }
    out += ']';
}

void add_propagation(std::string& out, JsonObject& object, authority::Propagation const& propagation) {
    object.key("nodes");
    append_list(out, propagation.applied, [](JsonObject& node, authority::Propagation::Applied const& applied) {
        node.text("name", applied.node).integer("applied_in_ms", applied.after.count());
    });
    if (!propagation.is_complete) {
        object.key("pending");
        append_list(out, propagation.pending, [](JsonObject& node, authority::Propagation::Pending const& pending) {
            node.text("name", pending.node).text("accepts_no_tokens_after", core::rfc3339(pending.refuses_after));
        });
    }
}

/// Adds what limits a token, and by which token it is being replaced.
void add_policy(JsonObject& object, TokenRecord const& token) {
    core::append_policy(object, token.policy);
    if (token.succession) object.text("replaced_by", token.succession->successor.text());
}

JsonObject& optional_text(JsonObject& object, std::string_view key, std::optional<std::string> const& value) {
    return value ? object.text(key, *value) : object.null(key);
}

void add_preset(JsonObject& object, authority::Preset const& preset) {
    object.text("name", preset.name).text("description", preset.description).grants(kEndpointsKey, preset.endpoints.get());
}

}  // namespace

std::string view_of_message(std::string_view message) {
    std::string out;
    JsonObject{out}.text("message", message).close();
    return out;
}

std::string view_of(authority::MintedToken const& minted) {
    std::string out;
    JsonObject object{out};
    object.text("message", "Token generated")
        .text("jwt_token_id", minted.record.id.text())
        .text("jwt_token", minted.text)
        .text(kDescriptionKey, minted.record.description)
        .number(kLifetimeKey, minted.record.lifetime.count());
    add_policy(object, minted.record);
    object.close();
    return out;
}

std::string view_of(TokenRecord const& token, Clock const& clock, UsageKeys usage) {
    std::string out;
    auto const remaining = remaining_lifetime(token.ends_at(), clock);
    JsonObject object{out};
    object.text("message", "Tokens exists")
        .text(kDescriptionKey, token.description)
        .number(kLifetimeKey, token.lifetime.count())
        .seconds("jwt_token_life_remaining", remaining)
        .text("expiry_status", remaining.count() > 0 ? "Valid" : "Expired");
    add_policy(object, token);
    add_usage(object, token, usage);
    object.close();
    return out;
}

std::string view_of_revocation(authority::Propagation const& propagation) {
    std::string out;
    JsonObject object{out};
    object.text("message", kTokenDeleted);
    add_propagation(out, object, propagation);
    object.close();
    return out;
}

std::string view_of_revocations(std::int64_t tokens, authority::Propagation const* propagation) {
    std::string out;
    JsonObject object{out};
    object.text("message", kTokensDeleted).integer("tokens", tokens);
    if (propagation != nullptr) add_propagation(out, object, *propagation);
    object.close();
    return out;
}

std::string view_of(UserRecord const& user, LastSignIn last_sign_in) {
    std::string out;
    JsonObject object{out};
    object.text("username", user.name)
        .flag("is_admin", user.is_admin)
        .grants("endpoints", user.ceiling.get())
        .integer("tokens", user.token_count)
        .text("created_at", core::rfc3339(user.created_at));
    if (user.is_service()) object.flag("is_service", true);
    if (user.last_sign_in_at && last_sign_in == LastSignIn::kShown) object.text("last_sign_in_at", core::rfc3339(*user.last_sign_in_at));
    object.close();
    return out;
}

std::string view_of(authority::AuditPage const& page) {
    std::string out = R"({"events":[)";
    for (auto const& [id, event] : page.events) {
        if (!out.ends_with('[')) out += ',';
        JsonObject object{out};
        object.integer("id", id).text("time", core::rfc3339(event.time));
        optional_text(object, "actor", event.actor);
        optional_text(object, "address", event.address).text("action", event.action).text("target", event.target).close();
    }
    return out += "]}";
}

std::string view_of(authority::Sessions::Session const& session) {
    std::string out;
    JsonObject{out}
        .text("username", session.principal.name)
        .flag("is_admin", session.principal.is_admin)
        .text("csrf_token", session.csrf_token)
        .text("expires_at", core::rfc3339(session.expires_at))
        .close();
    return out;
}

std::string view_of(authority::Preset const& preset) {
    std::string out;
    JsonObject object{out};
    add_preset(object, preset);
    object.close();
    return out;
}

std::string view_of(authority::Presets const& presets) {
    std::string out = R"({"presets":)";
    append_list(out, presets, add_preset);
    return out += '}';
}

std::string view_of(std::span<authority::Sessions::Listed const> sessions) {
    std::string out = R"({"sessions":[)";
    for (auto const& session : sessions) {
        if (!out.ends_with('[')) out += ',';
        JsonObject object{out};
        object.text("id", session.handle)
            .text("created_at", core::rfc3339(session.created_at))
            .text("last_used_at", core::rfc3339(session.last_used_at))
            .text("expires_at", core::rfc3339(session.expires_at));
        if (session.is_current) object.flag("current", true);
        object.close();
    }
    return out += "]}";
}

void append_entry(std::string& out, authority::OwnedToken const& token, Clock const& clock, bool names_owner, UsageKeys usage) {
    auto const& record = token.record;
    core::append_json_string(out, record.id.text());
    out += ':';
    JsonObject object{out};
    object.text(kDescriptionKey, record.description)
        .number(kLifetimeKey, record.lifetime.count())
        .seconds("jwt_token_remaining_life", remaining_lifetime(record.ends_at(), clock));
    add_policy(object, record);
    if (names_owner) object.text("username", token.owner_name);
    add_usage(object, record, usage);
    object.close();
}

}  // namespace warder::api
