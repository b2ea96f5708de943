// SPDX-License-Identifier: MIT
#include "authority/sign_in/session_table.hpp"

#include "crypto/hmac.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace warder::authority {

using std::chrono::floor;
using std::chrono::milliseconds;

void SessionTable::add(StoredSession const& session) {
    std::scoped_lock const lock{mutex_};
    auto const moment = now();
    make_room(session.user, moment);
    auto& entry = entries_[session.id_digest];
    entry = {.number = next_number_++,
             .user = session.user,
             .password_digest = session.password_digest,
             .begun = moment,
             .used = moment,
             .saved = session.used_at};
}

void SessionTable::erase(Digest const& id_digest) {
    std::scoped_lock const lock{mutex_};
    entries_.erase(id_digest);
}

void SessionTable::erase_of(UserId user) {
    std::scoped_lock const lock{mutex_};
    std::erase_if(entries_, [user](auto const& session) { return session.second.user == user; });
}

std::vector<StoredSession> SessionTable::list(UserId user) const {
    std::vector<std::pair<std::uint64_t, StoredSession>> numbered;
    {
        std::scoped_lock const lock{mutex_};
        auto const moment = now();
        for (auto const& [digest, entry] : entries_) {
            if (entry.user != user || is_idle(entry, moment) || is_too_old(entry, moment)) continue;
            numbered.emplace_back(entry.number, StoredSession{.id_digest = digest,
                                                              .user = entry.user,
                                                              .password_digest = entry.password_digest,
                                                              .begun_at = floor<milliseconds>(entry.begun.of_day),
                                                              .used_at = floor<milliseconds>(entry.used.of_day)});
        }
    }
    std::ranges::sort(numbered, {}, [](auto const& one) { return one.first; });
    std::vector<StoredSession> sessions;
    sessions.reserve(numbered.size());
    for (auto const& one : numbered) sessions.push_back(one.second);
    return sessions;
}

std::expected<SessionTable::Active, SessionAbsence> SessionTable::use(Digest const& id_digest, index::UserDirectory const& directory,
                                                                      bool is_shared) {
    auto const if_absent = std::unexpected{is_shared ? SessionAbsence::kUnconfirmed : SessionAbsence::kEnded};
    std::scoped_lock const lock{mutex_};
    auto const found = entries_.find(id_digest);
    if (found == entries_.end()) return if_absent;
    auto& entry = found->second;
    auto const moment = now();
    if (is_too_old(entry, moment)) {
        if (!is_shared) entries_.erase(found);  // otherwise, the store reports its end
        return std::unexpected{SessionAbsence::kEnded};
    }
    auto account = directory.find(entry.user);
    // Reject, but keep the session: a store that is being restored may bring the user back.
    if (!account) return if_absent;
    if (crypto::sha256(account->password_hash) != entry.password_digest || is_idle(entry, moment)) {
        if (!is_shared) entries_.erase(found);
        return if_absent;
    }
    entry.used = moment;
    return Active{.account = std::move(*account), .expires_at = end_of(entry.begun, entry.used)};
}

void SessionTable::note_stored(StoredSession const& session) {
    std::scoped_lock const lock{mutex_};
    note_stored_locked(session);
}

/// Never adds a session: it may have been removed since the store was read.
void SessionTable::note_stored_locked(StoredSession const& session) {
    auto const found = entries_.find(session.id_digest);
    if (found == entries_.end()) return;
    auto& entry = found->second;
    entry.saved = std::max(entry.saved, session.used_at);
    if (auto const used = moment_of(session.used_at); used.of_day > entry.used.of_day) entry.used = used;
}

StoredSession SessionTable::with_last_use(StoredSession session) const {
    std::scoped_lock const lock{mutex_};
    if (auto const found = entries_.find(session.id_digest); found != entries_.end())
        session.used_at = std::max(session.used_at, floor<milliseconds>(found->second.used.of_day));
    return session;
}

std::vector<SessionTable::Use> SessionTable::unsaved_uses(milliseconds later_by) const {
    std::vector<Use> uses;
    std::scoped_lock const lock{mutex_};
    for (auto const& [digest, entry] : entries_) {
        auto const used = floor<milliseconds>(entry.used.of_day);
        if (used > entry.saved && used - entry.saved >= later_by) uses.push_back({.id_digest = digest, .at = used});
    }
    return uses;
}

