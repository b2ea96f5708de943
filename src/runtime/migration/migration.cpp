// SPDX-License-Identifier: MIT
#include "runtime/migration/migration.hpp"

#include "authority/wait.hpp"
#include "core/try.hpp"
#include "runtime/migration/comparison.hpp"
#include "runtime/migration/content_view.hpp"

#include <limits>
#include <map>
#include <memory>
#include <span>
#include <utility>

namespace warder::runtime {
namespace {

using authority::Result;
using authority::Transaction;

/// How many records a commit has at most. It is small enough to fit into memory and large enough that the commits don't
/// determine how long a migration takes.
constexpr std::size_t kBatch = 2000;

struct NewToken {
    TokenRecord record;
    std::string text;
};

/// Adds a token with its uses. They are stored as the same batch of the same run, so the process that counted them
/// can't add them a second time.
Result<void> insert(Transaction const& target, NewToken const& token) {
    WARDER_TRY_VOID(target.tokens->insert(token.record, token.text));
    auto const& usage = token.record.usage;
    if (!usage || !usage->last_at) return {};
    return target.tokens->add_uses({.key = token.record.key(),
                                    .run = usage->mark.run,
                                    .batch = usage->mark.batch,
                                    .count = usage->count,
                                    .last_at = *usage->last_at,
                                    .last_from = usage->last_from});
}

Result<void> insert(Transaction const& target, UserRecord const& user) {
    WARDER_TRY_VOID(target.users->insert(user));
    return {};
}

Result<void> insert(Transaction const& target, authority::AuditRecord const& record) { return target.audit->append(record.event); }

/// Copies what the target doesn't have yet from one view of the source.
class ContentCopier {
  public:
    /// @param content  what both sides have.
    ContentCopier(ContentView const& source, MigrationSide const& target, crypto::KeyRing const& keys, Comparison const& content,
                  MigrationProgress& progress)
        : source_{&source},
          target_{&target},
          keys_{&keys},
          content_{&content},
          progress_{&progress},
          batch_{target.store->capabilities().writes_whole_content ? std::numeric_limits<std::size_t>::max() : kBatch} {}

    Checked<void> copy_users();
    Checked<void> copy_tokens();
    Checked<void> copy_events();

  private:
    using Owners = std::map<UserId, UserId>;

    void begin(MigrationStep step, std::int64_t present, std::int64_t total) {
        progress_->begin(step, static_cast<std::uint64_t>(total));
        progress_->done = static_cast<std::uint64_t>(present);
    }
    [[nodiscard]] Checked<Owners> find_owners() const;
    template <class Record>
    Checked<void> write(std::vector<Record> records);
    /// Reads records until there are no more, and writes them in batches. @param next  returns the next record, if there is one.
    template <class Record, class Next>
    Checked<void> copy(Next next);

