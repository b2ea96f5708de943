// SPDX-License-Identifier: MIT
#include "authority/import.hpp"
#include "authority/wait.hpp"
#include "cli/audited_keys.hpp"
#include "cli/command_line.hpp"
#include "cli/grants.hpp"
#include "cli/key_keeper.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/terminal.hpp"
#include "core/rules.hpp"
#include "core/try.hpp"
#include "crypto/password.hpp"
#include "files/posix_file.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/keys/shared_keys.hpp"
#include "store/users_json/document.hpp"
#include "warder/authority.hpp"
#include "warder/import.hpp"
#include "warder/ports.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <expected>
#include <limits>
#include <memory>
#include <span>
#include <sys/stat.h>
#include <thread>
#include <utility>

namespace warder::cli {
namespace {

using authority::ImportedUser;
using authority::ImportReport;
using authority::wait;

constexpr std::size_t kLargestUsers = std::size_t{256} << 20U;
constexpr std::size_t kLargestSecret = 4096;

/// Reads a regular file, or returns why it can't.
std::expected<std::string, std::string> read_file(std::filesystem::path const& path, std::size_t limit) {
    auto const failure = [&path](char const* why) { return std::unexpected{"can't read " + path.string() + ": " + why}; };
    // Without O_NONBLOCK, opening a FIFO would block until someone opens it for writing.
    files::File const file{path, O_RDONLY | O_NONBLOCK};
    if (file.error() == ENOENT) return failure("no such file");
    if (file.error() != 0) return failure(std::strerror(file.error()));
    struct stat facts{};
    if (::fstat(file.get(), &facts) == 0 && S_ISDIR(facts.st_mode)) return failure("this is a directory; name the file in it");
    if (!S_ISREG(facts.st_mode)) return failure("not a regular file");
    if (static_cast<std::size_t>(facts.st_size) > limit) return failure("too large");
    std::string text(static_cast<std::size_t>(facts.st_size) + 1, '\0');
    if (auto const error = files::read_all(file.get(), text); error != 0) return failure(std::strerror(error));
    return text;
}

/// Reads Specter's SECRET_KEY: the file's bytes without a final newline.
std::expected<crypto::Secret, std::string> read_secret(std::filesystem::path const& path) {
    WARDER_TRY(auto text, read_file(path, kLargestSecret));
    crypto::WipeAtEnd const wiped{text};
    std::string_view secret{text};
    if (secret.ends_with('\n')) secret.remove_suffix(1);
    if (secret.ends_with('\r')) secret.remove_suffix(1);
    if (secret.empty()) return std::unexpected{path.string() + ": no secret found; expected the text of SECRET_KEY"};
    return crypto::Secret{secret};
}

/// Returns the users of the file with their readable tokens. Unreadable tokens are counted and reported by user.
std::vector<ImportedUser> users_of(store::ReadableUsers& readable, ImportReport& report) {
    std::vector<ImportedUser> users;
    for (auto const& entry : readable.document.users) {
        auto& user = users.emplace_back(ImportedUser{.record = entry->record, .tokens = {}});
        for (auto const& token : entry->tokens)
            if (token->is_sound) user.tokens.push_back({.record = token->record, .text = store::jwt_of(*token)});
        auto const odd = static_cast<std::int64_t>(entry->tokens.size() - user.tokens.size());
        report.unreadable += odd;
        // A user with an invalid name is left out as a whole.
        if (odd > 0 && core::is_user_name(entry->record.name))
            readable.skipped.push_back("user " + entry->record.name + " has " + std::to_string(odd) + (odd == 1 ? " token" : " tokens") +
                                       " that can't be read");
    }
    return users;
}

std::size_t count_tokens(std::span<ImportedUser const> users) {
    std::size_t count = 0;
    for (auto const& user : users) count += user.tokens.size();
    return count;
}

/// Imports in batches that lock the store for about a tenth of a second each, with pauses of the same length in which a
/// running server can write. An interrupted import can be run again: it skips what was imported already.
authority::Result<ImportReport> bring(CommandContext const& tools, std::vector<ImportedUser> users, bool is_dry_run) {
    constexpr std::size_t kBatch = 2000;
    auto const batch = is_dry_run || tools.authority.writes_whole_content() ? std::numeric_limits<std::size_t>::max() : kBatch;
    auto const shared = std::make_shared<std::vector<ImportedUser> const>(std::move(users));
    auto const total = count_tokens(*shared);
    std::atomic<std::size_t> taken = 0;
    Progress const shown{[total, &taken] { return count_progress("importing tokens", taken, total); }, error_format(tools.is_json)};
    authority::ImportProgress progress;
    progress.is_dry_run = is_dry_run;
    for (;;) {
        taken = count_tokens({shared->data(), progress.user}) + progress.token;
        auto const begun = tools.clock.steady_now();
        WARDER_TRY(progress, wait<authority::ImportProgress>(
                                 [&](auto done) { tools.authority.import_batch(tools.principal, shared, progress, batch, std::move(done)); }));
        if (progress.is_done) return std::move(progress.report);
        std::this_thread::sleep_for(tools.clock.steady_now() - begun);
    }
}

/// Adds the secret to the key ring if at least one token needs it, and saves the ring. Otherwise the ring stays
/// unchanged.
CommandResult take_secret(CommandContext const& tools, std::optional<crypto::Secret> secret, std::vector<ImportedUser>& users, ImportReport& report,
                          bool is_dry_run) {
    std::optional<runtime::KeyFileLock> lock;
    if (tools.key_encryption_key == nullptr) {
        WARDER_TRY(auto acquired, runtime::KeyFileLock::acquire(tools.key_file));
        lock.emplace(std::move(acquired));
    }
    WARDER_TRY(auto const ring, keeper_of(tools)->load());
    auto const now = std::chrono::floor<std::chrono::seconds>(tools.clock.now());
    auto const with = secret ? ring.with_imported(std::move(*secret), tools.random, now) : ring;
    if (!with) return std::unexpected{"four secrets have already been imported; run 'warder key retire' first for one that no active token needs"};
    authority::sort_out_tokens(users, *with, now, report);
    if (is_dry_run || with->keys().size() == ring.keys().size()) return {};

    auto const& fresh = with->keys().back()->id;
    auto const needs_it = [&fresh](ImportedUser const& user) {
        return std::ranges::any_of(user.tokens, [&fresh](auto const& token) { return token.record.key_id == fresh; });
    };
    if (std::ranges::none_of(users, needs_it)) return {};
    if (tools.key_encryption_key == nullptr) return save_audited(tools, *with, authority::audit_action::kKeyImported, fresh);
    WARDER_TRY_VOID(wait<void>([&](auto done) {
        tools.authority.add_shared_key(tools.principal, tools.key_encryption_key->seal(*with->keys().back(), true, tools.random),
                                       authority::audit_action::kKeyImported, std::move(done));
    }));
    return {};
}

/// Returns whether the user has one of the trivial passwords, which are not accepted at sign-in.
bool has_default_password(UserRecord const& user) {
    auto const is = [&user](std::string_view password) {
        return crypto::matches(crypto::Secret{password}, user.password_hash) == crypto::Match::kYes;
    };
    return is("admin") || is("password") || is(user.name) || is(core::fold_name(user.name));
}

std::int64_t count_held(std::vector<ImportedUser> const& users, std::vector<std::string> const& added) {
    return std::ranges::count_if(users, [&added](ImportedUser const& user) {
        return std::ranges::find(added, user.record.name) != added.end() && has_default_password(user.record);
    });
}

struct Reason {
    char const* key;
    char const* words;
    std::int64_t count;
};

boost::json::object counts_of(std::span<Reason const> reasons) {
    boost::json::object object;
    for (auto const& reason : reasons) object.emplace(reason.key, reason.count);
    return object;
}

void print_left_out(char const* what, std::span<Reason const> reasons) {
    std::string line;
    for (auto const& [key, words, count] : reasons)
        if (count > 0) line.append(line.empty() ? " left out: " : ", ").append(std::to_string(count)).append(" ").append(words);
    if (!line.empty()) print(what + line);
}

/// Names the users who were left out because of their names. A name may be any text, so it is escaped and cut.
void name_left_out(std::vector<std::string> const& names, ErrorFormat format) {
    constexpr std::size_t kMostNamed = 100;
    for (auto const& name : std::span{names}.first(std::min(names.size(), kMostNamed)))
        warn("left out user " + quote(name) +
                 (core::is_user_name(name) ? ", whose name is used by another user, ignoring case" : ", whose name is invalid"),
             format);
    if (names.size() > kMostNamed) warn("left out " + std::to_string(names.size() - kMostNamed) + " more users", format);
}

void show(CommandContext const& tools, ImportReport const& report, std::vector<std::string> const& skipped, std::int64_t unreadable_users,
          std::int64_t held, bool has_secret) {
    auto const users = std::to_array<Reason>({
        {"unreadable", "that can't be read", unreadable_users},
        {"bad_username", "with an invalid name", report.invalid_names},
        {"user_exists", "whose name is used by another user, ignoring case", report.names_taken},
    });
    auto const tokens = std::to_array<Reason>({
        {"expired", "expired", report.expired},
        {"bad_signature",
         has_secret ? "with a signature that the secret can't verify" : "that can't be used without the secret that signed them (--secret-file)",
         report.unsigned_by_us},
        {"unreadable", "that can't be read", report.unreadable},
        {"other_user", "issued for another user", report.for_another_name},
        {"user_left_out", "of users who were left out", report.tokens_of_skipped_users},
        {"bad_description", "with an invalid description", report.invalid_descriptions},
        {"description_taken", "with a description that another active token has", report.descriptions_taken},
        {"id_taken", "with an id that another token has", report.ids_taken},
        {"too_many_tokens", "over the limit tokens.max_per_user", report.too_many},
    });
    auto const added = static_cast<std::int64_t>(report.added_users.size());
    name_left_out(report.skipped_names, error_format(tools.is_json));
    if (tools.is_json) {
        boost::json::object printed{
            {"users", {{"added", added}, {"known", report.known_users}, {"held", held}, {"left_out", counts_of(users)}}},
            {"tokens", {{"added", report.added_tokens}, {"known", report.known_tokens}, {"left_out", counts_of(tokens)}}},
        };
        if (!skipped.empty()) printed["users"].as_object().emplace("unreadable", boost::json::array(skipped.begin(), skipped.end()));
        return print(printed);
    }
    print("users: " + std::to_string(added) + " added, " + std::to_string(report.known_users) + " known");
    print_left_out("users", users);
    if (held > 0)
        print("users held: " + std::to_string(held) + (held == 1 ? " has" : " have") +
              " a trivial password and can't sign in until 'warder user passwd' sets another one");
    print("tokens: " + std::to_string(report.added_tokens) + " added, " + std::to_string(report.known_tokens) + " known");
    print_left_out("tokens", tokens);
    for (auto const& entry : skipped) print("left out: " + entry);
}

/// Combines what was counted before the import with the store's report.
ImportReport together(ImportReport const& before, ImportReport stored) {
    stored.unreadable = before.unreadable;
    stored.expired = before.expired;
    stored.unsigned_by_us = before.unsigned_by_us;
    stored.for_another_name = before.for_another_name;
    stored.invalid_descriptions = before.invalid_descriptions;
    return stored;
}

/// A file of Specter Desktop, which is never written, and optionally a file with its SECRET_KEY.
struct ImportOptions {
    std::string users_json;
    std::optional<std::string> secret_file;
    bool is_dry_run = false;  ///< Writes nothing; only counts what would be imported.
};

/// Prints how many users and tokens were imported, and how many were skipped and why.
CommandResult import_specter(CommandContext const& tools, ImportOptions const& wanted) {
    WARDER_TRY(auto const text, read_file(wanted.users_json, kLargestUsers));
    auto readable = store::read_readable_users(text);
    if (!readable) return std::unexpected{wanted.users_json + ": not a users.json of Specter Desktop: " + readable.error()};
    if (readable->document.users.empty() && !readable->skipped.empty())
        return std::unexpected{wanted.users_json + ": not a users.json of Specter Desktop: " + readable->skipped.front()};
    auto const unreadable_users = static_cast<std::int64_t>(readable->skipped.size());
    std::optional<crypto::Secret> secret;
    if (wanted.secret_file) {
        WARDER_TRY(secret, read_secret(*wanted.secret_file));
    }

    ImportReport counted;
    auto users = users_of(*readable, counted);
    WARDER_TRY_VOID(take_secret(tools, std::move(secret), users, counted, wanted.is_dry_run));
    WARDER_TRY(auto const report, bring(tools, users, wanted.is_dry_run));
    show(tools, together(counted, report), readable->skipped, unreadable_users, count_held(users, report.added_users),
         wanted.secret_file.has_value());
    return {};
}

}  // namespace

void declare_import_command(CommandLine const& program) {
    auto const group = program.group("import", "import users and tokens from another program: specter");
    auto const [specter, options] =
        group.add_on_store("specter",
                           "import the users and, with the secret, the tokens of Specter Desktop; its users.json is never "
                           "changed, and existing users only gain tokens",
                           Effect::kChanges, &import_specter);
    specter.add_option("USERS_JSON", options.users_json, "file of Specter Desktop, e.g. ~/.specter/users.json")->required()->type_name("FILE");
    add_text(specter, "--secret-file FILE", options.secret_file, "file that contains SECRET_KEY of Specter Desktop");
    specter.add_flag("--dry-run", options.is_dry_run, "only print what would be imported and skipped; write nothing");
}

}  // namespace warder::cli
