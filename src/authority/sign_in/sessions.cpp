// SPDX-License-Identifier: MIT
#include "authority/sign_in/sessions.hpp"

#include "core/text/base64url.hpp"
#include "index/user_directory.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warder::authority {
namespace {

/// Returns 256 random bits as text.
std::string make_secret_text(Random& random) {
    std::array<char, 32> bytes{};
    random.fill(std::as_writable_bytes(std::span{bytes}));
    auto text = core::to_base64url({bytes.data(), bytes.size()});
    crypto::wipe(std::as_writable_bytes(std::span{bytes}));
    return text;
}

}  // namespace

Sessions::NewSession Sessions::begin(index::Account const& account) {
    auto id = make_secret_text(*random_);
    crypto::WipeAtEnd const wipe{id};
    auto const moment = now();
    Entry entry{.id_digest = crypto::sha256(id),
                .user = account.id,
                .username = account.name,
                .hash_digest = crypto::sha256(account.password_hash),
                .csrf_token = make_secret_text(*random_),
                .begun = moment,
                .used = moment};
    NewSession made{.id = crypto::Secret{id},
                    .session = {.principal = index::principal_of(account), .csrf_token = entry.csrf_token, .expires_at = expires_at(entry)}};

    std::lock_guard const lock{mutex_};
    make_room(account.id, moment);
    entries_.push_back(std::move(entry));
    auto const added = std::prev(entries_.end());
    by_digest_.emplace(added->id_digest, added);
    return made;
}

std::optional<Sessions::Session> Sessions::use(std::string_view id) {
    if (id.size() != kIdLength) return std::nullopt;
    auto const digest = crypto::sha256(id);
    std::lock_guard const lock{mutex_};
    auto const found = by_digest_.find(digest);
    if (found == by_digest_.end()) return std::nullopt;
    auto const entry = found->second;
    auto const moment = now();
    auto const account = directory_->find(entry->username);
    // Reject, but keep the session: a store that is being restored may bring the user back.
    if (!account) return std::nullopt;
    bool const is_same_user = account->id == entry->user && crypto::sha256(account->password_hash) == entry->hash_digest;
    if (!is_same_user || has_expired(*entry, moment)) {
        erase(entry);
        return std::nullopt;
    }
    entry->used = moment;
    return Session{.principal = index::principal_of(*account), .csrf_token = entry->csrf_token, .expires_at = expires_at(*entry)};
}

void Sessions::end(std::string_view id) {
    if (id.size() != kIdLength) return;
    auto const digest = crypto::sha256(id);
    std::lock_guard const lock{mutex_};
    if (auto const found = by_digest_.find(digest); found != by_digest_.end()) erase(found->second);
}

Sessions::Moment Sessions::now() const noexcept { return {.steady = clock_->steady_now(), .of_day = clock_->now()}; }

bool Sessions::has_expired(Entry const& entry, Moment const& now) const noexcept {
    auto const is_over = [&now](Moment const& since, std::chrono::milliseconds limit) {
        return now.steady - since.steady >= limit || now.of_day - since.of_day >= limit;
    };
    return is_over(entry.used, settings_.idle) || is_over(entry.begun, settings_.absolute);
}

Instant Sessions::expires_at(Entry const& entry) const noexcept {
    auto const end = std::min(entry.used.of_day + settings_.idle, entry.begun.of_day + settings_.absolute);
    return std::chrono::floor<std::chrono::seconds>(end);
}

void Sessions::erase(EntryIterator entry) {
    by_digest_.erase(entry->id_digest);
    entries_.erase(entry);
}

/// Visits all sessions, which is cheap compared to the password hash that preceded it.
void Sessions::make_room(UserId user, Moment const& now) {
    std::size_t of_user = 0;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        auto const erased = entry++;
        if (has_expired(*erased, now)) erase(erased);
        else if (erased->user == user) ++of_user;
    }
    if (of_user >= kMaxPerUser) erase(std::ranges::find(entries_, user, &Entry::user));
    if (entries_.size() >= kMaxInAll) erase(entries_.begin());
}

}  // namespace warder::authority