void SessionTable::mark_saved(std::span<Use const> uses) {
    std::scoped_lock const lock{mutex_};
    for (auto const& use : uses)
        if (auto const found = entries_.find(use.id_digest); found != entries_.end()) found->second.saved = std::max(found->second.saved, use.at);
}

void SessionTable::on_changes(std::span<Change const> changes) {
    std::scoped_lock const lock{mutex_};
    for (auto const& change : changes) {
        if (auto const* const upserted = std::get_if<SessionUpserted>(&change)) {
            put(upserted->session);
        } else if (auto const* const removed = std::get_if<SessionRemoved>(&change)) {
            entries_.erase(removed->id_digest);
        } else if (auto const* const user = std::get_if<UserRemoved>(&change)) {
            std::erase_if(entries_, [user](auto const& session) { return session.second.user == user->id; });
        } else if (std::holds_alternative<Reset>(change)) {
            put_since_reload_.emplace();
        } else if (std::holds_alternative<ResetComplete>(change)) {
            end_reload();
        }
    }
}

void SessionTable::put(StoredSession const& session) {
    if (put_since_reload_) put_since_reload_->insert(session.id_digest);
    auto const [at, is_new] = entries_.try_emplace(session.id_digest);
    if (!is_new) return note_stored_locked(session);
    at->second = {.number = next_number_++,
                  .user = session.user,
                  .password_digest = session.password_digest,
                  .begun = moment_of(session.begun_at),
                  .used = moment_of(session.used_at),
                  .saved = session.used_at};
}

void SessionTable::end_reload() {
    if (!put_since_reload_) return;
    std::erase_if(entries_, [this](auto const& session) { return !put_since_reload_->contains(session.first); });
    put_since_reload_.reset();
}

SessionTime SessionTable::stored_now() const noexcept { return floor<milliseconds>(clock_->now()); }

Instant SessionTable::end_of_new() const noexcept {
    auto const moment = now();
    return end_of(moment, moment);
}

Instant SessionTable::end_of(StoredSession const& session) const noexcept {
    return floor<std::chrono::seconds>(std::min(session.used_at + settings_.idle, session.begun_at + settings_.absolute));
}

bool SessionTable::has_ended(StoredSession const& session) const noexcept {
    auto const by = ended();
    return session.begun_at <= by.begun_by || session.used_at <= by.used_by;
}

EndedSessions SessionTable::ended() const noexcept {
    auto const now = stored_now();
    return {.begun_by = now - settings_.absolute, .used_by = now - settings_.idle};
}

SessionTable::Moment SessionTable::now() const noexcept { return {.steady = clock_->steady_now(), .of_day = clock_->now()}; }

/// Returns when it was by the clocks of this process; not later than now, although another node's clock may be ahead.
SessionTable::Moment SessionTable::moment_of(SessionTime time) const noexcept {
    auto const moment = now();
    auto const of_day = std::min<std::chrono::system_clock::time_point>(time, moment.of_day);
    return {.steady = moment.steady - (moment.of_day - of_day), .of_day = of_day};
}

bool SessionTable::is_idle(Entry const& entry, Moment const& now) const noexcept {
    return now.steady - entry.used.steady >= settings_.idle || now.of_day - entry.used.of_day >= settings_.idle;
}

bool SessionTable::is_too_old(Entry const& entry, Moment const& now) const noexcept {
    return now.steady - entry.begun.steady >= settings_.absolute || now.of_day - entry.begun.of_day >= settings_.absolute;
}

Instant SessionTable::end_of(Moment const& begun, Moment const& used) const noexcept {
    return floor<std::chrono::seconds>(std::min(used.of_day + settings_.idle, begun.of_day + settings_.absolute));
}

/// Visits all sessions, which is cheap compared to the password hash that preceded it.
void SessionTable::make_room(UserId user, Moment const& now) {
    std::erase_if(entries_, [&](auto const& session) { return is_idle(session.second, now) || is_too_old(session.second, now); });
    auto oldest = entries_.end();
    auto oldest_of_user = entries_.end();
    std::size_t of_user = 0;
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        auto const is_older = [&](Entries::iterator than) { return than == entries_.end() || entry->second.number < than->second.number; };
        if (is_older(oldest)) oldest = entry;
        if (entry->second.user != user) continue;
        ++of_user;
        if (is_older(oldest_of_user)) oldest_of_user = entry;
    }
    if (of_user >= kMaxPerUser) entries_.erase(oldest_of_user);
    else if (entries_.size() >= kMaxInAll) entries_.erase(oldest);
}

}  // namespace warder::authority
