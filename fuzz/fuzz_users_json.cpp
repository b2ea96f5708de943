// SPDX-License-Identifier: MIT
// The input is the text of a users.json.
#include "core/text/json_string.hpp"
#include "demand.hpp"
#include "store/users_json/document.hpp"
#include "store/users_json/lossless_json.hpp"

#include <boost/json/parse.hpp>

#include <memory>
#include <string>

namespace warder::fuzz {
namespace {

/// Returns the text with the white space between its tokens removed, and every string as Python escapes it: all that
/// printing may change.
std::string normalized(std::string_view text) {
    std::string rest;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r') continue;
        if (text[at] != '"') {
            rest += text[at];
            continue;
        }
        auto const start = at++;
        for (; text[at] != '"'; ++at)
            if (text[at] == '\\') ++at;
        auto const value = boost::json::parse({text.data() + start, at + 1 - start});
        core::append_ascii_json_string(rest, std::string_view{value.as_string().data(), value.as_string().size()});
    }
    return rest;
}

void check_json(std::string_view text) {
    auto const value = store::parse_json(text);
    if (!value) return demand(value.error().contains(", line "), "an error has a position");
    std::string printed;
    store::print_json(printed, *value, 0);
    demand(normalized(printed) == normalized(text), "nothing is lost, added or moved by parsing and printing");
}

std::string written(store::UsersDocument const& document) {
    std::string text;
    store::write_users(text, document);
    return text;
}

void check_token(store::TokenEntry const& token) {
    auto described = token;
    store::set_description(described, "another \"one\"");
    demand(described.is_sound && described.record.description == "another \"one\"", "a description can be set");
    demand(described.record.digest == token.record.digest, "a new description leaves the token itself alone");
    auto lifted = token;
    store::set_policy(lifted, {});
    demand(lifted.is_sound && lifted.record.policy.endpoints == nullptr, "a limit can be lifted");
}

void check_entries(store::UsersDocument const& document) {
    for (auto const& user : document.users) {
        std::int64_t sound = 0;
        for (auto const& token : user->tokens) {
            if (!token->is_sound) continue;
            ++sound;
            demand(token->record.owner == user->record.id, "a token is its user's");
            demand(token->key == token->record.id.text(), "a token has the id of its key");
            demand(!store::jwt_of(*token).empty(), "a token that can be used has a text");
            check_token(*token);
        }
        demand(user->record.token_count == sound, "a user has as many tokens as can be used");
        store::UsersDocument flipped;
        auto changed = *user;
        store::set_admin(changed, !user->record.is_admin);
        flipped.users = {std::make_shared<store::UserEntry const>(changed)};
        auto const again = store::read_users(written(flipped));
        demand(again && again->users.front()->record.is_admin != user->record.is_admin, "a flag can be set");
    }
}

void check_document(std::string_view text) {
    auto const document = store::read_users(text);
    if (!document) return demand(!document.error().empty(), "what is damaged is said");
    check_entries(*document);
    auto const out = written(*document);
    demand(normalized(out) == normalized(text), "nothing is lost, added or moved by reading and writing");
    auto const again = store::read_users(out, *document);
    demand(again && written(*again) == out, "what is written can be read and is written the same way again");
    demand(again && store::difference(*document, *again).empty(), "a file that didn't change yields no changes");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = warder::fuzz::text_of(data, size);
    warder::fuzz::check_json(text);
    warder::fuzz::check_document(text);
    return 0;
}
