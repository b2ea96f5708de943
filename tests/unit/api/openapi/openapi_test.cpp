// SPDX-License-Identifier: MIT
#include "api/openapi/openapi.hpp"

#include "api/call_errors.hpp"
#include "api/routes.hpp"
#include "auth/denial.hpp"
#include "auth/errors.hpp"
#include "core/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace warder::api {
namespace {

namespace json = boost::json;

constexpr auto kNewFields = std::to_array<InputField>({{InputField::Kind::kFlag, "is_new", true}});
constexpr auto kTokenFields = std::to_array<InputField>({{InputField::Kind::kDuration, "life"}, {InputField::Kind::kGrants, "endpoints"}});

json::value const& document() {
    static json::value const parsed = *core::read_json(openapi_document());
    return parsed;
}

/// Returns the path of a route as the document has it; null if it is missing.
json::value const* find_path(json::value const& openapi, ApiRoute const& route) {
    bool const has_base = !is_health_check(route) && route.pattern != kOpenApiPath;
    auto const path = (has_base ? "/v1alpha" : "") + std::string{route.pattern};
    auto const& paths = openapi.at("paths").as_object();
    auto const* const found = paths.if_contains(path);
    return found != nullptr ? found : paths.if_contains(path + "/");
}

std::set<std::string> texts_of(json::value const& list) {
    std::set<std::string> texts;
    for (auto const& item : list.as_array()) texts.emplace(item.as_string());
    return texts;
}

/// Returns the slugs that the reference documents: the words in backticks of the second column of its first table.
std::set<std::string> documented_slugs() {
    std::ifstream file{std::filesystem::path{WARDER_SOURCE} / "../docs/reference/errors.md"};
    std::set<std::string> slugs;
    bool is_in_table = false;
    for (std::string line; std::getline(file, line) && (!is_in_table || line.starts_with('|'));) {
        if (is_in_table) {
            auto const cell = line.find('|', 1);
            std::istringstream words{line.substr(cell + 1, line.find('|', cell + 1) - cell - 1)};
            for (std::string word; words >> word;)
                if (word.size() > 2 && word.starts_with('`') && word.ends_with('`')) slugs.insert(word.substr(1, word.size() - 2));
        }
        is_in_table = is_in_table || line.starts_with("|---");
    }
    return slugs;
}

/// Returns whether a room that answers requests has the word as a string.
bool is_in_source(std::string_view word) {
    auto const literal = "\"" + std::string{word} + "\"";
    for (auto const* room : {"api", "auth", "http", "server", "gateway"}) {
        for (auto const& entry : std::filesystem::recursive_directory_iterator{std::filesystem::path{WARDER_SOURCE} / room}) {
            if (!entry.is_regular_file() || entry.path().filename() == "call_errors.cpp") continue;
            std::ifstream file{entry.path()};
            std::string const text{std::istreambuf_iterator<char>{file}, {}};
            if (text.find(literal) != std::string::npos) return true;
        }
    }
    return false;
}

bool is_known(unsigned status, std::string_view slug) {
    auto const codes = all_error_codes();
    return std::ranges::find(codes, ErrorCode{status, slug}) != codes.end();
}

std::string slug_of(http::Response const& response) { return std::string{core::read_json(response.body)->at("error").as_string()}; }

bool has_error(ApiRoute const& route, std::string_view slug) {
    auto const errors = errors_of(route);
    return std::ranges::find(errors, slug, &ErrorCode::slug) != errors.end();
}

TEST(OpenApiDocument, HasEachRouteAsAnOperationWithItsStatusAndItsOwnId) {
    std::set<std::string_view> ids;
    std::size_t operations = 0;
    for (auto const& route : all_routes()) {
        auto const* const path = find_path(document(), route);
        ASSERT_NE(path, nullptr) << route.pattern;
        std::string method{route.method};
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
        auto const* const operation = path->as_object().if_contains(method);
        ASSERT_NE(operation, nullptr) << method << " " << route.pattern;
        EXPECT_EQ(operation->at("operationId").as_string(), json::string_view{route.id});
        EXPECT_TRUE(operation->at("responses").as_object().contains(std::to_string(route.success.status)));
        EXPECT_FALSE(route.id.empty() || route.summary.empty()) << route.pattern;
        EXPECT_TRUE(ids.insert(route.id).second) << route.id;
    }
    for (auto const& [_, item] : document().at("paths").as_object())
        for (auto const& [key, value] : item.as_object()) operations += key == "servers" ? 0 : 1;
    EXPECT_EQ(operations, all_routes().size());
}

TEST(OpenApiDocument, HasTheInputOfEachRoute) {
    for (auto const& route : all_routes()) {
        std::string method{route.method};
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
        auto const& operation = find_path(document(), route)->at(method).as_object();
        EXPECT_EQ(operation.contains("requestBody"), !route.accepts.body.empty() || !route.accepts.form.empty()) << route.id;
        bool const has_parameter_in_path = route.pattern.find('{') != std::string_view::npos;
        auto const* const parameters = operation.if_contains("parameters");
        EXPECT_EQ(parameters == nullptr ? 0 : parameters->as_array().size(), route.accepts.query.size() + (has_parameter_in_path ? 1 : 0))
            << route.id;
        if (route.accepts.body.empty()) continue;
        auto const& schema = operation.at("requestBody").at("content").at("application/json").at("schema");
        EXPECT_EQ(schema.at("properties").as_object().size(), route.accepts.body.size()) << route.id;
        EXPECT_EQ(schema.at("additionalProperties"), false);
        for (auto const& field : route.accepts.body) {
            bool const is_required = schema.as_object().contains("required") && texts_of(schema.at("required")).contains(std::string{field.name});
            EXPECT_EQ(is_required, field.is_required) << field.name;
        }
    }
}

TEST(OpenApiDocument, FollowsTheTableItIsGeneratedFrom) {
    auto const routes = std::to_array<ApiRoute>({{.method = "PUT",
                                                  .pattern = "/things/{id}",
                                                  .required_auth = Auth::kAdmin,
                                                  .handler = nullptr,
                                                  .accepts = {.body = kNewFields},
                                                  .success = {.view = View::kUser, .status = 201},
                                                  .id = "putThing",
                                                  .summary = "Puts a thing"}});
    auto const openapi = *core::read_json(write_openapi(routes));
    EXPECT_EQ(openapi.at("paths").as_object().size(), 1U);
    auto const& operation = openapi.at("paths").at("/v1alpha/things/{id}").at("put");
    EXPECT_EQ(texts_of(operation.at("requestBody").at("content").at("application/json").at("schema").at("required")),
              std::set<std::string>{"is_new"});
    EXPECT_TRUE(operation.at("responses").as_object().contains("201"));
    EXPECT_TRUE(operation.at("responses").as_object().contains("404"));
}

TEST(OpenApiDocument, HasExactlyTheSlugsOfTheReferenceAndEachIsInTheSource) {
    auto const in_document = texts_of(document().at("components").at("schemas").at("Error").at("properties").at("error").at("enum"));
    EXPECT_EQ(in_document, documented_slugs());
    for (auto const& slug : in_document) EXPECT_TRUE(is_in_source(slug)) << slug;
}

TEST(OpenApiDocument, HasAtMost96KiB) { EXPECT_LE(openapi_document().size(), 98'304U); }

TEST(AllErrorCodes, HaveTheStatusAndSlugOfEachErrorAndDenial) {
    for (int number = 0; number <= static_cast<int>(authority::Error::kStoreFull); ++number) {
        auto const response = auth::error_response(static_cast<authority::Error>(number));
        EXPECT_TRUE(is_known(response.status, slug_of(response))) << response.body;
    }
    for (std::size_t number = 0; number < auth::kDenialReasons; ++number) {
        for (auto const surface : {auth::Surface::kApi, auth::Surface::kDecision, auth::Surface::kGateway}) {
            auto const response = auth::to_response({.reason = static_cast<auth::DenialReason>(number)}, surface);
            EXPECT_TRUE(is_known(response.status, slug_of(response))) << response.body;
        }
    }
}

TEST(ErrorsOf, KnowEachSlugThatARouteNames) {
    for (auto const& route : all_routes()) {
        for (auto words = route.errors; !words.empty();) {
            auto const slug = words.substr(0, words.find(' '));
            words.remove_prefix(std::min(slug.size() + 1, words.size()));
            EXPECT_TRUE(has_error(route, slug)) << route.id << " " << slug;
        }
    }
}

TEST(ErrorsOf, FollowFromTheCredentialThePathAndTheInput) {
    ApiRoute const open{.method = "GET", .pattern = "/a", .required_auth = Auth::kNone, .handler = nullptr};
    ApiRoute const health{.method = "GET", .pattern = "/healthz/a", .required_auth = Auth::kNone, .handler = nullptr};
    ApiRoute const full{.method = "POST",
                        .pattern = "/a/{id}",
                        .required_auth = Auth::kAdmin,
                        .handler = nullptr,
                        .accepts = {.body = kFields},
                        .errors = "no_tokens"};
    ApiRoute const any{.method = "GET", .pattern = "/a/{name}", .required_auth = Auth::kAny, .handler = nullptr};
    ApiRoute const session{.method = "DELETE", .pattern = "/a", .required_auth = Auth::kSession, .handler = nullptr, .needs_ui = true};

    for (auto const* slug : {"unauthorized", "invalid_token", "forbidden", "throttled", "csrf", "cross_site", "not_found", "bad_json", "bad_life"})
        EXPECT_FALSE(has_error(open, slug)) << slug;
    for (auto const* slug : {"bad_request", "bad_field", "timeout", "too_large", "misdirected", "headers_too_large", "internal", "unavailable"})
        EXPECT_TRUE(has_error(open, slug)) << slug;
    EXPECT_FALSE(has_error(health, "misdirected") || has_error(health, "bad_field"));
    for (auto const* slug : {"unauthorized", "forbidden", "throttled", "csrf", "cross_site", "bad_json", "bad_field", "bad_life", "bad_grant",
                             "unknown_token", "no_tokens"})
        EXPECT_TRUE(has_error(full, slug)) << slug;
    EXPECT_FALSE(has_error(full, "invalid_token") || has_error(full, "unknown_user"));
    EXPECT_TRUE(has_error(any, "invalid_token") && has_error(any, "unknown_user"));
    EXPECT_FALSE(has_error(any, "csrf") || has_error(any, "cross_site"));
    EXPECT_TRUE(has_error(session, "not_found") && has_error(session, "csrf"));
    EXPECT_FALSE(has_error(session, "throttled"));
}

}  // namespace
}  // namespace warder::api
