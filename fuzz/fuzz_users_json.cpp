// SPDX-License-Identifier: MIT
// The input is the text of a users.json.
#include "demand.hpp"
#include "store/users_json/document.hpp"
#include "store/users_json/json_layout.hpp"

#include <memory>
#include <string>

namespace warder::fuzz {
namespace {

/// Returns the text without the white space between its tokens, which is all that formatting may change.
std::string without_space(std::string_view text) {
    std::string rest;
    bool is_inside = false;
    bool is_escaped = false;
    for (char const c : text) {
        if (!is_inside && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
        rest += c;
        if (is_inside && c == '\\' && !is_escaped) {
            is_escaped = true;
            continue;
        }
        if (c == '"' && !is_escaped) is_inside = !is_inside;
        is_escaped = false;
    }
    return rest;
}

void judge_layout(std::string_view text) {
    auto const laid = store::lay_out(text);
    if (!laid) return demand(laid.error().offset <= text.size() && !laid.error().why.empty(), "a fault lies in the text and has a reason");
    demand(without_space(*laid) == without_space(text), "laying out changes nothing but white space");
    auto const again = store::lay_out(*laid);
    demand(again && *again == *laid, "what is laid out stays as it is");
}

std::string written(store::UsersDocument const& document) {
    std::string text;
    store::write_users(text, document);
    return text;
}

void judge_entries(store::UsersDocument const& document) {
    for (auto const& user : document.users) {
        std::int64_t sound = 0;
        for (auto const& token : user->tokens) {
            if (!token->is_sound) continue;
            ++sound;
            demand(token->record.owner == user->record.id, "a token is its user's");
            demand(token->key == '"' + token->record.id.text() + '"', "a token has the id of its key");
            demand(!store::jwt_of(*token).empty(), "a token that can be used has a text");
            auto const described = store::with_description(*token, "another \"one\"");
            demand(described.is_sound && described.record.description == "another \"one\"", "a description can be set");
            demand(described.record.digest == token->record.digest, "a new description leaves the token itself alone");
            auto const lifted = store::with_endpoints(*token, nullptr);
            demand(lifted.is_sound && lifted.record.endpoints == nullptr, "a limit can be lifted");
        }
        demand(user->record.token_count == sound, "a user has as many tokens as can be used");
        if (user->is_sound) demand(store::with_admin(*user, !user->record.is_admin).record.is_admin != user->record.is_admin, "a flag can be set");
    }
}

void judge_document(std::string_view text) {
    auto const document = store::read_users(text);
    if (!document) return demand(!document.error().empty(), "what is damaged is said");
    judge_entries(*document);
    auto const out = written(*document);
    demand(without_space(out) == without_space(text), "nothing is lost, added or moved by reading and writing");
    auto const again = store::read_users(out);
    demand(again && written(*again) == out, "what is written can be read, and is written alike");
    demand(store::difference(*document, *document).empty(), "a file that didn't change is no news");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = warder::fuzz::text_of(data, size);
    warder::fuzz::judge_layout(text);
    warder::fuzz::judge_document(text);
    return 0;
}
