// SPDX-License-Identifier: MIT
#include "api/input.hpp"

#include "auth/errors.hpp"
#include "core/grants/grant_message.hpp"
#include "core/json.hpp"
#include "core/text/duration_text.hpp"
#include "core/text/enum_texts.hpp"
#include "core/text/json_writer.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace warder::api {
namespace {

using Kind = InputField::Kind;
constexpr std::string_view kUnreadable = "is not a valid duration.";

http::Response bad_field(std::string_view name, std::string_view what) {
    return auth::error_response(400, "bad_field", "The key \"" + http::quote_for_message(name) + "\" " + std::string{what});
}

http::Response unknown_key(std::string_view key, std::span<InputField const> fields) {
    std::string message = "Unknown key \"" + http::quote_for_message(key) + "\"; this call takes ";
    for (auto const& field : fields) {
        if (&field != &fields.front()) message += &field == &fields.back() ? " and " : ", ";
        message.append("\"").append(field.name).append("\"");
    }
    return auth::error_response(400, "bad_field", message + ".");
}

bool is_of_kind(boost::json::value const& value, Kind kind) noexcept {
    switch (kind) {
        case Kind::kText:
            return value.is_string();
        case Kind::kFlag:
            return value.is_bool();
        case Kind::kDuration:
            return value.is_string() || value.is_number();
        case Kind::kTexts:
        case Kind::kGrants:
            return value.is_array() && std::ranges::all_of(value.get_array(), [](auto const& item) { return item.is_string(); });
    }
    return false;
}

constexpr core::EnumTexts<Kind::kGrants> kWanted{{
    {Kind::kText, "must be a string"},
    {Kind::kFlag, "must be true or false"},
    {Kind::kDuration, "must be a duration: a string such as \"6 minutes\", or a number of seconds"},
    {Kind::kTexts, "must be a list of strings"},
    {Kind::kGrants, "must be a list of strings"},
}};

/// Returns the error of null for a limit that isn't there yet, so that it can't be removed.
std::string_view null_error(InputField const& field) noexcept { return field.kind == Kind::kDuration ? std::string_view{} : error_of(field); }

/// Says what the value must be.
std::string describe_wanted(InputField const& field) {
    std::string wanted{kWanted[field.kind]};
    if (!field.example.empty()) wanted.append(", such as \"").append(field.example).append("\"");
    return wanted += field.is_nullable ? ", or null for no limit." : ".";
}

std::optional<http::Response> validate_member(std::string_view key, boost::json::value const& value, std::span<InputField const> fields) {
    auto const field = std::ranges::find(fields, key, &InputField::name);
    if (field == fields.end()) return unknown_key(key, fields);
    if (is_of_kind(value, field->kind) || (field->is_nullable && value.is_null())) return std::nullopt;
    if (auto const slug = null_error(*field); value.is_null() && !slug.empty())
        return auth::error_response(400, slug, "The key \"" + std::string{key} + "\" must not be null; omit it for no limit.");
    return bad_field(key, describe_wanted(*field));
}

std::vector<std::string> texts_of(boost::json::value const& list) {
    std::vector<std::string> texts;
    for (auto const& item : list.get_array()) texts.emplace_back(item.get_string());
    return texts;
}

std::string_view text_of(boost::json::value const& value) noexcept { return {value.get_string().data(), value.get_string().size()}; }

/// Returns what is wrong with a text that is not a duration.
std::string_view describe_unreadable(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, http::is_digit) ? "has no unit." : kUnreadable;
}

std::string describe(LifetimeError error, boost::json::value const& value, Seconds max_lifetime) {
    switch (error) {
        case LifetimeError::kTooShort:
            return "is shorter than one second.";
        case LifetimeError::kTooLong:
            return "is longer than the maximum of " + core::duration_text(max_lifetime) + " (tokens.max_life).";
        case LifetimeError::kUnreadable:
            break;
    }
    return std::string{value.is_string() ? describe_unreadable(text_of(value)) : kUnreadable};
}

std::string input_text(boost::json::value const& value) {
    if (value.is_string()) return std::string{text_of(value)};
    std::string number;
    core::append_json_number(number, value.to_number<double>());
    return number;
}

