// SPDX-License-Identifier: MIT
#include "store/users_json/entry.hpp"

#include "core/claims.hpp"
#include "core/json.hpp"
#include "core/jws.hpp"
#include "core/text/base64url.hpp"
#include "core/text/json_string.hpp"
#include "crypto/hmac.hpp"
#include "crypto/password.hpp"
#include "store/common/grant_text.hpp"
#include "store/common/stored_time.hpp"
#include "store/users_json/json_layout.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace warder::store {
namespace {

// The number of lists and objects around a user and around a token.
constexpr std::size_t kUserDepth = 1;
constexpr std::size_t kTokenDepth = 3;

std::string in_quotes(std::string_view text) {
    std::string out;
    core::append_ascii_json_string(out, text);
    return out;
}

/// Returns seconds as Python writes a number: without a decimal point if they are whole.
std::string number_text(double number) {
    std::array<char, 64> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
    Number number{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Returns the value of a member, for an object whose members were already split.
std::optional<std::string_view> value_in(std::vector<Member> const& members, std::string_view quoted_name) {
    for (auto const& member : members)
        if (member.key == quoted_name || (member.key.contains('\\') && in_quotes(*core::read_json_string(member.key)) == quoted_name))
            return member.value;
    return std::nullopt;
}
std::optional<std::string> text_in(std::vector<Member> const& members, std::string_view quoted_name) {
    auto const value = value_in(members, quoted_name);
    return value && is_string(*value) ? core::read_json_string(*value) : std::nullopt;
}

/// What a token says about itself. The signature is not verified here but when the token is used.
struct Jwt {
    TokenId id;
    std::string description;
    Instant issued_at{};
    Instant expires_at{};
    std::string key_id;
    Grants endpoints{};
};

/// Returns the grants that a payload claims: null if it claims none, nullopt if they can't be read.
std::optional<Grants> claimed_endpoints(std::string_view payload) {
    if (!payload.contains("endpoints") && !payload.contains('\\')) return Grants{};
    auto const value = core::read_json(payload);
    if (!value || !value->is_object()) return std::nullopt;
    auto const* const list = value->get_object().if_contains("endpoints");
    if (list == nullptr) return Grants{};
    if (!list->is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (auto const& item : list->get_array()) {
        if (!item.is_string()) return std::nullopt;
        texts.emplace_back(item.get_string());
    }
    auto grants = GrantList::parse(texts);
    if (!grants) return std::nullopt;
    return std::move(*grants);
}

std::optional<Jwt> read_jwt(std::string_view text) {
    auto const jws = core::split_jws(text);
    if (!jws) return std::nullopt;
    std::array<char, core::kMaxTokenText> decoded;
    std::array<char, core::kMaxTokenText> scratch;
    auto const header = core::read_jws_header(jws->header, scratch);
    if (!header) return std::nullopt;
    Jwt jwt;
    jwt.key_id = header->kid.value_or("");

    auto const payload = core::decode_base64url(jws->payload, decoded);
    if (!payload) return std::nullopt;
    auto const claims = core::read_claims(*payload, scratch);
    auto endpoints = claimed_endpoints(*payload);
    if (!claims || !endpoints) return std::nullopt;
    jwt.id = claims->id;
    jwt.description = claims->description;
    jwt.issued_at = claims->issued_at;
    jwt.expires_at = claims->expires_at;
    jwt.endpoints = std::move(*endpoints);
    return jwt;
}

/// Returns the grants in the entry or, if it has none, those that the token claims; nullopt if they can't be read.
std::optional<Grants> endpoints_in(std::vector<Member> const& members, Grants claimed) {
    auto const value = value_in(members, R"("endpoints")");
    if (!value) return claimed;
    if (*value == "null") return Grants{};
    return read_grants(*value);
}

Seconds lifetime_in(std::vector<Member> const& members, Jwt const& jwt) {
    auto const value = value_in(members, R"("jwt_token_life")");
    auto const lifetime = value ? read_number<double>(*value) : std::nullopt;
    return lifetime && std::isfinite(*lifetime) && *lifetime > 0 ? Seconds{*lifetime} : Seconds{jwt.expires_at - jwt.issued_at};
}

/// @return nullopt if the entry is not a token of this id.
std::optional<TokenRecord> read_record(std::string_view key, std::string_view text, UserId owner) {
    auto const name = core::read_json_string(key);
    auto const id = name ? TokenId::parse(*name) : std::nullopt;
    if (!id || !is_object(text)) return std::nullopt;
    auto const members = members_of(text);
    auto const jwt_text = text_in(members, R"("jwt_token")");
    auto const jwt = jwt_text ? read_jwt(*jwt_text) : std::nullopt;
    if (!jwt || jwt->id != *id) return std::nullopt;
    auto endpoints = endpoints_in(members, jwt->endpoints);
    if (!endpoints) return std::nullopt;
    auto description = text_in(members, R"("jwt_token_description")").value_or(jwt->description);
    bool const is_edited = description != jwt->description;
    return TokenRecord{.id = *id,
                       .owner = owner,
                       .description = std::move(description),
                       .lifetime = lifetime_in(members, *jwt),
                       .issued_at = jwt->issued_at,
                       .expires_at = jwt->expires_at,
                       .digest = crypto::sha256(*jwt_text),
                       .key_id = jwt->key_id,
                       .endpoints = std::move(*endpoints),
                       .is_edited = is_edited,
                       .succession = std::nullopt};
}

/// Returns a list of grants as the value of a token's member.
std::string endpoints_text(Grants const& endpoints) {
    if (endpoints == nullptr) return "null";
    std::string text{"["};
    for (auto const& grant : endpoints->grants()) {
        if (text.size() > 1) text += ',';
        append_line(text, kTokenDepth + 2);
        core::append_ascii_json_string(text, grant.text());
    }
    append_line(text, kTokenDepth + 1);
    return text.append(1, ']');
}

bool is_same(Grants const& a, Grants const& b) { return a == b || (a != nullptr && b != nullptr && *a == *b); }

TokenEntry changed(TokenEntry const& entry, std::string_view name, std::string_view value) {
    auto fresh = read_token_entry(entry.key, with_member(entry.text, kTokenDepth, name, value), entry.record.owner);
    fresh.position = entry.position;
    return fresh;
}

/// Returns a user's hash in stored form. Returns an empty hash, which no password matches, for anything but Specter's
/// pair of salt and hash.
std::string hash_in(std::vector<Member> const& user) {
    auto const password = value_in(user, R"("password")");
    if (!password || !is_object(*password)) return {};
    auto const members = members_of(*password);
    auto const salt = text_in(members, R"("salt")");
    auto const pwdhash = text_in(members, R"("pwdhash")");
    if (!salt || !pwdhash || salt->contains('$')) return {};
    return crypto::specter_hash(*salt, *pwdhash);
}

Instant moment_in(std::vector<Member> const& user) {
    auto const value = value_in(user, R"("created_at")");
    auto const seconds = value ? read_number<std::int64_t>(*value) : std::nullopt;
    return Instant{std::chrono::seconds{seconds && is_stored_time(*seconds) ? *seconds : 0}};
}

/// Splits the user's object around its map, which is a view of a part of it; `map` is empty if there is none.
void truncate(UserEntry& entry, std::string_view object, std::string_view map) {
    entry.has_map = !map.empty();
    auto const start = map.empty() ? object.size() : static_cast<std::size_t>(map.data() - object.data());
    entry.head = object.substr(0, start);
    entry.tail = object.substr(start + map.size());
}

/// Returns the user's object, with an empty map in the place of its tokens.
std::string object_of(UserEntry const& entry) { return entry.has_map ? entry.head + "{}" + entry.tail : entry.head; }

void set(UserEntry& entry, std::string_view name, std::string_view value) {
    auto const object = with_member(object_of(entry), kUserDepth, name, value);
    auto const map = member_of(object, "jwt_tokens").value_or("");
    truncate(entry, object, is_object(map) ? map : "");
}

std::string password_text(std::string_view present, std::string_view hash) {
    auto const parts = crypto::split_specter(hash).value_or(crypto::SpecterHash{});
    auto const text = with_member(is_object(present) ? present : "{}", kUserDepth + 1, "salt", in_quotes(parts.salt));
    return with_member(text, kUserDepth + 1, "pwdhash", in_quotes(parts.pwdhash));
}

}  // namespace

TokenEntry read_token_entry(std::string_view key, std::string_view text, UserId owner) {
    TokenEntry entry{.key = std::string{key}, .text = std::string{text}, .is_sound = false, .record = {}, .position = 0};
    auto record = read_record(key, text, owner);
    entry.is_sound = record.has_value();
    if (record) entry.record = std::move(*record);
    return entry;
}

TokenEntry make_token_entry(TokenRecord const& record, std::string_view jwt) {
    auto text = with_member("{}", kTokenDepth, "jwt_token", in_quotes(jwt));
    text = with_member(text, kTokenDepth, "jwt_token_description", in_quotes(record.description));
    text = with_member(text, kTokenDepth, "jwt_token_life", number_text(record.lifetime.count()));
    if (record.endpoints != nullptr) text = with_member(text, kTokenDepth, "endpoints", endpoints_text(record.endpoints));
    auto entry = read_token_entry(in_quotes(record.id.text()), text, record.owner);
    return is_same(entry.record.endpoints, record.endpoints) ? entry : with_endpoints(entry, record.endpoints);
}

TokenEntry with_description(TokenEntry const& entry, std::string_view description) {
    return changed(entry, "jwt_token_description", in_quotes(description));
}

TokenEntry with_endpoints(TokenEntry const& entry, Grants const& endpoints) { return changed(entry, "endpoints", endpoints_text(endpoints)); }

std::string jwt_of(TokenEntry const& entry) { return text_member(entry.text, "jwt_token").value_or(""); }

std::expected<UserReading, std::string> read_user_entry(std::string_view text) {
    auto const error = [](char const* why) { return std::unexpected{std::string{why}}; };
    if (!is_object(text)) return error("is not an object");
    auto const members = members_of(text);
    auto id = text_in(members, R"("id")");
    if (!id) return error("has no string \"id\"");
    auto name = text_in(members, R"("username")");
    if (!name) return error("has no string \"username\"");
    auto const is_admin = value_in(members, R"("is_admin")");
    if (!is_admin || (*is_admin != "true" && *is_admin != "false")) return error("has no \"is_admin\" that is true or false");
    auto const tokens = value_in(members, R"("jwt_tokens")").value_or("null");
    if (tokens != "null" && !is_object(tokens)) return error("has \"jwt_tokens\" that is not an object");
    auto const map = is_object(tokens) ? tokens : std::string_view{};

    UserReading reading;
    auto& entry = reading.entry;
    entry.specter_id = std::move(*id);
    entry.record = {.id = {},
                    .name = std::move(*name),
                    .password_hash = hash_in(members),
                    .is_admin = *is_admin == "true",
                    .ceiling = {},
                    .created_at = moment_in(members),
                    .token_count = 0};
    reading.map = map.empty() ? std::string_view{"{}"} : map;
    truncate(entry, text, map);
    return reading;
}

UserEntry make_user_entry(UserRecord const& record, std::string_view specter_id) {
    UserEntry entry;
    entry.specter_id = specter_id;
    entry.record = record;
    entry.record.token_count = 0;
    entry.is_sound = true;
    entry.head = "{}";
    set(entry, "id", in_quotes(specter_id));
    set(entry, "username", in_quotes(record.name));
    set(entry, "password", record.password_hash.empty() ? "null" : password_text("{}", record.password_hash));
    set(entry, "is_admin", record.is_admin ? "true" : "false");
    set(entry, "jwt_tokens", "{}");
    set(entry, "encrypted_user_secret", "null");
    set(entry, "services", "[]");
    // Specter requires it of every user but the administrator.
    if (!record.is_admin) set(entry, "config", "{}");
    set(entry, "created_at", std::to_string(record.created_at.time_since_epoch().count()));
    return entry;
}

UserEntry with_admin(UserEntry const& entry, bool is_admin) {
    auto changed = entry;
    changed.record.is_admin = is_admin;
    set(changed, "is_admin", is_admin ? "true" : "false");
    if (!is_admin && !member_of(object_of(changed), "config")) set(changed, "config", "{}");
    return changed;
}

UserEntry with_password_hash(UserEntry const& entry, std::string_view hash) {
    auto changed = entry;
    changed.record.password_hash = hash;
    auto const object = object_of(changed);
    set(changed, "password", password_text(member_of(object, "password").value_or("{}"), hash));
    return changed;
}

UserEntry with_map(UserEntry const& entry) {
    auto changed = entry;
    if (!changed.has_map) set(changed, "jwt_tokens", "{}");
    return changed;
}

void append_user(std::string& out, UserEntry const& entry) {
    out += entry.head;
    if (!entry.has_map) return;
    out += '{';
    bool is_first = true;
    for (auto const& token : entry.tokens) {
        if (!std::exchange(is_first, false)) out += ',';
        append_line(out, kTokenDepth);
        out.append(token->key).append(": ").append(token->text);
    }
    if (!is_first) append_line(out, kTokenDepth - 1);
    out.append(1, '}').append(entry.tail);
}

}  // namespace warder::store