    ContentView const* source_;
    MigrationSide const* target_;
    crypto::KeyRing const* keys_;
    Comparison const* content_;
    MigrationProgress* progress_;
    std::size_t batch_;
};

template <class Record>
Checked<void> ContentCopier::write(std::vector<Record> records) {
    if (records.empty()) return {};
    auto const written = authority::wait<void>([&](auto done) {
        auto insert_all = [&records](Transaction const& target) -> Result<void> {
            for (auto const& record : records) WARDER_TRY_VOID(insert(target, record));
            return {};
        };
        target_->store->write(std::move(insert_all), std::move(done));
    });
    if (auto checked = named(*target_, written); !checked)
        return std::unexpected{checked.error() + " What was copied before stays; run the same command again to copy the rest."};
    progress_->done += records.size();
    return {};
}

template <class Record, class Next>
Checked<void> ContentCopier::copy(Next next) {
    std::vector<Record> records;
    for (;;) {
        Checked<std::optional<Record>> record = next();
        if (!record) return std::unexpected{std::move(record.error())};
        if (*record) records.push_back(std::move(**record));
        if (*record && records.size() < batch_) continue;
        WARDER_TRY_VOID(write(std::exchange(records, {})));
        if (!*record) return {};
    }
}

Checked<void> ContentCopier::copy_users() {
    begin(MigrationStep::kCopyingUsers, content_->target.users, content_->source.users);
    WARDER_TRY(auto users, source_->users());
    auto position = static_cast<std::size_t>(content_->target.users);
    return copy<UserRecord>(
        [&]() -> Checked<std::optional<UserRecord>> { return position < users.size() ? std::optional{std::move(users[position++])} : std::nullopt; });
}

/// Returns the id in the target of each user of the source. Both have the same users in the same order.
Checked<ContentCopier::Owners> ContentCopier::find_owners() const {
    WARDER_TRY(auto const source, source_->users());
    WARDER_TRY(auto const target, read_view<std::vector<UserRecord>>(*target_, *keys_, [](ContentView const& view) { return view.users(); }));
    if (source.size() != target.size()) return std::unexpected{target_->name + ": another program has changed its users meanwhile"};
    Owners owners;
    for (std::size_t i = 0; i < source.size(); ++i) owners.emplace(source[i].id, target[i].id);
    return owners;
}

Checked<void> ContentCopier::copy_tokens() {
    begin(MigrationStep::kCopyingTokens, content_->target.tokens, content_->source.tokens);
    WARDER_TRY(auto const owners, find_owners());
    auto tokens = source_->tokens();
    WARDER_TRY_VOID(tokens.skip(content_->target.tokens));
    bool const needs_text = target_->store->capabilities().keeps_token_texts;
    return copy<NewToken>([&]() -> Checked<std::optional<NewToken>> {
        WARDER_TRY(auto* const token, tokens.next());
        if (token == nullptr) return std::optional<NewToken>{};
        NewToken added{.record = std::move(*token), .text = {}};
        if (needs_text) {
            WARDER_TRY(added.text, source_->text(added.record.key()));
        }
        auto const owner = owners.find(added.record.owner);
        if (owner == owners.end()) return std::unexpected{"the source has no user for token " + added.record.id.text()};
        added.record.owner = owner->second;
        return std::optional{std::move(added)};
    });
}

Checked<void> ContentCopier::copy_events() {
    begin(MigrationStep::kCopyingEvents, content_->target.audit_events, content_->source.audit_events);
    WARDER_TRY(auto events, source_->events());
    WARDER_TRY_VOID(events.skip(content_->target.audit_events));
    return copy<authority::AuditRecord>([&]() -> Checked<std::optional<authority::AuditRecord>> {
        WARDER_TRY(auto* const event, events.next());
        return event == nullptr ? std::nullopt : std::optional{std::move(*event)};
    });
}

Checked<Comparison> compare_with(ContentView const& source, MigrationSide const& target, crypto::KeyRing const& keys, MigrationProgress& progress) {
    return read_view<Comparison>(target, keys, [&](ContentView const& view) { return compare(source, view, progress); });
}

/// @return how many records the source has.
Checked<std::uint64_t> copy_rest(ContentView const& source, MigrationSide const& target, crypto::KeyRing const& keys, MigrationProgress& progress) {
    progress.begin(MigrationStep::kReading, 0);
    WARDER_TRY(auto const content, compare_with(source, target, keys, progress));
    if (content.conflict)
        return std::unexpected{target.name + ": neither new nor the result of an interrupted migration of this source: " + *content.conflict +
                               "; name a new store, or delete this one if you don't need it"};
    ContentCopier copier{source, target, keys, content, progress};
    WARDER_TRY_VOID(copier.copy_users());
    WARDER_TRY_VOID(copier.copy_tokens());
    WARDER_TRY_VOID(copier.copy_events());
    return static_cast<std::uint64_t>(content.source.users + content.source.tokens + content.source.audit_events);
}

}  // namespace

std::expected<Comparison, std::string> migrate(MigrationSide const& source, MigrationSide const& target, crypto::KeyRing const& keys,
                                               MigrationProgress& progress) {
    WARDER_TRY(auto const records,
               read_view<std::uint64_t>(source, keys, [&](ContentView const& view) { return copy_rest(view, target, keys, progress); }));
    progress.begin(MigrationStep::kVerifying, records);
    // A new view, so that a change of the source since the first one is noticed.
    return read_view<Comparison>(source, keys, [&](ContentView const& view) { return compare_with(view, target, keys, progress); });
}

}  // namespace warder::runtime
