// SPDX-License-Identifier: MIT
#include "api/query.hpp"

#include "auth/errors.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace warder::api {
namespace {

bool is_listed(std::string_view name, std::string_view allowed) noexcept {
    while (!allowed.empty()) {
        auto const space = allowed.find(' ');
        if (allowed.substr(0, space) == name) return true;
        if (space == std::string_view::npos) break;
        allowed.remove_prefix(space + 1);
    }
    return false;
}

/// Returns whether a name may be quoted in a message. Anything else may be a whole body that contains a secret.
bool is_plain_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 64 &&
           std::ranges::all_of(name, [](char c) { return http::is_alpha(c) || http::is_digit(c) || c == '_' || c == '-' || c == '.'; });
}

http::Response unknown_parameter(std::string_view kind, std::string_view name, std::string_view allowed) {
    std::string message = "Unknown " + std::string{kind};
    if (is_plain_name(name)) message += " \"" + http::quote_for_message(name) + "\"";
    message += allowed.empty() ? "; this call takes none" : "; this call takes ";
    for (bool is_first = true; !allowed.empty(); is_first = false) {
        auto const space = std::min(allowed.find(' '), allowed.size());
        if (!is_first) message += space == allowed.size() ? " and " : ", ";
        message.append("\"").append(allowed.substr(0, space)).append("\"");
        allowed.remove_prefix(std::min(space + 1, allowed.size()));
    }
    return auth::error_response(400, "bad_field", message + ".");
}

http::Response bad_parameter(std::string_view kind, std::string_view name, std::string_view what) {
    if (!is_plain_name(name)) return auth::error_response(400, "bad_field", std::string{"A "}.append(kind).append(" ").append(what));
    return auth::error_response(400, "bad_field",
                                std::string{"The "}.append(kind).append(" \"").append(http::quote_for_message(name)).append("\" ").append(what));
}

}  // namespace

std::expected<Query, http::Response> Query::read(std::string_view text, std::string_view allowed, std::string_view what) {
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
        if (!is_listed(*name, allowed)) return std::unexpected(unknown_parameter(what, *name, allowed));
        if (query.find(*name)) return std::unexpected(bad_parameter(what, *name, "is present more than once."));
        query.parameters_.emplace_back(*name, std::move(*value));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept {
    for (auto const& [known, value] : parameters_) {
        if (known == name) return value;
    }
    return std::nullopt;
}

}  // namespace warder::api
