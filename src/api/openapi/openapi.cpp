// SPDX-License-Identifier: MIT
#include "api/openapi/openapi.hpp"

#include "api/call_errors.hpp"
#include "api/denials.hpp"
#include "api/openapi/schemas.hpp"
#include "api/routes.hpp"
#include "core/text/json_writer.hpp"
#include "http/response.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace warder::api {
namespace {

using core::JsonObject;

constexpr std::string_view kInfo =
    R"({"title":"Warder management API","version":"v1alpha","description":"Every path works with and without a trailing slash. HEAD works where GET does. OPTIONS is 204 with Allow; any other method is 405.","license":{"name":"MIT","identifier":"MIT"}})";

constexpr std::string_view kSecuritySchemes =
    R"({"basic":{"type":"http","scheme":"basic","description":"User name and password. Calls that accept tokens also accept a token as the password."},)"
    R"("bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"},)"
    R"("tokenHeader":{"type":"apiKey","in":"header","name":"X-Warder-Token"},)"
    R"("session":{"type":"apiKey","in":"cookie","name":"warder_session","description":"A session of the web UI."},)"
    R"("secureSession":{"type":"apiKey","in":"cookie","name":"__Host-warder_session","description":"The same, under TLS."},)"
    R"("csrf":{"type":"apiKey","in":"header","name":"X-Warder-CSRF","description":"The csrf_token of the session."}})";

struct Header {
    std::string_view name;
    bool is_required;
    std::string_view schema;
};

/// All headers of responses except those of the connection and the body (Date, Content-Type, …).
constexpr auto kHeaders = std::to_array<Header>({
    {"Cache-Control", true, R"({"const":"no-store"})"},
    {"X-Content-Type-Options", true, R"({"const":"nosniff"})"},
    {"WWW-Authenticate", true, R"({"type":"string","pattern":"^(Basic|Bearer) realm=\"warder\""})"},
    {"Retry-After", true, R"({"type":"integer","minimum":1,"maximum":86400})"},
    {"Allow", true, R"({"type":"string"})"},
    {"Location", true, R"({"type":"string","format":"uri-reference","pattern":"^(/api)?/v1alpha/"})"},
    {"Set-Cookie", true, R"({"type":"string","pattern":"^(__Host-)?warder_session="})"},
    {"Link", false, R"({"type":"string","description":"The next page, if there is one (rel=\"next\").","pattern":"; rel=\"next\"$"})"},
});
constexpr std::string_view kHeadersOfAll = "Cache-Control X-Content-Type-Options";

