// SPDX-License-Identifier: MIT
// A program with access tokens of its own: it mints, lists, verifies and revokes them. Usage: embed DATA_DIR
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <warder/token_authority.hpp>

namespace {

int fail(std::string_view why) {
    std::fprintf(stderr, "embed: %.*s\n", static_cast<int>(why.size()), why.data());
    return 1;
}

/// Prints whether the token may make the request, as a server decides it for each request that it receives.
void print_decision(warder::TokenAuthority const& tokens, std::string_view token, std::string_view method, std::string_view target) {
    auto const verified = tokens.verify(token);
    if (!verified) return void(std::printf("refused: %s\n", std::string{warder::authority::code(verified.error())}.c_str()));
    std::array<char, 256> buffer{};
    auto const path = warder::canonicalize_path(target, buffer);
    bool const is_allowed = path && tokens.covers(*verified, {.method = method, .host = {}, .path = *path, .rpc_methods = {}});
    std::printf("%s of %s: %s %s\n", is_allowed ? "allowed" : "not covered", std::string{verified->username}.c_str(), std::string{method}.c_str(),
                std::string{target}.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return fail("usage: embed DATA_DIR");
    auto opened = warder::TokenAuthority::open({.data_dir = argv[1], .create_if_missing = true});
    if (!opened) return fail(opened.error());
    auto& tokens = *opened;

    auto const alice = tokens.add_user("alice", "a password of her own");
    if (!alice && alice.error() != warder::authority::Error::kUserExists) return fail(message(alice.error()));

    std::string const reading = "GET /v1alpha/**";
    auto const lifetime = warder::validate_lifetime("3 months", tokens.authority().settings().max_lifetime);
    auto const endpoints = warder::GrantList::parse(std::array{reading});
    if (!lifetime || !endpoints) return fail("the lifetime or the grants are not valid");
    auto const minted = tokens.add_token("alice", {.description = "nightly report", .lifetime = *lifetime, .policy = {.endpoints = *endpoints}});
    if (!minted) return fail(message(minted.error()));
    std::printf("minted %s\n%s\n", minted->record.id.text().c_str(), minted->text.c_str());

    auto const page = tokens.list_tokens();
    if (!page) return fail(message(page.error()));
    for (auto const& [record, owner] : page->tokens) std::printf("%s has \"%s\"\n", owner.c_str(), record.description.c_str());

    print_decision(tokens, minted->text, "GET", "/v1alpha/wallets?fresh=1");
    print_decision(tokens, minted->text, "POST", "/v1alpha/wallets");

    // The reader of the output may use the token until it sends a line.
    std::fflush(stdout);
    static_cast<void>(std::getchar());
    if (auto const deleted = tokens.delete_token(minted->record.id); !deleted) return fail(message(deleted.error()));
    print_decision(tokens, minted->text, "GET", "/v1alpha/wallets");
}
