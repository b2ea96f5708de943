// SPDX-License-Identifier: MIT
#include "store/users_json/entry.hpp"

#include "core/json.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "core/token_policy.hpp"
#include "crypto/hmac.hpp"
#include "crypto/password.hpp"
#include "store/common/stored_time.hpp"
#include "store/users_json/lossless_json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace warder::store {
namespace {

namespace json = boost::json;

constexpr char const* kTokenMap = "jwt_tokens";
// The number of lists and objects around these.
constexpr std::size_t kUserDepth = 1;
constexpr std::size_t kTokenDepth = 3;

/// Returns seconds as Python writes a number: without a decimal point if they are whole.
json::string seconds_of(double seconds) {
    std::array<char, 512> digits{};
    auto const* const end = std::to_chars(digits.data(), digits.data() + digits.size(), seconds, std::chars_format::fixed).ptr;
    return make_number({digits.data(), end});
}

template <class Number>
std::optional<Number> read_number(json::object const& object, std::string_view name) {
    auto const text = number_in(object, name);
    Number number{};
    if (!text || std::from_chars(text->begin(), text->end(), number) != std::from_chars_result{text->end(), std::errc{}}) return std::nullopt;
    return number;
}

std::optional<TokenPolicy> claimed_policy(std::string_view payload) {
    if (!payload.contains("endpoints") && !payload.contains('\\')) return TokenPolicy{};
    auto const claims = core::read_json(payload);
    if (!claims || !claims->is_object()) return std::nullopt;
    auto const* const endpoints = claims->get_object().if_contains("endpoints");
    if (endpoints == nullptr) return TokenPolicy{};
    auto grants = core::read_grants(*endpoints);
    if (!grants) return std::nullopt;
    return TokenPolicy{.endpoints = std::move(*grants)};
}

/// Returns what a token says about itself. The signature is not verified here but when the token is used.
std::optional<TokenRecord> read_jwt(std::string_view text) {
    auto const jws = core::split_jws(text);
    if (!jws) return std::nullopt;
    std::array<char, core::kMaxTokenText> decoded;
    std::array<char, core::kMaxTokenText> scratch;
    TokenRecord record;
    auto const header = core::read_jws_header(jws->header, scratch);
    if (!header) return std::nullopt;
    record.key_id = header->kid.value_or("");

    auto const payload = core::decode_base64url(jws->payload, decoded);
    auto const claims = payload ? core::read_claims(*payload, scratch) : std::nullopt;
    auto policy = claims ? claimed_policy(*payload) : std::nullopt;
    if (!policy) return std::nullopt;
    record.id = claims->id;
    record.description = claims->description;
    record.lifetime = Seconds{claims->expires_at - claims->issued_at};
    record.issued_at = claims->issued_at;
    record.expires_at = claims->expires_at;
    record.digest = crypto::sha256(text);
    record.policy = std::move(*policy);
    return record;
}

/// Returns what the entry says about the token and, where it says nothing, what the token says about itself; nullopt if
/// the entry is not a token of this id.
std::optional<TokenRecord> read_record(std::string_view key, json::value const& value) {
    auto const* const object = value.if_object();
    auto const jwt = object == nullptr ? std::nullopt : text_in(*object, "jwt_token");
    auto record = jwt ? read_jwt(*jwt) : std::nullopt;
    if (!record || TokenId::parse(key) != record->id) return std::nullopt;
    auto policy = core::read_limits(*object, record->policy);
    if (!policy) return std::nullopt;
    record->policy = std::move(*policy);
    if (auto const lifetime = read_number<double>(*object, "jwt_token_life"); lifetime && std::isfinite(*lifetime) && *lifetime > 0)
        record->lifetime = Seconds{*lifetime};
    if (auto const description = text_in(*object, "jwt_token_description")) {
        record->is_edited = *description != record->description;
        record->description = *description;
    }
    return record;
}

template <class Change>
void edit(TokenEntry& entry, Change change) {
    auto value = parse_json(entry.text).value();
    change(value.get_object());
    auto changed = read_token_entry(entry.key, value, entry.record.owner);
    changed.position = entry.position;
    entry = std::move(changed);
}

/// Returns a user's hash in stored form; `kUnreadablePassword` for anything but Specter's pair of salt and hash.
std::string read_hash(json::object const& user) {
    auto const* const password = user.if_contains("password");
    if (password == nullptr || !password->is_object()) return std::string{kUnreadablePassword};
    auto const salt = text_in(password->get_object(), "salt");
    auto const pwdhash = text_in(password->get_object(), "pwdhash");
    if (!salt || !pwdhash || salt->contains('$')) return std::string{kUnreadablePassword};
    return crypto::specter_hash(*salt, *pwdhash);
}

void set_object(UserEntry& entry, json::object const& object) {
    entry.text.clear();
    entry.map_at = std::string::npos;
    print_items(entry.text, "{}", kUserDepth, object, [&entry](auto const& member) {
        print_key(entry.text, member.key());
        if (member.key() == kTokenMap && member.value().is_object()) entry.map_at = entry.text.size();
        print_json(entry.text, member.value(), kUserDepth + 1);
    });
    entry.text.shrink_to_fit();
}

template <class Change>
void edit(UserEntry& entry, Change change) {
    auto value = parse_json(entry.text).value();
    change(value.get_object());
    set_object(entry, value.get_object());
}

void write_admin(json::object& object, bool is_admin) {
    object["is_admin"] = is_admin;
    // Specter requires it of every user but the administrator.
    if (!is_admin) object.emplace("config", json::object{});
}

void write_hash(json::object& object, std::string_view hash) {
    auto& password = object["password"];
    auto& pair = password.is_object() ? password.get_object() : password.emplace_object();
    auto const parts = crypto::split_specter(hash).value_or(crypto::SpecterHash{});
    pair["salt"] = json::string{parts.salt};
    pair["pwdhash"] = json::string{parts.pwdhash};
}

}  // namespace

