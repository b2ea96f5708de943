// SPDX-License-Identifier: MIT
// The input is the value of an Authorization header, and also, for the header rules, lines of "Name: value".
#include "auth/authorization_header.hpp"
#include "auth/credential.hpp"
#include "core/rules.hpp"
#include "core/text/utf8.hpp"
#include "demand.hpp"
#include "plain_http.hpp"

#include <algorithm>
#include <string>

namespace warder::fuzz {
namespace {

/// Encodes base64 with padding, three bytes at a time.
std::string base64_of(std::string_view bytes) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        unsigned long group = 0;
        for (std::size_t i = 0; i < 3; ++i) group = group * 256 + (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) text += i > bytes.size() - at ? '=' : kAlphabet[group / (1UL << (18 - 6 * i)) % 64];
    }
    return text;
}

bool is_equal(auth::AuthorizationValue const& a, auth::AuthorizationValue const& b) {
    if (a.index() != b.index()) return false;
    if (auto const* const bearer = std::get_if<auth::BearerAuthorization>(&a)) return bearer->token == std::get<auth::BearerAuthorization>(b).token;
    if (auto const* const basic = std::get_if<auth::BasicAuthorization>(&a)) {
        auto const& other = std::get<auth::BasicAuthorization>(b);
        return basic->username == other.username && basic->password.view() == other.password.view();
    }
    return true;
}

void check_value(std::string_view value) {
    auto const credential = auth::read_authorization(value);
    auto const space = std::min(value.find(' '), value.size());
    auto swapped = std::string{value};
    for (std::size_t at = 0; at < space; ++at)
        if (core::is_user_name(swapped.substr(at, 1)) && !(swapped[at] >= '0' && swapped[at] <= '9'))
            swapped[at] = static_cast<char>(swapped[at] ^ 0x20);
    demand(is_equal(credential, auth::read_authorization(swapped)), "a scheme has no case");
    demand(is_equal(credential, auth::read_authorization(std::string{value} + " ")), "a space behind it changes nothing");

    auto const rest = without_blanks(std::string{value.substr(space)});
    if (auto const* const basic = std::get_if<auth::BasicAuthorization>(&credential)) {
        auto const pair = basic->username + ":" + std::string{basic->password.view()};
        demand(base64_of(pair) == rest, "a name and a password have one text");
        demand(basic->username.find(':') == std::string::npos, "a name has no colon");
        demand(core::is_utf8(pair), "a name and a password are UTF-8");
        demand(std::ranges::none_of(pair, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }),
               "a name and a password have no control characters");
    } else if (auto const* const bearer = std::get_if<auth::BearerAuthorization>(&credential)) {
        demand(bearer->token == rest && rest.find_first_of(" \t,;\"") == std::string::npos, "a token is all that follows the scheme");
    }
}

void check_headers(std::string_view text) {
    auto const head = plain_head("GET / HTTP/1.1\r\n" + std::string{text} + "\r\n\r\n");
    if (!head || head->fields.size() + 1 > http::kMaxFields) return;
    http::Request request;
    for (auto const& [name, value] : head->fields) request.fields[request.field_count++] = {name, value};

    auto const authorizations = head->all("authorization").size();
    auto const own = head->all("x-warder-token").size();
    demand(auth::is_ambiguous(request, auth::TokenSource::kAnywhere) == (authorizations + own > 1), "two ways to say who one is are ambiguous");
    demand(auth::is_ambiguous(request, auth::TokenSource::kOwnHeader) == (authorizations > 1 || own > 1), "each header may occur once");
    bool const is_cross_site = auth::find_cross_site(request).has_value();
    demand(is_cross_site || head->all("origin").empty() || !head->all("host").empty(), "an Origin without a Host is another site's");
    auto const sites = head->all("sec-fetch-site");
    demand(is_cross_site || std::ranges::all_of(sites, [](auto const& site) { return site == "same-origin" || site == "none"; }),
           "a browser's word on the site counts");
    bool const could_be_page = !head->all("cookie").empty() || !head->all("sec-fetch-mode").empty();
    demand(!auth::is_from_page(request) || could_be_page, "a page is known by its cookie or its mode");
    request.fields[request.field_count++] = {"Origin", "null"};
    demand(auth::find_cross_site(request).has_value(), "the origin null is another site's");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::check_value(warder::fuzz::text_of(data, size));
    warder::fuzz::check_headers(warder::fuzz::text_of(data, size));
    return 0;
}
