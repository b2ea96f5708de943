// SPDX-License-Identifier: MIT
#include "app/command_words.hpp"

#include "app/config/values.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warder::app {
namespace {

struct Synonym {
    std::string_view word, meant;
};

// A word may have several meanings: the first one that is a candidate counts.
constexpr auto kSynonyms = std::to_array<Synonym>({
    // Commands
    {"start", "serve"},
    {"run", "serve"},
    {"server", "serve"},
    {"daemon", "serve"},
    {"up", "serve"},
    {"listen", "serve"},
    {"validate", "check"},
    {"validate", "verify"},
    {"check", "verify"},
    {"inspect", "verify"},
    {"introspect", "verify"},
    {"decode", "verify"},
    {"test", "check"},
    {"doctor", "check"},
    {"config", "check"},
    {"status", "check"},
    {"dump", "backup"},
    {"export", "backup"},
    {"log", "audit"},
    {"logs", "audit"},
    {"events", "audit"},
    {"match", "grant"},
    {"account", "user"},
    {"accounts", "user"},
    {"jwt", "token"},
    {"ls", "list"},
    {"all", "list"},
    {"get", "show"},
    {"get", "list"},
    {"info", "show"},
    {"view", "show"},
    {"cat", "show"},
    {"describe", "show"},
    {"add", "create"},
    {"new", "create"},
    {"new", "add"},
    {"new", "rotate"},
    {"mint", "create"},
    {"make", "create"},
    {"issue", "create"},
    {"generate", "create"},
    {"generate", "rotate"},
    {"create", "add"},
    {"create", "rotate"},
    {"add", "rotate"},
    {"roll", "rotate"},
    {"roll", "renew"},
    {"rotate", "renew"},
    {"refresh", "renew"},
    {"extend", "renew"},
    {"delete", "revoke"},
    {"delete", "retire"},
    {"remove", "revoke"},
    {"remove", "delete"},
    {"remove", "retire"},
    {"rm", "revoke"},
    {"rm", "delete"},
    {"rm", "retire"},
    {"del", "revoke"},
    {"del", "delete"},
    {"del", "retire"},
    {"revoke", "retire"},
    {"edit", "set"},
    {"update", "set"},
    {"modify", "set"},
    {"change", "set"},
    {"limit", "set"},
    {"promote", "set"},
    {"password", "passwd"},
    {"pw", "passwd"},
    {"reset-password", "passwd"},
    // Options
    {"-p", "--listen"},
    {"-l", "--listen"},
    {"--port", "--listen"},
    {"--bind", "--listen"},
    {"--host", "--listen"},
    {"--addr", "--listen"},
    {"--address", "--listen"},
    {"-c", "--config"},
    {"-f", "--config"},
    {"--conf", "--config"},
    {"--config-file", "--config"},
    {"-d", "--description"},
    {"-d", "--data-dir"},
    {"--data", "--data-dir"},
    {"--dir", "--data-dir"},
    {"--datadir", "--data-dir"},
    {"--directory", "--data-dir"},
    {"--db", "--store"},
    {"--database", "--store"},
    {"-u", "--user"},
    {"--name", "--description"},
    {"--desc", "--description"},
    {"--username", "--user"},
    {"--owner", "--user"},
    {"--ttl", "--life"},
    {"--exp", "--life"},
    {"--expires", "--life"},
    {"--expires-in", "--life"},
    {"--expiry", "--life"},
    {"--expiration", "--life"},
    {"--duration", "--life"},
    {"--valid", "--life"},
    {"--grant", "--endpoint"},
    {"--grants", "--endpoint"},
    {"--scope", "--endpoint"},
    {"--scopes", "--endpoint"},
    {"--allow", "--endpoint"},
    {"--permission", "--endpoint"},
    {"--permissions", "--endpoint"},
    {"--ceiling", "--endpoint"},
    {"--path", "--endpoint"},
    {"--no-limit", "--unlimited"},
    {"--administrator", "--admin"},
    {"--superuser", "--admin"},
    {"--secret", "--secret-file"},
    {"--grace", "--overlap"},
    {"-n", "--dry-run"},
    {"-n", "--limit"},
    {"--simulate", "--dry-run"},
    {"--count", "--limit"},
    {"--output", "--json"},
    {"--format", "--json"},
    {"-v", "--version"},
    {"-V", "--version"},
});

std::string_view without_dashes(std::string_view word) { return word.substr(std::min(word.find_first_not_of('-'), word.size())); }

}  // namespace

std::optional<std::string> find_meant(std::string_view word, std::span<std::string const> candidates) {
    for (auto const& [synonym, meant] : kSynonyms)
        if (synonym == word && std::ranges::find(candidates, meant) != candidates.end()) return std::string{meant};

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
