// SPDX-License-Identifier: MIT
// A program that gives out access tokens of its own: mints, lists, verifies and revokes. Usage: embed DATA_DIR
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <warder/token_authority.hpp>

namespace {

int complain(std::string_view why) {
    std::fprintf(stderr, "embed: %.*s\n", static_cast<int>(why.size()), why.data());
    return 1;
}

/// Whether a token may make a request: what a server asks for each one that it gets.
void judge(warder::TokenAuthority const& tokens, std::string_view token, std::string_view method, std::string_view target) {
    auto const scratch = std::make_unique<warder::authority::VerifierScratch>();
    auto const verified = tokens.verify(token, *scratch);
    if (!verified) return void(std::printf("refused: %s\n", std::string{warder::authority::word(verified.error())}.c_str()));
    std::array<char, 256> room{};
    auto const path = warder::judge_path(target, room);
    bool const may = path && verified->covers({.method = method, .host = {}, .path = *path, .rpc_methods = {}});
    std::printf("%s of %s: %s %s\n", may ? "allowed" : "not covered", std::string{verified->username}.c_str(), std::string{method}.c_str(),
                std::string{target}.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return complain("usage: embed DATA_DIR");
    auto opened = warder::TokenAuthority::open({.data_dir = argv[1], .create_if_missing = true});
    if (!opened) return complain(opened.error());
    auto& tokens = *opened;

    auto const alice = tokens.add_user("alice", "a password of her own");
    if (!alice && alice.error() != warder::authority::Error::kUserExists) return complain(sentence(alice.error()));

    std::string const reading = "GET /v1alpha/**";
    auto const life = warder::admit_life("3 months", tokens.authority().settings().max_life);
    auto const endpoints = warder::GrantList::parse(std::array{reading});
    if (!life || !endpoints) return complain("the life or the endpoints can't be used");
    auto const minted = tokens.add_token("alice", {.description = "nightly report", .life = *life, .endpoints = *endpoints});
    if (!minted) return complain(sentence(minted.error()));
    std::printf("minted %s\n%s\n", minted->record.id.text().c_str(), minted->text.c_str());

    auto const page = tokens.list_tokens();
    if (!page) return complain(sentence(page.error()));
    for (auto const& [record, owner] : page->tokens) std::printf("%s has \"%s\"\n", owner.c_str(), record.description.c_str());

    judge(tokens, minted->text, "GET", "/v1alpha/wallets?fresh=1");
    judge(tokens, minted->text, "POST", "/v1alpha/wallets");

    // Whoever reads our output may use the token until they send us a line.
    std::fflush(stdout);
    static_cast<void>(std::getchar());
    if (auto const deleted = tokens.delete_token(minted->record.id); !deleted) return complain(sentence(deleted.error()));
    judge(tokens, minted->text, "GET", "/v1alpha/wallets");
}
