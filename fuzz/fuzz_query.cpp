// SPDX-License-Identifier: MIT
#include "api/query.hpp"
#include "demand.hpp"
#include "http/text.hpp"
#include "plain_json.hpp"

#include <array>
#include <string>

namespace warder::fuzz {
namespace {

constexpr std::string_view kAllowed = "user limit after include";
constexpr auto kNames = std::to_array<std::string_view>({"user", "limit", "after", "include"});

void judge_escapes(std::string_view text) {
    auto const decoded = http::percent_decode(text, false);
    auto const encoded = http::percent_encode(text);
    demand(http::percent_decode(encoded, true) == text, "what is escaped is read back");
    if (decoded)
        demand(decoded->size() <= text.size() && http::percent_decode(http::percent_encode(*decoded), true) == decoded,
               "what is read is escaped again");
}

void judge(std::string_view text) {
    auto const query = api::Query::read(text, kAllowed);
    if (!query) {
        auto const body = plain_json(query.error().body);
        demand(query.error().status == 400 && body && body->is_object() && body->get_object().at("error") == "bad_field",
               "a refusal is 400 bad_field in JSON");
        return;
    }
    std::string written = "&";
    for (auto const name : kNames) {
        if (auto const value = query->find(name)) written.append(name).append("=").append(http::percent_encode(*value)).append("&");
    }
    auto const again = api::Query::read(written, kAllowed);
    demand(again.has_value(), "what is read can be written again");
    for (auto const name : kNames) demand(query->find(name) == again->find(name), "a parameter survives being written and read");
    demand(!query->find(""), "nothing is found but what the call takes");
    if (query->find("user")) demand(!api::Query::read(std::string{text} + "&user=", kAllowed), "a parameter is there once");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::judge_escapes(warder::fuzz::text_of(data, size));
    warder::fuzz::judge(warder::fuzz::text_of(data, size));
    return 0;
}
