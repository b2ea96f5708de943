// SPDX-License-Identifier: MIT
// The input is a token and, to reach deeper code, also a header and a payload without base64url.
#include "core/json.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "demand.hpp"
#include "plain_json.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace warder::fuzz {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decodes base64url bit by bit.
std::optional<std::string> slowly_decoded(std::string_view text) {
    std::vector<bool> bits;
    for (char const c : text) {
        auto const value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        for (unsigned bit = 6; bit-- > 0;) bits.push_back((value >> bit & 1U) != 0);
    }
    auto const tail = bits.size() % 8;
    if (tail >= 6 || std::find(bits.end() - static_cast<std::ptrdiff_t>(tail), bits.end(), true) != bits.end()) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at + 8 <= bits.size(); at += 8) {
        unsigned byte = 0;
        for (std::size_t bit = 0; bit < 8; ++bit) byte = byte << 1U | (bits[at + bit] ? 1U : 0U);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::optional<std::string> check_part(std::string_view part) {
    std::vector<char> room(core::base64url_decoded_length(part.size()));
    auto const decoded = core::decode_base64url(part, room);
    auto const expected = slowly_decoded(part);
    demand(decoded.has_value() == expected.has_value(), "base64url is read as bit by bit");
    if (!decoded) return std::nullopt;
    demand(*decoded == *expected, "base64url has the bytes of its bits");
    demand(core::to_base64url(*decoded) == part, "what base64url reads is written as the same text");
    return expected;
}

void check_header(std::string_view part, std::optional<std::string> const& decoded) {
    std::vector<char> scratch(part.size());
    auto const header = core::read_jws_header(part, scratch);
    auto const twin_part = std::string{part};
    std::vector<char> twin_scratch(2 * part.size() + 7);
    auto const twin = core::read_jws_header(twin_part, twin_scratch);
    demand(header.has_value() == twin.has_value(), "a header's copy has the same verdict");
    if (!header) return;
    demand(header->kid == twin->kid, "a header's copy has the same kid");
    demand(decoded.has_value(), "an accepted header is base64url");

    auto const value = plain_json(*decoded);
    demand(value && value->is_object(), "an accepted header is a JSON object");
    auto const& object = value->get_object();
    demand(object.contains("alg") && object.at("alg") == "HS256", "an accepted header says HS256");
    for (auto const* const name : {"crit", "b64", "jku", "jwk", "x5u", "x5c"})
        demand(!object.contains(name), "an accepted header brings nothing foreign");
    demand(keys_in_text(*decoded) == keys_in_value(*value), "an accepted header has no equal keys");
    demand(object.contains("kid") == header->kid.has_value(), "a kid is seen if and only if it is there");
    if (header->kid)
        demand(object.at("kid") == boost::json::string_view{header->kid->data(), header->kid->size()}, "the kid is the one that is there");
}

bool is_text(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_string();
}

bool is_time(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_int64() && value->get_int64() >= 0 && value->get_int64() <= 253'402'300'799;
}

bool is_list_of_texts(boost::json::value const& value) {
    auto const* const array = value.if_array();
    return array != nullptr && std::ranges::all_of(*array, [](auto const& item) { return item.is_string(); });
}

bool has_object(boost::json::value const& value) {
    if (value.is_object()) return true;
    auto const* const array = value.if_array();
    return array != nullptr && std::ranges::any_of(*array, has_object);
}

/// Applies the rules of `read_claims` to the fully parsed value.
bool are_claims(std::string_view payload) {
    auto const value = plain_json(payload);
    if (!value || !value->is_object()) return false;
    auto const& object = value->get_object();
    if (object.size() > core::kMaxClaims || keys_in_text(payload) != keys_in_value(*value)) return false;
    for (auto const& member : object)
        if (has_object(member.value())) return false;
    if (!is_text(object, "username") || !is_text(object, "jwt_token_id") || !is_text(object, "jwt_token_description")) return false;
    if (!is_time(object, "exp") || !is_time(object, "iat") || (object.contains("nbf") && !is_time(object, "nbf"))) return false;
    if (object.contains("endpoints") && !is_list_of_texts(object.at("endpoints"))) return false;
    auto const& id = object.at("jwt_token_id").get_string();
    return TokenId::parse({id.data(), id.size()}).has_value();
}

bool is_equal(core::Claims const& a, core::Claims const& b) {
    return a.username == b.username && a.id == b.id && a.description == b.description && a.expires_at == b.expires_at && a.issued_at == b.issued_at;
}

void check_payload(std::string_view payload) {
    std::vector<char> scratch(payload.size());
    auto const claims = core::read_claims(payload, scratch);
    demand(claims.has_value() == are_claims(payload), "claims are read if and only if they keep the rules");
    if (!claims) return;

    auto const value = plain_json(payload);
    auto const& object = value->get_object();
    auto const text = [&](char const* name) { return std::string_view{object.at(name).get_string().data(), object.at(name).get_string().size()}; };
    auto const time = [&](char const* name) { return Instant{std::chrono::seconds{object.at(name).get_int64()}}; };
    demand(claims->username == text("username") && claims->description == text("jwt_token_description"), "claims have the texts that are there");
    demand(claims->id.text() == text("jwt_token_id"), "claims have the id that is there");
    demand(claims->expires_at == time("exp") && claims->issued_at == time("iat"), "claims have the times that are there");
    demand(claims->not_before.has_value() == object.contains("nbf"), "nbf is seen if and only if it is there");

    auto const written = core::write_claims(*claims);
    demand(std::ranges::all_of(written, [](char c) { return c >= 0x20 && c < 0x7F; }), "claims are written in printable ASCII");
    std::vector<char> twin_scratch(written.size());
    auto const twin = core::read_claims(written, twin_scratch);
    demand(twin && is_equal(*claims, *twin), "claims survive being written and read");
}

void check_token(std::string_view text) {
    auto const jws = core::split_jws(text);
    auto const dots = std::ranges::count(text, '.');
    bool const has_three_parts = dots == 2 && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos;
    demand(jws.has_value() == (has_three_parts && text.size() <= core::kMaxTokenText), "a token is three parts in 8 KiB");
    if (!jws) return;
    demand(std::string{jws->signing_input} + "." + std::string{jws->signature} == text, "what is signed and the signature are all of the token");
    demand(std::string{jws->header} + "." + std::string{jws->payload} == jws->signing_input, "what is signed is header and payload");
    check_header(jws->header, check_part(jws->header));
    if (auto const payload = check_part(jws->payload)) check_payload(*payload);
    check_part(jws->signature);
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace warder;
    auto const text = fuzz::text_of(data, size);
    fuzz::check_token(text);
    fuzz::check_payload(text);
    fuzz::check_header(core::to_base64url(text), std::string{text});
    return 0;
}
