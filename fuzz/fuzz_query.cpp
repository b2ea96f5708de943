// SPDX-License-Identifier: MIT
#include "api/query.hpp"
#include "core/text/hex.hpp"
#include "demand.hpp"
#include "http/text.hpp"
#include "plain_json.hpp"

#include <array>
#include <string>

namespace warder::fuzz {
namespace {

using Kind = api::Parameter::Kind;

constexpr auto kAllowed =
    std::to_array<api::Parameter>({{Kind::kOwner, "user"}, {Kind::kLimit, "limit"}, {Kind::kTokenId, "after"}, {Kind::kUsage, "include"}});

std::string percent_encode(std::string_view text) {
    std::string encoded;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        encoded += {'%', core::kUpperHex[byte >> 4U], core::kUpperHex[byte & 0xFU]};
    }
    return encoded;
}

void check_escapes(std::string_view text) {
    auto const decoded = http::percent_decode(text, false);
    auto const encoded = percent_encode(text);
    demand(http::percent_decode(encoded, true) == text, "what is escaped is read back");
    if (decoded)
        demand(decoded->size() <= text.size() && http::percent_decode(percent_encode(*decoded), true) == decoded, "what is read is escaped again");
}

void check(std::string_view text) {
    auto const query = api::Query::read(text, kAllowed);
    if (!query) {
        auto const body = plain_json(query.error().body);
        demand(query.error().status == 400 && body && body->is_object() && body->get_object().at("error") == "bad_field",
               "an error is 400 bad_field in JSON");
        return;
    }
    std::string written = "&";
    for (auto const& [kind, name, is_required] : kAllowed) {
        if (auto const value = query->find(name)) written.append(name).append("=").append(percent_encode(*value)).append("&");
    }
    auto const again = api::Query::read(written, kAllowed);
    demand(again.has_value(), "what is read can be written again");
    for (auto const& parameter : kAllowed)
        demand(query->find(parameter.name) == again->find(parameter.name), "a parameter survives being written and read");
    demand(!query->find(""), "nothing is found but what the call takes");
    if (query->find("user")) demand(!api::Query::read(std::string{text} + "&user=", kAllowed), "a parameter is there once");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::check_escapes(warder::fuzz::text_of(data, size));
    warder::fuzz::check(warder::fuzz::text_of(data, size));
    return 0;
}
