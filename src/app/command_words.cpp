// SPDX-License-Identifier: MIT
#include "app/command_words.hpp"

#include "app/config/values.hpp"
#include "core/text/words.hpp"

#include <algorithm>
#include <array>

namespace warder::app {
namespace {

// A word may have several meanings: the first one that is a candidate counts.
constexpr auto kSynonyms = std::to_array<core::Synonyms>({
    // Commands
    {"serve", "start run server daemon up listen"},
    {"check", "validate test doctor config status"},
    {"verify", "validate check inspect introspect decode"},
    {"backup", "dump export"},
    {"migrate", "move convert transfer"},
    {"audit", "log logs events"},
    {"completion", "completions complete autocomplete"},
    {"grant", "match"},
    {"user", "account accounts"},
    {"token", "jwt"},
    {"preset", "presets template templates role roles"},
    {"show", "get info view cat describe"},
    {"list", "ls all get"},
    {"create", "add new mint make issue generate"},
    {"add", "new create"},
    {"rotate", "new generate create add roll"},
    {"renew", "roll rotate refresh extend"},
    {"revoke", "delete remove rm del"},
    {"delete", "remove rm del"},
    {"retire", "delete remove rm del revoke"},
    {"set", "edit update modify change limit promote"},
    {"passwd", "password pw reset-password"},
    // Options
    {"--listen", "-p -l --port --bind --host --addr --address"},
    {"--config", "-c -f --conf --config-file"},
    {"--description", "-d --name --desc"},
    {"--data-dir", "-d --data --dir --datadir --directory"},
    {"--store", "--db --database"},
    {"--user", "-u --username --owner"},
    {"--life", "--ttl --exp --expires --expires-in --expiry --expiration --duration --valid"},
    {"--endpoint", "--grant --grants --scope --scopes --allow --permission --permissions --ceiling --path"},
    {"--preset", "--template --role --presets"},
    {"--unlimited", "--no-limit"},
    {"--allow-from", "--allowed-from --from --ip --address --network --cidr"},
    {"--rate", "--rate-limit --limit --throttle --quota"},
    {"--anywhere", "--any --any-address"},
    {"--admin", "--administrator --superuser"},
    {"--secret-file", "--secret"},
    {"--overlap", "--grace"},
    {"--dry-run", "-n --simulate"},
    {"--limit", "-n --count"},
    {"--json", "--output --format"},
    {"--version", "-v -V"},
});

std::string_view without_dashes(std::string_view word) { return word.substr(std::min(word.find_first_not_of('-'), word.size())); }

}  // namespace

std::optional<std::string> find_meant(std::string_view word, std::span<std::string const> candidates) {
    for (auto const& [meant, words] : kSynonyms)
        if (core::contains_word(words, word) && std::ranges::find(candidates, meant) != candidates.end()) return std::string{meant};

    auto const bare = without_dashes(word);
    constexpr std::size_t kShortestPrefix = 3;
    auto const begins = [&](std::string const& candidate) { return candidate.starts_with(word); };
    if (bare.size() >= kShortestPrefix && std::ranges::count_if(candidates, begins) == 1) return *std::ranges::find_if(candidates, begins);

    auto const distance = [&](std::string const& candidate) { return edit_distance(bare, without_dashes(candidate)); };
    auto const nearest = std::ranges::min_element(candidates, {}, distance);
    if (nearest == candidates.end() || distance(*nearest) > std::max<std::size_t>(1, bare.size() / 3)) return std::nullopt;
    return *nearest;
}

}  // namespace warder::app
