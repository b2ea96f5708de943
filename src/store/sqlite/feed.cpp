// SPDX-License-Identifier: MIT
#include "store/sqlite/feed.hpp"

#include "store/sqlite/transaction.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace warder::store {
namespace {

using authority::Change;

constexpr std::size_t kBatch = 4096;
constexpr std::int64_t kKeptChanges = 100'000;
constexpr std::int64_t kTrimmedAtOnce = 10'000;  // at least, so that not every commit deletes a row or two

#define WARDER_LIVE_COLUMNS "t.id, t.owner, t.ends_at, t.digest, t.is_edited, t.policy, t.seq"
constexpr int kLiveSeq = 6;  // its index among the columns above

std::optional<authority::LiveToken> read_live(Statement const& row, int first_column) {
    int column = first_column;
    authority::LiveToken token;
    TokenId::Bytes id{};
    if (!row.blob(column++, id)) return std::nullopt;
    token.id = TokenId{id};
    token.owner = UserId{row.integer(column++)};
    token.ends_at = Instant{std::chrono::seconds{row.integer(column++)}};
    if (!row.blob(column++, token.digest)) return std::nullopt;
    token.is_edited = row.integer(column++) != 0;
    auto policy = read_policy(row, column);
    if (!policy) return std::nullopt;
    token.policy = std::move(*policy);
    return token;
}

/// Passes changes to the listener in batches, since a million changes at once would take a lot of memory.
class Reporter {
  public:
    explicit Reporter(authority::ChangeListener& listener) : listener_{&listener} {}
    template <class Kind>
    void report(Kind change) {
        batch_.emplace_back(std::in_place_type<Kind>, std::move(change));
        if (batch_.size() == kBatch) flush();
    }
    void flush() {
        if (!batch_.empty()) listener_->on_changes(batch_);
        batch_.clear();
    }

  private:
    authority::ChangeListener* listener_;
    std::vector<Change> batch_;
};

/// Calls `visit` for each row.
template <class Visit>
Sqlite<void> for_each_row(Sqlite<Statement> statement, Visit visit) {
    if (!statement) return std::unexpected{statement.error()};
    for (;;) {
        auto const row = statement->step();
        if (!row) return std::unexpected{row.error()};
        if (!*row) return {};
        visit(*statement);
    }
}

}  // namespace

Sqlite<void> SqliteFeed::report_all() {
    auto const view = ReadView::open(*connection_);
    if (!view) return std::unexpected{view.error()};
    return report_all_seen();
}

Sqlite<void> SqliteFeed::report_all_seen() {
    auto const last = connection_->integer("SELECT ifnull(max(seq), 0) FROM changes");
    if (!last) return std::unexpected{last.error()};
    Reporter reporter{*listener_};
    reporter.report(authority::Reset{});
    damaged_.clear();
    auto reported = for_each_row(connection_->prepare("SELECT " WARDER_USER_COLUMNS " FROM users ORDER BY id"), [&](Statement const& row) {
        // The tokens of a user whose row is damaged are not accepted.
        if (auto user = read_user(row, 0)) reporter.report(authority::UserUpserted{std::move(*user)});
        else damaged_.add_user(user_location(row.integer(0)));
    });
    if (!reported) return reported;
    reported = for_each_row(connection_->prepare("SELECT " WARDER_LIVE_COLUMNS " FROM tokens t ORDER BY seq"), [&](Statement const& row) {
        // A token whose row is damaged is not accepted.
        if (auto const token = read_live(row, 0)) reporter.report(authority::TokenUpserted{*token});
        else damaged_.add_token(token_location(row.integer(kLiveSeq)));
    });
    if (!reported) return reported;
    reporter.report(authority::ResetComplete{});
    reporter.flush();
    last_reported_ = *last;
    return {};
}

Sqlite<void> SqliteFeed::catch_up() {
    auto const view = ReadView::open(*connection_);  // otherwise another process could trim the history between the two queries
    if (!view) return std::unexpected{view.error()};
    auto const oldest = connection_->integer("SELECT ifnull(min(seq), 0) FROM changes");
    if (!oldest) return std::unexpected{oldest.error()};
    auto const newest = connection_->integer("SELECT ifnull(max(seq), 0) FROM changes");
    if (!newest) return std::unexpected{newest.error()};
    // The history ends before what was reported: another database was restored.
    if (*oldest > last_reported_ + 1 || *newest < last_reported_) return report_all_seen();

    auto changes = connection_->prepare(
        "SELECT c.seq, c.user, c.token, u.id IS NOT NULL, u.id, u.name, u.password_hash, u.is_admin, u.created_at, "
        "u.token_count, u.ceiling, u.last_sign_in_at, " WARDER_LIVE_COLUMNS
        " FROM changes c LEFT JOIN users u ON c.token IS NULL AND u.id = c.user"
        " LEFT JOIN tokens t ON t.owner = c.user AND t.id = c.token"
        " WHERE c.seq > ? ORDER BY c.seq");
    if (!changes) return std::unexpected{changes.error()};
    changes->bind(last_reported_);
    constexpr int kFirstLive = 12;
    Reporter reporter{*listener_};
    auto last = last_reported_;
    auto const reported = for_each_row(std::move(changes), [&](Statement const& row) {
        last = row.integer(0);
        if (row.is_null(2)) {
            auto user = row.integer(3) != 0 ? read_user(row, 4) : std::nullopt;
            if (row.integer(3) != 0 && !user) damaged_.add_user(user_location(row.integer(4)));
            if (user) reporter.report(authority::UserUpserted{std::move(*user)});
            else reporter.report(authority::UserRemoved{UserId{row.integer(1)}});
            return;
        }
        TokenId::Bytes id{};
        if (!row.blob(2, id)) return;
        if (auto const token = read_live(row, kFirstLive)) {
            reporter.report(authority::TokenUpserted{*token});
        } else {
            if (!row.is_null(kFirstLive + kLiveSeq)) damaged_.add_token(token_location(row.integer(kFirstLive + kLiveSeq)));
            reporter.report(authority::TokenRemoved{TokenId{id}});
        }
    });
    if (!reported) return reported;
    reporter.flush();
    last_reported_ = last;
    return {};
}

Sqlite<void> SqliteFeed::trim(Connection& connection) {
    auto const kept = connection.integer("SELECT (SELECT max(seq) FROM changes) - (SELECT min(seq) FROM changes)");
    if (!kept) return std::unexpected{kept.error()};
    if (*kept < kKeptChanges + kTrimmedAtOnce) return {};
    auto statement = connection.prepare("DELETE FROM changes WHERE seq <= (SELECT max(seq) FROM changes) - ?");
    if (!statement) return std::unexpected{statement.error()};
    return statement->bind(kKeptChanges).run();
}

}  // namespace warder::store
