// SPDX-License-Identifier: MIT
#include "api/input.hpp"
#include "core/json.hpp"
#include "core/text/utf8.hpp"
#include "demand.hpp"
#include "plain_json.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <string>

namespace warder::fuzz {
namespace {

using Kind = api::InputField::Kind;
using Reason = core::JsonError::Reason;

constexpr auto kFields = std::to_array<api::InputField>(
    {{Kind::kText, "jwt_token_description", true}, {Kind::kDuration, "jwt_token_life"}, {Kind::kDuration, "overlap"}, {Kind::kFlag, "is_admin"}});
constexpr Seconds kMaxLife{31'536'000};

void check_denial(http::Response const& response) {
    demand(response.status == 400, "the status of an error is 400");
    auto const body = plain_json(response.body);
    demand(body && body->is_object() && body->get_object().size() == 2, "an error is a JSON object of two keys");
    auto const& object = body->get_object();
    demand(object.contains("message") && object.at("message").is_string() && object.contains("error") && object.at("error").is_string(),
           "an error has a code and a message");
}

/// Checks a text that is a single number.
void check_number(std::string_view text, boost::json::value const& value) {
    if (!value.is_double() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return;
    demand(is_same(value, std::strtod(std::string{text}.c_str(), nullptr)), "a number has the value that its text says");
}

void check_value(std::string_view text, bool trailing_commas) {
    auto const value = core::read_json(text, {.max_depth = 32, .trailing_commas = trailing_commas});
    auto const plain = plain_json(text, trailing_commas);
    if (!plain) {
        demand(!value, "what Boost rejects is rejected");
        return;
    }
    bool const has_equal_keys = keys_in_text(text, trailing_commas) != keys_in_value(*plain);
    demand(value.has_value() == (!has_equal_keys && !has_infinity(*plain)), "of what Boost accepts, only duplicate keys and infinities are rejected");
    if (value) {
        demand(is_same(*value, *plain), "what is read has Boost's values");
        check_number(text, *value);
    } else {
        demand(value.error().offset <= text.size(), "an error points into the text");
        demand(value.error().reason == Reason::kEqualKeys || value.error().reason == Reason::kNumberRange, "an error has its reason");
        demand(core::is_utf8(core::describe(value.error())), "an error is told in UTF-8");
    }
}

void check_input(std::string_view body) {
    auto const input = api::Input::read(body, kFields);
    if (!input) return check_denial(input.error());
    auto const plain = plain_json(body, true);
    demand(plain && plain->is_object(), "an accepted body is a JSON object");
    auto const& object = plain->get_object();
    for (auto const& member : object) {
        auto const known =
            std::ranges::any_of(kFields, [&](auto const& field) { return field.name == std::string_view{member.key().data(), member.key().size()}; });
        demand(known, "an accepted body has known keys only");
    }
    demand(input->has("jwt_token_description"), "an accepted body has the keys that it must have");
    demand(object.at("jwt_token_description") == boost::json::string_view{*input->text("jwt_token_description")}, "a text is the one that is there");
    if (input->has("is_admin")) demand(object.at("is_admin") == *input->flag("is_admin"), "a flag is the one that is there");
    if (input->has("jwt_token_life")) {
        auto const lifetime = input->lifetime("jwt_token_life", kMaxLife);
        if (!lifetime) return check_denial(lifetime.error());
        demand(*lifetime >= Seconds{1} && *lifetime <= kMaxLife, "a life is within the bounds");
    }
    if (input->has("overlap")) {
        auto const span = input->span("overlap");
        if (!span) return check_denial(span.error());
        demand(std::isfinite(span->count()) && *span >= Seconds{0}, "a span is finite and not negative");
    }
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = warder::fuzz::text_of(data, size);
    warder::fuzz::check_value(text, false);
    warder::fuzz::check_value(text, true);
    warder::fuzz::check_input(text);
    return 0;
}
