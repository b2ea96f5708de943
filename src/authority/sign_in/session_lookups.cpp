// SPDX-License-Identifier: MIT
#include "authority/sign_in/session_lookups.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace warder::authority {

/// A question to the store. Its end, even for lack of memory, lets the next one begin.
struct SessionLookups::Question {
    explicit Question(std::shared_ptr<SessionLookups> asker) noexcept : lookups{std::move(asker)} {}
    Question(Question const&) = delete;
    Question& operator=(Question const&) = delete;
    ~Question() {
        asked.clear();
        lookups->go_on();
    }

    /// Answers those who need not wait for more: their sessions don't exist or have ended.
    void answer_absent() {
        auto const is_active = [this](Waiting const& one) {
            auto const session = std::ranges::find(found, one.id_digest, &StoredSession::id_digest);
            return session != found.end() && !lookups->table_->has_ended(*session);
        };
        auto const absent = std::ranges::partition(asked, is_active);
        for (auto& one : absent) one.done({});
        asked.erase(absent.begin(), absent.end());
    }
    void answer_all(Result<void> const& outcome) {
        for (auto& one : std::exchange(asked, {})) one.done(outcome);
    }

    std::shared_ptr<SessionLookups> lookups;
    std::vector<Waiting> asked;
    std::vector<StoredSession> found;
};

void SessionLookups::confirm(Digest const& id_digest, Done<void> done) {
    {
        std::unique_lock lock{mutex_};
        if (waiting_.size() >= kMaxWaiting) {
            lock.unlock();
            return done(std::unexpected{Error::kBusy});
        }
        waiting_.push_back({.id_digest = id_digest, .done = std::move(done)});
        if (std::exchange(is_asking_, true)) return;
    }
    ask();
}

/// Returns those who have waited longest; if no one waits, the next one asks.
std::vector<SessionLookups::Waiting> SessionLookups::take() {
    std::vector<Waiting> taken;
    std::scoped_lock const lock{mutex_};
    auto const count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kMaxAtOnce));
    taken.reserve(static_cast<std::size_t>(count));
    std::move(waiting_.begin(), waiting_.begin() + count, std::back_inserter(taken));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    is_asking_ = !taken.empty();
    return taken;
}

void SessionLookups::go_on() noexcept {
    {
        std::scoped_lock const lock{mutex_};
        if (waiting_.empty()) {
            is_asking_ = false;
            return;
        }
    }
    ask();
}

/// Answers all who wait. If the store can't be read, it would only let them wait for one timeout after another.
void SessionLookups::fail_all(Error error) {
    std::vector<Waiting> waiting;
    {
        std::scoped_lock const lock{mutex_};
        waiting.swap(waiting_);
    }
    for (auto& one : waiting) one.done(std::unexpected{error});
}

void SessionLookups::ask() noexcept {
    std::shared_ptr<Question> question;
    try {
        question = std::make_shared<Question>(shared_from_this());
    } catch (std::exception const&) {
        std::vector<Waiting> dropped;  // the destruction of a callback tells its owner
        std::scoped_lock const lock{mutex_};
        dropped.swap(waiting_);
        is_asking_ = false;
        return;
    }
    try {
        question->asked = take();
        std::vector<Digest> digests;
        for (auto const& one : question->asked) digests.push_back(one.id_digest);
        auto query = [question, digests = std::move(digests)](Snapshot const& store) -> Result<void> {
            auto found = store.sessions->find(digests);
            if (!found) return std::unexpected{found.error()};
            question->found = std::move(*found);
            return {};
        };
        store_->read(std::move(query), [question](Result<void> const& read) {
            if (!read) {
                question->answer_all(read);
                return question->lookups->fail_all(read.error());
            }
            for (auto const& session : question->found) question->lookups->table_->note_stored(session);
            question->answer_absent();
            if (question->asked.empty()) return;
            // It exists, so this node is behind. What the users are now matters, too.
            question->lookups->store_->refresh([question](Result<void> const& refreshed) { question->answer_all(refreshed); });
        });
    } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): the end of the question answers those it was for
    }
}

}  // namespace warder::authority
