// SPDX-License-Identifier: MIT
// The input is lines of "Name: value", of which only the Cookie lines matter.
#include "auth/authorization_header.hpp"
#include "demand.hpp"
#include "http/session_cookie.hpp"
#include "plain_http.hpp"

#include <string>
#include <vector>

namespace warder::fuzz {
namespace {

using Verdict = http::SessionCookies::Verdict;

struct PlainCookie {
    std::string name;
    std::string value;
};

/// Returns every cookie of every line, read letter by letter.
std::vector<PlainCookie> plain_cookies(PlainHead const& head) {
    std::vector<PlainCookie> cookies;
    for (auto const& line : head.all("cookie")) {
        cookies.emplace_back();
        bool is_value = false;
        for (char const c : line) {
            if (c == ';') {
                cookies.emplace_back();
                is_value = false;
            } else if (c == '=' && !is_value) {
                is_value = true;
            } else {
                (is_value ? cookies.back().value : cookies.back().name) += c;
            }
        }
    }
    for (auto& [name, value] : cookies) {
        name = without_blanks(name);
        value = without_blanks(value);
    }
    return cookies;
}

void check(http::Request const& request, std::vector<PlainCookie> const& cookies, bool is_secure) {
    std::vector<std::string> ours;
    bool is_right_name = false;
    bool has_wrong = false;
    for (auto const& [name, value] : cookies) {
        if (name != http::kPlainCookie && name != http::kSecureCookie) continue;
        ours.push_back(value);
        is_right_name = (name == http::kSecureCookie) == is_secure;
        has_wrong = has_wrong || !is_right_name;
    }
    auto const read = http::SessionCookies::read(request, is_secure);
    demand(read.every.size() == ours.size(), "all cookies of ours are found, and no others");
    for (std::size_t i = 0; i < ours.size(); ++i) demand(read.every[i] == ours[i], "a value is read as it stands");
    demand(read.has_wrong_name == has_wrong, "the other name is seen");
    demand((read.verdict == Verdict::kAmbiguous) == (ours.size() > 1), "two are ambiguous, whatever they are called");
    demand((read.verdict == Verdict::kOne) == (ours.size() == 1 && is_right_name), "one counts where its name does");
    demand(read.id == (read.verdict == Verdict::kOne ? ours.front() : ""), "no other cookie is ever a session");
    demand(http::has_session_cookie(request) == !ours.empty(), "a page is known by its cookie");
    demand(ours.empty() || auth::is_from_page(request), "and never told to open a dialog");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace warder;
    auto const head = fuzz::plain_head("GET / HTTP/1.1\r\n" + std::string{fuzz::text_of(data, size)} + "\r\n\r\n");
    if (!head || head->fields.size() > http::kMaxFields) return 0;
    http::Request request;
    for (auto const& [name, value] : head->fields) request.fields[request.field_count++] = {name, value};
    auto const cookies = fuzz::plain_cookies(*head);
    fuzz::check(request, cookies, false);
    fuzz::check(request, cookies, true);
    return 0;
}