std::string token_text(json::value const& value) {
    std::string text;
    print_json(text, value, kTokenDepth);
    text.shrink_to_fit();  // it may be one of many thousands
    return text;
}

TokenEntry read_token_entry(std::string_view key, json::value const& value, UserId owner) {
    TokenEntry entry{.key = std::string{key}, .text = token_text(value)};
    auto record = read_record(key, value);
    entry.is_sound = record.has_value();
    if (record) entry.record = std::move(*record);
    entry.record.owner = owner;
    return entry;
}

TokenEntry make_token_entry(TokenRecord const& record, std::string_view jwt) {
    json::object const object{
        {"jwt_token", jwt}, {"jwt_token_description", record.description}, {"jwt_token_life", seconds_of(record.lifetime.count())}};
    auto entry = read_token_entry(record.id.text(), object, record.owner);
    if (record.policy != TokenPolicy{} || entry.record.policy != TokenPolicy{}) set_policy(entry, record.policy);
    return entry;
}

void set_description(TokenEntry& entry, std::string_view description) {
    edit(entry, [description](json::object& object) { object["jwt_token_description"] = json::string{description}; });
}

void set_policy(TokenEntry& entry, TokenPolicy const& policy) {
    edit(entry, [&policy](json::object& object) {
        auto const jwt = text_in(object, "jwt_token");
        auto const claimed = jwt ? read_jwt(*jwt) : std::nullopt;
        core::set_limits(object, policy, claimed ? claimed->policy : TokenPolicy{});
    });
}

std::string jwt_of(TokenEntry const& entry) {
    auto const value = parse_json(entry.text).value();
    return value.is_object() ? std::string{text_in(value.get_object(), "jwt_token").value_or("")} : std::string{};
}

std::expected<UserReading, std::string> read_user_entry(json::value value) {
    auto const error = [](char const* why) { return std::unexpected{std::string{why}}; };
    if (!value.is_object()) return error("is not an object");
    auto& object = value.get_object();
    auto const id = text_in(object, "id");
    if (!id) return error("has no string \"id\"");
    auto const name = text_in(object, "username");
    if (!name) return error("has no string \"username\"");
    auto const* const is_admin = object.if_contains("is_admin");
    if (is_admin == nullptr || !is_admin->is_bool()) return error("has no \"is_admin\" that is true or false");
    auto* const tokens = object.if_contains(kTokenMap);
    if (tokens != nullptr && !tokens->is_null() && !tokens->is_object()) return error("has \"jwt_tokens\" that is not an object");

    UserReading reading;
    if (tokens != nullptr && tokens->is_object()) reading.tokens = std::exchange(tokens->get_object(), {});
    reading.entry.specter_id = *id;
    reading.entry.record.name = *name;
    reading.entry.record.password_hash = read_hash(object);
    reading.entry.record.is_admin = is_admin->get_bool();
    auto const created_at = read_number<std::int64_t>(object, "created_at");
    if (created_at && is_stored_time(*created_at)) reading.entry.record.created_at = Instant{std::chrono::seconds{*created_at}};
    set_object(reading.entry, object);
    return reading;
}

UserEntry make_user_entry(UserRecord const& record, std::string_view specter_id) {
    UserEntry entry{.specter_id = std::string{specter_id}, .record = record, .text = {}, .is_sound = true};
    entry.record.token_count = 0;
    json::object object{{"id", specter_id},          {"username", record.name},          {"password", nullptr},      {"is_admin", nullptr},
                        {kTokenMap, json::object{}}, {"encrypted_user_secret", nullptr}, {"services", json::array{}}};
    write_admin(object, record.is_admin);
    if (record.password_hash != kUnreadablePassword) write_hash(object, record.password_hash);
    object["created_at"] = make_number(std::to_string(record.created_at.time_since_epoch().count()));
    set_object(entry, object);
    return entry;
}

void set_admin(UserEntry& entry, bool is_admin) {
    entry.record.is_admin = is_admin;
    edit(entry, [is_admin](json::object& object) { write_admin(object, is_admin); });
}

void set_password_hash(UserEntry& entry, std::string_view hash) {
    entry.record.password_hash = hash;
    edit(entry, [hash](json::object& object) { write_hash(object, hash); });
}

void add_token(UserEntry& entry, std::shared_ptr<TokenEntry const> token) {
    if (entry.map_at == std::string::npos) edit(entry, [](json::object& object) { object[kTokenMap].emplace_object(); });
    entry.tokens.push_back(std::move(token));
    ++entry.record.token_count;
}

void print_user(std::string& out, UserEntry const& entry) {
    out.append(entry.text, 0, entry.map_at);
    if (entry.map_at == std::string::npos) return;
    print_items(out, "{}", kUserDepth + 1, entry.tokens, [&](auto const& token) {
        print_key(out, token->key);
        out += token->text;
    });
    out.append(entry.text, entry.map_at + std::string_view{"{}"}.size());
}

}  // namespace warder::store
