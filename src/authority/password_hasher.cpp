// SPDX-License-Identifier: MIT
#include "authority/password_hasher.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

/// Whether a job is to be done, or only answered because it won't be.
enum class Fate { kRun, kRefuse };
using Job = std::move_only_function<void(Fate)>;

/// Nobody's hash of Specter's kind: what a check against one costs, each check costs, or its time would tell which names were imported.
constexpr char const* kNobodysImportedHash = "$specter-pbkdf2$c3BlbnQgZm9yIG5vYm9keSwgZm9yIHRpbWU=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The one Argon2id evaluation that a check costs comes from verifying an Argon2id hash, else from making one that is thrown away unless it is
/// wanted: how long an answer takes must not tell whether the user exists. A second one is made only for who knows the password.
Result<PasswordHasher::Verdict> judge(crypto::Secret const& password, std::string const& stored_hash, crypto::Argon2Cost cost) {
    bool const is_right = crypto::matches(password, stored_hash);
    if (crypto::kind_of(stored_hash) != crypto::HashKind::kSpecterPbkdf2) static_cast<void>(crypto::matches(password, kNobodysImportedHash));
    if (crypto::kind_of(stored_hash) == crypto::HashKind::kArgon2id) {
        if (!is_right || !crypto::needs_rehash(stored_hash, cost)) return PasswordHasher::Verdict{.is_right = is_right, .upgraded_hash = {}};
        // Without memory for the new hash the old one stays, and the password is no less right.
        return PasswordHasher::Verdict{.is_right = true, .upgraded_hash = crypto::hash_password(password, cost).value_or("")};
    }
    auto fresh = crypto::hash_password(password, cost);
    if (!fresh) return std::unexpected{Error::kBusy};
    if (!is_right) {
        crypto::wipe(*fresh);
        return PasswordHasher::Verdict{};
    }
    return PasswordHasher::Verdict{.is_right = true, .upgraded_hash = std::move(*fresh)};
}

std::optional<std::string> make_hash(crypto::Secret const& password, PasswordHasher::Settings const& settings) {
    return settings.kind == crypto::HashKind::kSpecterPbkdf2 ? crypto::hash_as_specter(password) : crypto::hash_password(password, settings.cost);
}

Result<PasswordHasher::Verdict> judge(crypto::Secret const& password, std::string const& stored_hash, PasswordHasher::Settings const& settings) {
    if (settings.kind != crypto::HashKind::kSpecterPbkdf2) return judge(password, stored_hash, settings.cost);
    bool const is_known = crypto::kind_of(stored_hash) == crypto::HashKind::kSpecterPbkdf2;
    bool const is_right = crypto::matches(password, is_known ? stored_hash : kNobodysImportedHash);
    return PasswordHasher::Verdict{.is_right = is_known && is_right, .upgraded_hash = {}};
}

}  // namespace

struct PasswordHasher::State {
    explicit State(Settings const& its_settings) : settings{its_settings} {}

    Settings settings;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::deque<Job> waiting;
    unsigned idle = 0;  ///< Threads without a job: jobs for them take no place in the queue.
    bool has_ended = false;
    std::vector<std::jthread> threads;

    void submit(Job job) {
        {
            std::unique_lock lock{mutex};
            if (has_ended || waiting.size() >= settings.queue + idle) {
                lock.unlock();
                return job(Fate::kRefuse);
            }
            waiting.push_back(std::move(job));
        }
        wake.notify_one();
    }

    void work(std::stop_token const& stop) {
        std::unique_lock lock{mutex};
        while (true) {
            wake.wait(lock, stop, [this] { return !waiting.empty(); });
            if (stop.stop_requested()) return;
            --idle;
            auto job = std::move(waiting.front());
            waiting.pop_front();
            lock.unlock();
            job(Fate::kRun);
            job = {};  // what it captured is wiped now, not when the next job comes
            lock.lock();
            ++idle;
        }
    }

    void end() {
        {
            std::lock_guard const lock{mutex};
            has_ended = true;
        }
        for (auto& thread : threads) thread.request_stop();
        threads.clear();
        for (auto& job : waiting) job(Fate::kRefuse);
        waiting.clear();
    }
};

PasswordHasher::PasswordHasher(Settings settings) : state_{std::make_unique<State>(settings)} {
    auto const workers = std::max(1U, settings.workers);
    state_->idle = workers;
    state_->threads.reserve(workers);
    for (unsigned i = 0; i < workers; ++i) {
        state_->threads.emplace_back([state = state_.get()](std::stop_token const& stop) { state->work(stop); });
    }
}

PasswordHasher::~PasswordHasher() { state_->end(); }

void PasswordHasher::hash(crypto::Secret password, Done<std::string> done) {
    state_->submit([settings = state_->settings, password = std::move(password), done = std::move(done)](Fate fate) mutable {
        if (fate == Fate::kRefuse) return done(std::unexpected{Error::kBusy});
        auto made = make_hash(password, settings);
        password = {};
        if (!made) return done(std::unexpected{Error::kBusy});
        done(std::move(*made));
    });
}

void PasswordHasher::check(crypto::Secret password, std::string stored_hash, Done<Verdict> done) {
    state_->submit([settings = state_->settings, password = std::move(password), stored_hash = std::move(stored_hash),
                    done = std::move(done)](Fate fate) mutable {
        if (fate == Fate::kRefuse) return done(std::unexpected{Error::kBusy});
        auto verdict = judge(password, stored_hash, settings);
        password = {};
        done(std::move(verdict));
    });
}

}  // namespace warder::authority
