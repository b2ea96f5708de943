// SPDX-License-Identifier: MIT
#include "api/ui/ui_pages.hpp"

#include "api/ui/ui_files.hpp"
#include "auth/errors.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace warder::api {
namespace {

constexpr std::string_view kDirectory = "/ui/";
constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kMethods = "GET, HEAD, OPTIONS";

/// Only scripts and styles from this origin, none inline; no embedding in other pages; no string is interpreted as markup.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

UiFile const* find_file(std::string_view path) noexcept {
    std::string_view name = kIndex;
    if (path != "/" && !path.empty()) {
        auto const version = ui_version();
        path.remove_prefix(kDirectory.size());
        if (!path.starts_with(version) || !path.substr(version.size()).starts_with('/')) return nullptr;
        name = path.substr(version.size() + 1);
        if (name == kIndex) return nullptr;  // it is only served at `/`, where caches must revalidate it
    }
    auto const files = ui_files();
    auto const found = std::ranges::find(files, name, &UiFile::name);
    return found == files.end() ? nullptr : &*found;
}

/// Removes the first element from a list and returns it.
std::string_view take_until(std::string_view& list, char separator) noexcept {
    auto const end = std::min(list.find(separator), list.size());
    auto const element = http::trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return element;
}

/// Returns whether the weight is 0 or invalid. A client that sends an invalid one gets the uncompressed file, which every
/// client understands.
bool has_zero_weight(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        auto parameter = take_until(parameters, ';');
        if (!http::equal_ignoring_case(take_until(parameter, '='), "q")) continue;
        auto const weight = http::trim(parameter);
        bool const is_weight = weight == "1" || weight.starts_with("0.") || weight.starts_with("1.");
        return !is_weight || weight.find_first_of("123456789") == std::string_view::npos;
    }
    return false;
}

/// Returns a weak tag, because the content has the same tag in both encodings (RFC 9110 §8.8.3.3).
std::string entity_tag() { return "W/\"" + std::string{ui_version()} + "\""; }

bool is_known_to_client(http::Request const& request) noexcept {
    for (auto const& [name, value] : std::span{request.fields}.first(request.field_count)) {
        if (!http::equal_ignoring_case(name, "if-none-match")) continue;
        for (auto list = value; !list.empty();) {
            auto tag = take_until(list, ',');
            if (tag == "*") return true;
            if (tag.starts_with("W/")) tag.remove_prefix(2);
            if (tag.size() == ui_version().size() + 2 && tag.starts_with('"') && tag.ends_with('"') && tag.substr(1, tag.size() - 2) == ui_version())
                return true;
        }
    }
    return false;
}

http::Response answer_file(UiFile const& file, http::Request const& request) {
    http::Response response;
    response.content_type = file.content_type;
    response.cache_control = file.name == kIndex ? "no-cache" : "public, max-age=31536000, immutable";
    response.add("ETag", entity_tag());
    response.add("Vary", "Accept-Encoding");
    if (is_known_to_client(request)) {
        response.status = 304;
        return response;
    }
    bool const is_packed = file.gzipped.size() < file.plain.size() && takes_gzip(request);
    if (is_packed) response.add("Content-Encoding", "gzip");
    response.body = is_packed ? file.gzipped : file.plain;
    return response;
}

http::Response answer_path(http::Request const& request, std::string_view path) {
    auto const* const file = find_file(path);
    if (file == nullptr) return auth::not_found();
    if (request.method == "OPTIONS") return auth::no_content(std::string{kMethods});
    if (request.method != "GET" && request.method != "HEAD") return auth::method_not_allowed(std::string{kMethods});
    return answer_file(*file, request);
}

}  // namespace

bool is_ui_path(std::string_view path) noexcept { return path.empty() || path == "/" || path.starts_with(kDirectory); }

http::Response answer_ui(http::Request const& request, std::string_view path) {
    auto response = answer_path(request, path);
    response.add("Content-Security-Policy", std::string{kPolicy});
    response.add("Referrer-Policy", "no-referrer");
    response.add("Cross-Origin-Opener-Policy", "same-origin");
    response.add("Cross-Origin-Resource-Policy", "same-origin");
    return response;
}

bool takes_gzip(http::Request const& request) noexcept {
    bool takes_any = false;
    for (auto const& [name, value] : std::span{request.fields}.first(request.field_count)) {
        if (!http::equal_ignoring_case(name, "accept-encoding")) continue;
        for (auto list = value; !list.empty();) {
            auto element = take_until(list, ',');
            auto const coding = take_until(element, ';');
            if (http::equal_ignoring_case(coding, "gzip") || http::equal_ignoring_case(coding, "x-gzip")) return !has_zero_weight(element);
            if (coding == "*") takes_any = !has_zero_weight(element);
        }
    }
    return takes_any;
}

}  // namespace warder::api