/// Returns the number at an offset in a JSON text.
std::string_view number_at(std::string_view body, std::size_t offset) noexcept {
    constexpr std::string_view kNumberChars = "0123456789+-.eE";
    auto const before = body.substr(0, offset).find_last_not_of(kNumberChars);
    auto const begin = before == std::string_view::npos ? 0 : before + 1;
    return body.substr(begin, body.find_first_not_of(kNumberChars, begin) - begin);
}

/// A duration that does not fit a double is reported as `bad_life`, not as `bad_json`.
http::Response json_error(std::string_view body, core::JsonError const& error, std::span<InputField const> fields) {
    auto const field = std::ranges::find(fields, error.key, &InputField::name);
    if (error.reason == core::JsonError::Reason::kNumberRange && field != fields.end() && field->kind == Kind::kDuration)
        return auth::invalid_lifetime("is out of range.", number_at(body, error.offset));
    return auth::error_response(400, "bad_json", core::describe(error));
}

}  // namespace

std::string_view error_of(InputField const& field) noexcept {
    if (!field.error.empty()) return field.error;
    return field.kind == Kind::kDuration ? "bad_life" : field.kind == Kind::kGrants ? "bad_grant" : "";
}

std::expected<Input, http::Response> Input::read(std::string_view body, std::span<InputField const> fields) {
    auto parsed = core::read_json(body, {.trailing_commas = true});
    if (!parsed) return std::unexpected(json_error(body, parsed.error(), fields));
    if (!parsed->is_object()) return std::unexpected(auth::error_response(400, "bad_json", "The body must be a JSON object."));
    Input input;
    input.object_ = std::move(parsed->get_object());
    for (auto const& member : input.object_) {
        if (auto rejection = validate_member({member.key().data(), member.key().size()}, member.value(), fields))
            return std::unexpected(std::move(*rejection));
    }
    for (auto const& field : fields) {
        if (field.is_required && !input.has(field.name)) return std::unexpected(missing_field(field.name));
    }
    return input;
}

std::optional<std::string> Input::text(std::string_view name) const {
    auto const* const value = find(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return std::string{text_of(*value)};
}

std::optional<std::vector<std::string>> Input::texts(std::string_view name) const {
    auto const* const value = find(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return texts_of(*value);
}

crypto::Secret Input::secret(std::string_view name) const {
    auto held = text(name).value_or("");
    crypto::Secret secret{held};
    crypto::wipe(held);
    return secret;
}

std::optional<bool> Input::flag(std::string_view name) const {
    auto const* const value = find(name);
    if (value == nullptr) return std::nullopt;
    return value->get_bool();
}

std::expected<Grants, http::Response> Input::grants(std::string_view name) const {
    auto const* const value = find(name);
    if (value == nullptr || value->is_null()) return Grants{};
    auto grants = GrantList::parse(texts_of(*value));
    if (!grants) return std::unexpected(auth::error_response(400, "bad_grant", core::message(grants.error())));
    return std::move(*grants);
}

std::expected<std::optional<Grants>, http::Response> Input::grants_if_named(std::string_view name) const {
    if (!has(name)) return std::optional<Grants>{};
    auto read = grants(name);
    if (!read) return std::unexpected(std::move(read.error()));
    return std::optional{std::move(*read)};
}

std::expected<Seconds, http::Response> Input::lifetime(std::string_view name, Seconds max_lifetime) const {
    auto const& value = *find(name);
    auto const lifetime =
        value.is_string() ? validate_lifetime(text_of(value), max_lifetime) : validate_lifetime(Seconds{value.to_number<double>()}, max_lifetime);
    if (!lifetime) return std::unexpected(auth::invalid_lifetime(describe(lifetime.error(), value, max_lifetime), input_text(value)));
    return *lifetime;
}

std::expected<Seconds, http::Response> Input::span(std::string_view name) const {
    auto const& value = *find(name);
    Seconds span{};
    if (value.is_string()) {
        auto const text = text_of(value);
        auto const read = read_duration(text);
        if (!read || text.size() > kMaxLifetimeText) return std::unexpected(auth::invalid_lifetime(describe_unreadable(text), text));
        span = *read;
    } else {
        span = Seconds{value.to_number<double>()};
    }
    if (span < Seconds{0}) return std::unexpected(auth::invalid_lifetime("is negative.", input_text(value)));
    return span;
}

http::Response missing_field(std::string_view name) { return bad_field(name, "is missing."); }

}  // namespace warder::api
