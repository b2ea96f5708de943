// SPDX-License-Identifier: MIT
#include "api/openapi/schemas.hpp"

#include "api/call_errors.hpp"
#include "api/policy_keys.hpp"
#include "core/text/enum_texts.hpp"
#include "core/text/json_writer.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace warder::api {
namespace {

constexpr std::string_view kAnyText = R"({"type":"string"})";
constexpr std::string_view kAnyFlag = R"({"type":"boolean"})";
constexpr std::string_view kCount = R"({"type":"integer","minimum":0})";
constexpr std::string_view kNumericDate = R"({"type":"integer"})";
constexpr std::string_view kSecondsLeft = R"({"type":"number","minimum":0})";
constexpr std::string_view kTextOrNull = R"({"type":["string","null"]})";
constexpr std::string_view kTime = R"({"$ref":"#/components/schemas/Time"})";
constexpr std::string_view kId = R"({"$ref":"#/components/schemas/TokenId"})";
constexpr std::string_view kGrantList = R"({"$ref":"#/components/schemas/Grants"})";
constexpr std::string_view kGrantListOrNull = R"({"anyOf":[{"$ref":"#/components/schemas/Grants"},{"type":"null"}]})";

/// A key of an object in a response.
struct Property {
    std::string_view name;
    std::string_view schema;
    bool is_optional = false;
};

constexpr bool kOptional = true;

/// Which keys of a token's limits a response has.
enum class Limits : std::uint8_t { kNone, kAll, kShownToToken };

/// The keys after the limits, in every view that has them all, and those of `include=usage`.
constexpr auto kSuccessionKeys = std::to_array<Property>({{"replaced_by", kId, kOptional}});
constexpr auto kUsageKeys =
    std::to_array<Property>({{"last_used_at", R"({"anyOf":[{"$ref":"#/components/schemas/Time"},{"type":"null"}]})", kOptional},
                             {"last_used_from", kTextOrNull, kOptional},
                             {"use_count", R"({"type":["integer","null"],"minimum":0})", kOptional},
                             {"created_at", kTime, kOptional}});

constexpr auto kMintedKeys = std::to_array<Property>({{"message", R"({"const":"Token generated"})"},
                                                      {"jwt_token_id", kId},
                                                      {"jwt_token", R"({"type":"string","pattern":"^eyJ[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+){2}$"})"},
                                                      {"jwt_token_description", kAnyText},
                                                      {"jwt_token_life", kSecondsLeft}});
constexpr auto kEntryKeys = std::to_array<Property>({{"jwt_token_description", kAnyText},
                                                     {"jwt_token_life", kSecondsLeft},
                                                     {"jwt_token_remaining_life", kSecondsLeft},
                                                     {"username", kAnyText, kOptional}});
constexpr auto kTokenListKeys = std::to_array<Property>(
    {{"message", R"({"const":"Tokens exists"})"},
     {"jwt_tokens",
      R"({"type":"object","propertyNames":{"$ref":"#/components/schemas/TokenId"},"additionalProperties":{"$ref":"#/components/schemas/TokenListEntry"}})"}});
constexpr auto kTokenKeys = std::to_array<Property>({{"message", R"({"const":"Tokens exists"})"},
                                                     {"jwt_token_description", kAnyText},
                                                     {"jwt_token_life", kSecondsLeft},
                                                     {"jwt_token_life_remaining", kSecondsLeft},
                                                     {"expiry_status", R"({"enum":["Valid","Expired"]})"}});
constexpr std::string_view kAppliedNodes = R"({"type":"array","items":{"$ref":"#/components/schemas/AppliedNode"}})";
constexpr auto kRevocationKeys = std::to_array<Property>({{"message", R"({"const":"Token deleted"})"}, {"nodes", kAppliedNodes, kOptional}});
constexpr auto kPendingRevocationKeys =
    std::to_array<Property>({{"message", R"({"const":"Token deleted"})"},
                             {"nodes", kAppliedNodes},
                             {"pending", R"({"type":"array","items":{"$ref":"#/components/schemas/PendingNode"}})"}});
constexpr std::string_view kPendingNodes = R"({"type":"array","items":{"$ref":"#/components/schemas/PendingNode"}})";
constexpr auto kTokensRevocationKeys =
    std::to_array<Property>({{"message", R"({"const":"Tokens deleted"})"}, {"tokens", kCount}, {"nodes", kAppliedNodes, kOptional}});
constexpr auto kPendingTokensRevocationKeys =
    std::to_array<Property>({{"message", R"({"const":"Tokens deleted"})"}, {"tokens", kCount}, {"nodes", kAppliedNodes}, {"pending", kPendingNodes}});
constexpr auto kAppliedNodeKeys = std::to_array<Property>({{"name", kAnyText}, {"applied_in_ms", kCount}});
constexpr auto kPendingNodeKeys = std::to_array<Property>({{"name", kAnyText}, {"accepts_no_tokens_after", kTime}});
constexpr auto kPreviewKeys = std::to_array<Property>({{"jwt_token_life", kSecondsLeft, kOptional},
                                                       {"exp", kNumericDate, kOptional},
                                                       {"allowed", kAnyFlag, kOptional},
                                                       {"grant", kTextOrNull, kOptional},
                                                       {"reason", R"({"enum":["out_of_scope","over_ceiling"]})", kOptional},
                                                       {"outside_ceiling", kGrantList, kOptional},
                                                       {"explanation", kAnyText, kOptional}});
constexpr auto kWhoamiKeys = std::to_array<Property>({{"username", kAnyText},
                                                      {"is_admin", kAnyFlag},
                                                      {"jwt_token_id", kId, kOptional},
                                                      {"jwt_token_description", kAnyText, kOptional},
                                                      {"jwt_token_life_remaining", kSecondsLeft, kOptional}});
constexpr auto kCeilingKeys = std::to_array<Property>({{"ceiling", kGrantList, kOptional}});
constexpr auto kActiveKeys = std::to_array<Property>({{"active", R"({"const":true})"},
                                                      {"username", kAnyText},
                                                      {"exp", kNumericDate},
                                                      {"iat", kNumericDate},
                                                      {"jti", kId},
                                                      {"endpoints", kGrantList, kOptional},
                                                      {"ceiling", kGrantList, kOptional}});
constexpr auto kInactiveKeys = std::to_array<Property>({{"active", R"({"const":false})"}});
constexpr auto kSessionKeys =
    std::to_array<Property>({{"username", kAnyText}, {"is_admin", kAnyFlag}, {"csrf_token", kAnyText}, {"expires_at", kTime}});
constexpr auto kSessionListKeys =
    std::to_array<Property>({{"sessions", R"({"type":"array","items":{"$ref":"#/components/schemas/ListedSession"}})"}});
constexpr auto kListedSessionKeys = std::to_array<Property>({{"id", R"({"type":"string","pattern":"^[0-9a-f]{32}$"})"},
                                                             {"created_at", kTime},
                                                             {"last_used_at", kTime},
                                                             {"expires_at", kTime},
                                                             {"current", R"({"const":true})", kOptional}});
constexpr auto kUserListKeys = std::to_array<Property>({{"users", R"({"type":"array","items":{"$ref":"#/components/schemas/User"}})"}});
constexpr auto kUserKeys = std::to_array<Property>({{"username", kAnyText},
                                                    {"is_admin", kAnyFlag},
                                                    {"endpoints", kGrantListOrNull},
                                                    {"tokens", kCount},
                                                    {"created_at", kTime},
                                                    {"is_service", R"({"const":true})", kOptional},
                                                    {"last_sign_in_at", kTime, kOptional}});
constexpr auto kPresetListKeys = std::to_array<Property>({{"presets", R"({"type":"array","items":{"$ref":"#/components/schemas/Preset"}})"}});
constexpr auto kPresetKeys =
    std::to_array<Property>({{"name", R"({"type":"string","minLength":1})"}, {"description", kAnyText}, {"endpoints", kGrantList}});
constexpr auto kServerKeys = std::to_array<Property>(
    {{"version", kAnyText}, {"started_at", kTime}, {"store", R"({"enum":["sqlite","users-json","postgresql"]})"}, {"tokens", kCount}});
constexpr auto kEventListKeys = std::to_array<Property>({{"events", R"({"type":"array","items":{"$ref":"#/components/schemas/Event"}})"}});
constexpr auto kEventKeys = std::to_array<Property>({{"id", R"({"type":"integer","minimum":1})"},
                                                     {"time", kTime},
                                                     {"actor", kTextOrNull},
                                                     {"address", kTextOrNull},
                                                     {"action", kAnyText},
                                                     {"target", kAnyText}});

/// An object in a response: no other keys than these.
struct Shape {
    std::string_view name;
    std::span<Property const> keys;
    Limits limits = Limits::kNone;
    std::span<Property const> later_keys{};
    std::span<Property const> usage_keys{};
    /// Which optional keys come together, as the members of `dependentRequired`. Keys of limits come with a token's id.
    std::string_view dependencies{};
};

constexpr auto kShapes = std::to_array<Shape>({
    {.name = "MintedToken", .keys = kMintedKeys, .limits = Limits::kAll, .later_keys = kSuccessionKeys},
    {.name = "TokenListEntry", .keys = kEntryKeys, .limits = Limits::kAll, .later_keys = kSuccessionKeys, .usage_keys = kUsageKeys},
    {.name = "TokenList", .keys = kTokenListKeys},
    {.name = "Token", .keys = kTokenKeys, .limits = Limits::kAll, .later_keys = kSuccessionKeys, .usage_keys = kUsageKeys},
    {.name = "Revocation", .keys = kRevocationKeys},
    {.name = "PendingRevocation", .keys = kPendingRevocationKeys},
    {.name = "TokensRevocation", .keys = kTokensRevocationKeys},
    {.name = "PendingTokensRevocation", .keys = kPendingTokensRevocationKeys},
    {.name = "AppliedNode", .keys = kAppliedNodeKeys},
    {.name = "PendingNode", .keys = kPendingNodeKeys},
    {.name = "Preview",
     .keys = kPreviewKeys,
     .dependencies =
         R"("jwt_token_life":["exp"],"exp":["jwt_token_life"],"allowed":["grant"],"grant":["allowed"],"reason":["allowed"],"explanation":["allowed"])"},
    {.name = "Whoami",
     .keys = kWhoamiKeys,
     .limits = Limits::kShownToToken,
     .later_keys = kCeilingKeys,
     .dependencies =
         R"("jwt_token_id":["jwt_token_description","jwt_token_life_remaining"],"jwt_token_description":["jwt_token_id"],"jwt_token_life_remaining":["jwt_token_id"],"ceiling":["jwt_token_id"])"},
    {.name = "ActiveToken", .keys = kActiveKeys},
    {.name = "InactiveToken", .keys = kInactiveKeys},
    {.name = "EmptyObject", .keys = {}},
    {.name = "Session", .keys = kSessionKeys},
    {.name = "SessionList", .keys = kSessionListKeys},
    {.name = "ListedSession", .keys = kListedSessionKeys},
    {.name = "UserList", .keys = kUserListKeys},
    {.name = "User", .keys = kUserKeys},
    {.name = "PresetList", .keys = kPresetListKeys},
    {.name = "Preset", .keys = kPresetKeys},
    {.name = "Server", .keys = kServerKeys},
    {.name = "EventList", .keys = kEventListKeys},
    {.name = "Event", .keys = kEventKeys},
});

constexpr core::EnumTexts<View::kOpenApi> kSchemaNames{{
    {View::kMessage, ""},
    {View::kMinted, "MintedToken"},
    {View::kTokenList, "TokenList"},
    {View::kToken, "Token"},
    {View::kRevocation, "Revocation"},
    {View::kPendingRevocation, "PendingRevocation"},
    {View::kTokensRevocation, "TokensRevocation"},
    {View::kPendingTokensRevocation, "PendingTokensRevocation"},
    {View::kPreview, "Preview"},
    {View::kWhoami, "Whoami"},
    {View::kIntrospection, "Introspection"},
    {View::kEmptyObject, "EmptyObject"},
    {View::kSession, "Session"},
    {View::kSessionList, "SessionList"},
    {View::kUserList, "UserList"},
    {View::kUser, "User"},
    {View::kPresetList, "PresetList"},
    {View::kServer, "Server"},
    {View::kEventList, "EventList"},
    {View::kOpenApi, "OpenApi"},
}};

constexpr core::EnumTexts<InputField::Kind::kGrants> kFieldSchemas{{
    {InputField::Kind::kText, kAnyText},
    {InputField::Kind::kFlag, kAnyFlag},
    {InputField::Kind::kDuration, R"({"$ref":"#/components/schemas/Duration"})"},
    {InputField::Kind::kTexts, R"({"type":"array","items":{"type":"string"}})"},
    {InputField::Kind::kGrants, kGrantList},
}};

constexpr core::EnumTexts<Parameter::Kind::kOwner> kParameterSchemas{{
    {Parameter::Kind::kText, kAnyText},
    {Parameter::Kind::kLimit, R"({"type":"integer","minimum":1,"maximum":1000})"},
    {Parameter::Kind::kEventId, R"({"type":"integer","minimum":1})"},
    {Parameter::Kind::kUsage, R"({"const":"usage"})"},
    {Parameter::Kind::kExplanation, R"({"const":"explanation"})"},
    {Parameter::Kind::kLastSignIn, R"({"const":"last_sign_in"})"},
    {Parameter::Kind::kWait, R"({"const":"all"})"},
    {Parameter::Kind::kTokenId, kId},
    {Parameter::Kind::kDuration, R"({"$ref":"#/components/schemas/Duration"})"},
    {Parameter::Kind::kUserName, kAnyText},
    {Parameter::Kind::kOwner, kAnyText},
}};
static_assert(kMaxPage == 1000);

/// Returns the keys of a response, in their order.
std::vector<Property> keys_of(Shape const& shape) {
    std::vector<Property> keys{shape.keys.begin(), shape.keys.end()};
    for (auto const& key : kPolicyKeys)
        if (shape.limits == Limits::kAll || (shape.limits == Limits::kShownToToken && key.is_shown_to_token))
            keys.push_back({key.name, key.schema, kOptional});
    keys.insert(keys.end(), shape.later_keys.begin(), shape.later_keys.end());
    keys.insert(keys.end(), shape.usage_keys.begin(), shape.usage_keys.end());
    return keys;
}

/// Returns which optional keys come together, as the value of `dependentRequired`.
std::string dependencies_of(Shape const& shape) {
    std::string dependencies{shape.dependencies};
    if (shape.limits == Limits::kShownToToken)
        for (auto const& key : kPolicyKeys)
            if (key.is_shown_to_token) dependencies.append(",\"").append(key.name).append(R"(":["jwt_token_id"])");
    return "{" + dependencies + "}";
}

std::string write_shape(Shape const& shape) {
    std::string properties;
    std::string required;
    core::JsonObject object{properties};
    for (auto const& key : keys_of(shape)) {
        object.json(key.name, key.schema);
        if (!key.is_optional) required.append(required.empty() ? "\"" : ",\"").append(key.name).append("\"");
    }
    object.close();
    std::string schema = R"({"type":"object","properties":)" + properties + R"(,"required":[)" + required + R"(],"additionalProperties":false)";
    if (!shape.dependencies.empty()) schema.append(R"(,"dependentRequired":)").append(dependencies_of(shape));
    return schema + "}";
}

std::string error_schema() {
    std::string slugs;
    for (auto const& code : all_error_codes()) {
        auto const word = "\"" + std::string{code.slug} + "\"";
        if (slugs.find(word) == std::string::npos) slugs.append(slugs.empty() ? "" : ",").append(word);
    }
    return R"({"type":"object","description":"Any error of the server, also of the decision endpoint and the gateway.","properties":)"
           R"({"message":{"type":"string","minLength":1},"error":{"enum":[)" +
           slugs + R"(]}},"required":["message","error"],"additionalProperties":false})";
}

}  // namespace

void append_shared_schemas(core::JsonObject& out) {
    auto const add = [&out](std::string_view name, std::string_view schema) { out.json(name, schema); };
    add("TokenId", R"({"type":"string","format":"uuid"})");
    add("Time", R"({"type":"string","format":"date-time","description":"In UTC, in whole seconds.","pattern":"^[^.]*Z$"})");
    add("Duration",
        R"({"type":["string","number"],"description":"A duration such as \"6 minutes\", \"1h30m\", \"3 months\" or \"P1Y2M\", or a number of seconds."})");
    add("Grants",
        R"({"type":"array","description":"Grants such as \"GET /v1/wallets/*\".","items":{"type":"string","minLength":1,"maxLength":256},"minItems":1,"maxItems":64})");
    add("Networks",
        R"({"type":"array","description":"Addresses and networks such as \"192.0.2.7\", \"10.0.0.0/8\" or \"2001:db8::/32\".","items":{"type":"string","minLength":2,"maxLength":49},"minItems":1,"maxItems":32})");
    add("RateLimit",
        R"({"type":"string","description":"\"N/UNIT\" or \"N per UNIT\", UNIT second, minute, hour or day, such as \"100/minute\".","pattern":"^[1-9][0-9]{0,6}(/| [Pp][Ee][Rr] )[A-Za-z]+$"})");
    add("Error", error_schema());
    for (auto const& shape : kShapes) add(shape.name, write_shape(shape));
    add("Introspection", R"({"oneOf":[{"$ref":"#/components/schemas/ActiveToken"},{"$ref":"#/components/schemas/InactiveToken"}]})");
    add("OpenApi", R"({"type":"object","description":"An OpenAPI document.","required":["openapi","info","paths"]})");
}

std::string schema_of(View view, std::string_view message) {
    if (view != View::kMessage) return R"({"$ref":"#/components/schemas/)" + std::string{kSchemaNames[view]} + R"("})";
    std::string schema = R"({"type":"object","properties":{"message":{"const":)";
    core::append_json_string(schema, message);
    return schema + R"(}},"required":["message"],"additionalProperties":false})";
}

std::string schema_of(InputField const& field) {
    std::string const schema{field.schema.empty() ? kFieldSchemas[field.kind] : field.schema};
    return field.is_nullable ? R"({"anyOf":[)" + schema + R"(,{"type":"null"}]})" : schema;
}

std::string schema_of(Parameter const& parameter) { return std::string{kParameterSchemas[parameter.kind]}; }

}  // namespace warder::api
