// SPDX-License-Identifier: MIT
#pragma once

#include "warder/store.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace warder::tests {

using authority::Done;
using authority::Error;
using authority::Result;

/// Users and sessions in memory, which report no changes. Reads and refreshes wait until the test lets them run; writes run at
/// once, or fail.
class SessionStoreFake final : public authority::Store {
  public:
    struct Reading {
        Query query;
        Done<void> done;
    };

    Result<void> attach(authority::ChangeListener&) override { return {}; }
    void write(Work work, Done<void> done) override {
        ++writes;
        done(failure ? Result<void>{std::unexpected{*failure}} : work(ports()));
    }
    void read(Query query, Done<void> done) override { readings.push_back({std::move(query), std::move(done)}); }
    void refresh(Done<void> done) override { refreshes.push_back(std::move(done)); }

    /// Answers the oldest read.
    void answer_reading(std::optional<Error> error = std::nullopt) {
        auto reading = std::move(readings.front());
        readings.erase(readings.begin());
        reading.done(error ? Result<void>{std::unexpected{*error}} : reading.query(ports()));
    }
    /// Lets the oldest read end without an answer.
    void drop_reading() {
        auto const dropped = std::move(readings.front());
        readings.erase(readings.begin());
    }
    void answer_refresh(std::optional<Error> error = std::nullopt) {
        auto done = std::move(refreshes.front());
        refreshes.erase(refreshes.begin());
        done(error ? Result<void>{std::unexpected{*error}} : Result<void>{});
    }

    std::vector<Reading> readings;
    std::vector<Done<void>> refreshes;
    std::optional<Error> failure;
    int writes = 0;

    class Users final : public authority::UserStore {
      public:
        Result<std::optional<UserRecord>> find(UserId id) const override {
            auto const found = std::ranges::find(records, id, &UserRecord::id);
            return found == records.end() ? std::nullopt : std::optional{*found};
        }
        Result<std::optional<UserRecord>> find(std::string_view) const override { return std::nullopt; }
        Result<std::vector<UserRecord>> list() const override { return records; }
        Result<std::vector<UserRecord>> list(std::optional<UserId>, std::uint32_t) const override { return records; }
        Result<UserId> insert(UserRecord const&) override { return std::unexpected{Error::kNotSupportedByStore}; }
        Result<void> update(UserRecord const&) override { return {}; }
        Result<void> note_sign_in(UserId, Instant) override { return {}; }
        Result<void> erase(UserId) override { return {}; }
        std::vector<UserRecord> records;
    } users;

    class Sessions final : public authority::SessionStore {
      public:
        Result<std::vector<authority::StoredSession>> find(std::span<Digest const> id_digests) const override {
            asked_for.assign(id_digests.begin(), id_digests.end());
            std::vector<authority::StoredSession> found;
            for (auto const& session : records)
                if (std::ranges::find(id_digests, session.id_digest) != id_digests.end()) found.push_back(session);
            return found;
        }
        Result<std::vector<authority::StoredSession>> list(UserId user) const override {
            std::vector<authority::StoredSession> found;
            std::ranges::copy_if(records, std::back_inserter(found), [user](auto const& session) { return session.user == user; });
            return found;
        }
        Result<void> insert(authority::StoredSession const& session) override {
            records.push_back(session);
            return {};
        }
        Result<void> note_use(Digest const& id_digest, authority::SessionTime used_at) override {
            for (auto& session : records)
                if (session.id_digest == id_digest) session.used_at = used_at;
            return {};
        }
        Result<void> erase(Digest const& id_digest) override {
            std::erase_if(records, [&](auto const& session) { return session.id_digest == id_digest; });
            return {};
        }
        Result<std::int64_t> erase_ended(std::optional<UserId> user, authority::EndedSessions const& ended, std::uint32_t) override {
            return static_cast<std::int64_t>(std::erase_if(records, [&](auto const& session) {
                return (!user || session.user == *user) && (session.begun_at <= ended.begun_by || session.used_at <= ended.used_by);
            }));
        }
        Result<void> erase_oldest(std::optional<UserId> user, std::uint32_t kept) override {
            auto const counts = [&](auto const& session) { return !user || session.user == *user; };
            for (auto count = std::ranges::count_if(records, counts); count > kept; --count) records.erase(std::ranges::find_if(records, counts));
            return {};
        }
        std::vector<authority::StoredSession> records;
        mutable std::vector<Digest> asked_for;
    } sessions;

  private:
    authority::Transaction ports() { return {.users = &users, .tokens = nullptr, .audit = nullptr, .keys = nullptr, .sessions = &sessions}; }
};

}  // namespace warder::tests
