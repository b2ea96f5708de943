// SPDX-License-Identifier: MIT
#include "api/query.hpp"

#include "auth/errors.hpp"
#include "core/text/enum_texts.hpp"
#include "core/text/number.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace warder::api {
namespace {

using ParameterKind = Parameter::Kind;

constexpr core::EnumTexts<ParameterKind::kOwner> kWantedValues{{
    {ParameterKind::kText, ""},
    {ParameterKind::kLimit, "must be an integer from 1 to 1000."},
    {ParameterKind::kEventId, "must be the id of an audit event."},
    {ParameterKind::kUsage, R"(must be "usage".)"},
    {ParameterKind::kExplanation, R"(must be "explanation".)"},
    {ParameterKind::kLastSignIn, R"(must be "last_sign_in".)"},
    {ParameterKind::kWait, R"(must be "all".)"},
    {ParameterKind::kTokenId, ""},
    {ParameterKind::kDuration, ""},
    {ParameterKind::kUserName, ""},
    {ParameterKind::kOwner, ""},
}};
static_assert(kMaxPage == 1000);

bool is_value_of_kind(std::string_view value, ParameterKind kind) noexcept {
    switch (kind) {
        case ParameterKind::kLimit:
            return core::read_number(value, 1U, kMaxPage).has_value();
        case ParameterKind::kEventId:
            return core::read_number(value, std::int64_t{1}).has_value();
        case ParameterKind::kUsage:
            return value == "usage";
        case ParameterKind::kExplanation:
            return value == "explanation";
        case ParameterKind::kLastSignIn:
            return value == "last_sign_in";
        case ParameterKind::kWait:
            return value == "all";
        case ParameterKind::kText:
        case ParameterKind::kTokenId:
        case ParameterKind::kDuration:
        case ParameterKind::kUserName:
        case ParameterKind::kOwner:
            break;
    }
    return true;
}

/// Returns whether a name may be quoted in a message. Anything else may be a whole body that contains a secret.
bool is_plain_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 64 &&
           std::ranges::all_of(name, [](char c) { return http::is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
}

http::Response unknown_parameter(std::string_view kind, std::string_view name, std::span<Parameter const> allowed) {
    std::string message = "Unknown " + std::string{kind};
    if (is_plain_name(name)) message += " \"" + http::quote_for_message(name) + "\"";
    message += allowed.empty() ? "; this call takes none" : "; this call takes ";
    for (auto const& parameter : allowed) {
        if (&parameter != &allowed.front()) message += &parameter == &allowed.back() ? " and " : ", ";
        message.append("\"").append(parameter.name).append("\"");
    }
    return auth::error_response(400, "bad_field", message + ".");
}

http::Response bad_parameter(std::string_view kind, std::string_view name, std::string_view what) {
    if (!is_plain_name(name)) return auth::error_response(400, "bad_field", std::string{"A "}.append(kind).append(" ").append(what));
    return auth::error_response(400, "bad_field",
                                std::string{"The "}.append(kind).append(" \"").append(http::quote_for_message(name)).append("\" ").append(what));
}

}  // namespace

std::expected<Query, http::Response> Query::read(std::string_view text, std::span<Parameter const> allowed, std::string_view what) {
    Query query;
    while (!text.empty()) {
        auto const ampersand = text.find('&');
        auto const pair = text.substr(0, ampersand);
        text.remove_prefix(ampersand == std::string_view::npos ? text.size() : ampersand + 1);
        if (pair.empty()) continue;
        auto const equals = pair.find('=');
        auto const name = http::percent_decode(pair.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::optional{std::string{}} : http::percent_decode(pair.substr(equals + 1), true);
        if (!name || !value) return std::unexpected(bad_parameter(what, pair.substr(0, equals), "has an invalid percent-escape."));
        auto const known = std::ranges::find(allowed, std::string_view{*name}, &Parameter::name);
        if (known == allowed.end()) return std::unexpected(unknown_parameter(what, *name, allowed));
        if (query.find(*name)) return std::unexpected(bad_parameter(what, *name, "is present more than once."));
        if (!is_value_of_kind(*value, known->kind)) return std::unexpected(bad_parameter(what, *name, kWantedValues[known->kind]));
        query.parameters_.emplace_back(*name, std::move(*value));
    }
    for (auto const& parameter : allowed) {
        if (parameter.is_required && !query.find(parameter.name)) return std::unexpected(bad_parameter(what, parameter.name, "is missing."));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept {
    for (auto const& [known, value] : parameters_) {
        if (known == name) return value;
    }
    return std::nullopt;
}

std::optional<std::int64_t> Query::number(std::string_view name) const noexcept {
    auto const value = find(name);
    return value ? core::read_number<std::int64_t>(*value) : std::nullopt;
}

}  // namespace warder::api