std::string component(std::string_view kind, std::string_view name) {
    return std::string{R"({"$ref":"#/components/)"}.append(kind).append("/").append(name).append(R"("})");
}

/// Calls a function with each word of a list.
template <class Function>
void for_each_word(std::string_view words, Function const& function) {
    while (!words.empty()) {
        auto const word = words.substr(0, words.find(' '));
        function(word);
        words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
}

void append_headers(JsonObject& response, std::string& out, std::string_view more) {
    response.key("headers");
    JsonObject headers{out};
    for (auto const names : {kHeadersOfAll, more})
        for_each_word(names, [&](std::string_view name) { headers.json(name, component("headers", name)); });
    headers.close();
}

std::string content(std::string_view media_type, std::string_view schema) {
    std::string out;
    JsonObject{out}.json(media_type, R"({"schema":)" + std::string{schema} + "}").close();
    return out;
}

std::string success_response(Success const& success) {
    std::string out;
    JsonObject response{out};
    response.text("description", http::reason_phrase(success.status));
    append_headers(response, out, success.headers);
    response.json("content", content("application/json", schema_of(success.view, success.message))).close();
    return out;
}

/// The errors that a call has with one status.
using Codes = std::span<ErrorCode const>;

/// Returns the name of the component: calls with the same errors share it.
std::string error_name(Codes codes) {
    std::string name = "E" + std::to_string(codes.front().status);
    for (auto const& code : codes) name.append(".").append(code.slug);
    return name;
}

std::string_view error_headers(unsigned status) noexcept {
    switch (status) {
        case 401:
            return "WWW-Authenticate";
        case 405:
            return "Allow";
        case 429:
        case 503:
            return "Retry-After";
        default:
            return {};
    }
}

std::string error_response_of(Codes codes) {
    std::string schema = R"({"allOf":[{"$ref":"#/components/schemas/Error"},{"properties":{"error":{"enum":[)";
    for (auto const& code : codes) schema.append(&code == &codes.front() ? "\"" : ",\"").append(code.slug).append("\"");
    schema += "]}}}]}";
    std::string out;
    JsonObject response{out};
    response.text("description", http::reason_phrase(codes.front().status));
    append_headers(response, out, error_headers(codes.front().status));
    response.json("content", content("application/json", schema)).close();
    return out;
}

/// Splits a list that is ordered by status.
std::vector<Codes> by_status(Codes codes) {
    std::vector<Codes> groups;
    while (!codes.empty()) {
        auto const status = codes.front().status;
        auto const count = std::ranges::find_if(codes, [&](ErrorCode const& code) { return code.status != status; }) - codes.begin();
        groups.push_back(codes.first(static_cast<std::size_t>(count)));
        codes = codes.subspan(static_cast<std::size_t>(count));
    }
    return groups;
}

void append_parameter(std::string& out, std::string_view place, Parameter const& parameter, bool is_required) {
    if (!out.ends_with('[')) out += ',';
    JsonObject object{out};
    object.text("name", parameter.name).text("in", place);
    if (is_required) object.flag("required", true);
    object.json("schema", schema_of(parameter)).close();
}

/// Returns the parameter in a path.
std::optional<Parameter> path_parameter(std::string_view pattern) noexcept {
    auto const open = pattern.find('{');
    if (open == std::string_view::npos) return std::nullopt;
    auto const name = pattern.substr(open + 1, pattern.find('}') - open - 1);
    return Parameter{name == "id" ? Parameter::Kind::kTokenId : Parameter::Kind::kText, name};
}

std::string parameters_of(ApiRoute const& route) {
    std::string out = "[";
    if (auto const parameter = path_parameter(route.pattern)) append_parameter(out, "path", *parameter, true);
    for (auto const& parameter : route.accepts.query) append_parameter(out, "query", parameter, parameter.is_required);
    return out + "]";
}

/// Returns the schema of the object that a body or form must be.
template <class Field>
std::string input_schema(std::span<Field const> fields) {
    std::string properties;
    std::string required;
    JsonObject object{properties};
    for (auto const& field : fields) {
        object.json(field.name, schema_of(field));
        if (field.is_required) required.append(required.empty() ? "\"" : ",\"").append(field.name).append("\"");
    }
    object.close();
    std::string schema = R"({"type":"object","properties":)" + properties;
    if (!required.empty()) schema += R"(,"required":[)" + required + "]";
    return schema + R"(,"additionalProperties":false})";
}

void append_request_body(JsonObject& operation, Accepts const& accepts) {
    bool const is_form = !accepts.form.empty();
    if (!is_form && accepts.body.empty()) return;
    auto const schema = is_form ? input_schema(accepts.form) : input_schema(accepts.body);
    std::string body;
    JsonObject{body}
        .flag("required", !accepts.is_body_optional)
        .json("content", content(is_form ? "application/x-www-form-urlencoded" : "application/json", schema))
        .close();
    operation.json("requestBody", body);
}

/// Returns the credentials that a call accepts, as alternatives; none if it needs none.
std::string security_of(ApiRoute const& route) {
    auto const policy = policy_of(route.required_auth);
    std::string out = "[";
    auto const add = [&out](std::string_view schemes) { out.append(out.ends_with('[') ? "" : ",").append(schemes); };
    if (policy.takes_password) add(R"({"basic":[]})");
    if (policy.takes_token) add(R"({"bearer":[]},{"tokenHeader":[]})");
    if (policy.takes_session)
        add(route.method == "GET" ? R"({"session":[]},{"secureSession":[]})" : R"({"session":[],"csrf":[]},{"secureSession":[],"csrf":[]})");
    return out + "]";
}

std::string lower(std::string_view method) {
    std::string text{method};
    for (auto& c : text) c = static_cast<char>(c | 0x20);
    return text;
}

/// Returns the path as documented: one with members ends with a slash.
std::string documented_path(ApiRoute const& route, std::span<ApiRoute const> routes) {
    bool const has_base = !is_health_check(route) && route.pattern != kOpenApiPath;
    auto path = (has_base ? "/v1alpha" : "") + std::string{route.pattern};
    auto const members = std::string{route.pattern} + "/{";
    if (std::ranges::any_of(routes, [&](ApiRoute const& other) { return other.pattern.starts_with(members); })) path += '/';
    return path;
}

class DocumentWriter {
  public:
    explicit DocumentWriter(std::span<ApiRoute const> routes) : routes_{routes} {}

    std::string write() {
        std::string out;
        JsonObject{out}
            .text("openapi", "3.1.0")
            .json("info", kInfo)
            .json("servers", R"([{"url":"/"},{"url":"/api","description":"The prefix of Specter Desktop's clients."}])")
            .json("paths", paths())
            .json("components", components())
            .close();
        return out;
    }

  private:
    std::string operation(ApiRoute const& route) {
        std::string out;
        JsonObject operation{out};
        operation.text("operationId", route.id).text("summary", route.summary).json("security", security_of(route));
        if (auto const parameters = parameters_of(route); parameters != "[]") operation.json("parameters", parameters);
        append_request_body(operation, route.accepts);
        operation.json("responses", responses(route)).close();
        return out;
    }

    std::string responses(ApiRoute const& route) {
        std::string out;
        JsonObject responses{out};
        responses.json(std::to_string(route.success.status), success_response(route.success));
        if (auto const& other = route.other_success) responses.json(std::to_string(other->status), success_response(*other));
        auto const errors = errors_of(route);
        for (auto const codes : by_status(errors)) {
            auto name = error_name(codes);
            responses.json(std::to_string(codes.front().status), component("responses", name));
            errors_.try_emplace(std::move(name), error_response_of(codes));
        }
        responses.close();
        return out;
    }

    /// Returns the calls, grouped by their paths in the order of the table.
    std::string paths() {
        std::vector<std::string_view> written;
        std::string out;
        JsonObject paths{out};
        for (auto const& route : routes_) {
            if (std::ranges::find(written, route.pattern) != written.end()) continue;
            written.push_back(route.pattern);
            paths.key(documented_path(route, routes_));
            JsonObject item{out};
            if (route.pattern == kOpenApiPath) item.json("servers", R"([{"url":"/"}])");
            for (auto const& other : routes_)
                if (other.pattern == route.pattern) item.json(lower(other.method), operation(other));
            item.close();
        }
        paths.close();
        return out;
    }

    /// Call it after `paths`, which collects the errors.
    [[nodiscard]] std::string components() const {
        std::string out;
        JsonObject components{out};
        components.json("securitySchemes", kSecuritySchemes).key("headers");
        JsonObject headers{out};
        for (auto const& [name, is_required, schema] : kHeaders)
            headers.json(name, (is_required ? R"({"required":true,"schema":)" : R"({"schema":)") + std::string{schema} + "}");
        headers.close();
        components.key("responses");
        JsonObject responses{out};
        for (auto const& [name, response] : errors_) responses.json(name, response);
        responses.close();
        components.key("schemas");
        JsonObject schemas{out};
        append_shared_schemas(schemas);
        schemas.close();
        components.close();
        return out;
    }

    std::span<ApiRoute const> routes_;
    std::map<std::string, std::string> errors_;
};

}  // namespace

std::string write_openapi(std::span<ApiRoute const> routes) { return DocumentWriter{routes}.write(); }

std::string const& openapi_document() {
    static std::string const document = write_openapi(all_routes());
    return document;
}

}  // namespace warder::api
