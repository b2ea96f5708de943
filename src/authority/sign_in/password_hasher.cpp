// SPDX-License-Identifier: MIT
#include "authority/sign_in/password_hasher.hpp"

#include "metrics/counter.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

using JobAction = HashingQueue::JobAction;
using Job = HashingQueue::Job;
using Attempt = PasswordHasher::Attempt;

/// A dummy hash of Specter's kind. Every check evaluates one, because the time would otherwise reveal which users were
/// imported.
constexpr char const* kUnusedImportedHash = "$specter-pbkdf2$c3BlbnQgZm9yIG5vYm9keSwgZm9yIHRpbWU=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Each check makes one Argon2id evaluation: it verifies an Argon2id hash, or else makes one and discards it unless it
/// is needed, so that the time doesn't reveal whether the user exists. A second evaluation is made only for a caller
/// who knows the password.
Result<PasswordHasher::Verdict> evaluate(Attempt const& attempt, crypto::Argon2Cost cost) {
    auto const& [password, stored_hash, cost_without_hash, origin] = attempt;
    auto const kind = crypto::kind_of(stored_hash);
    auto const match = crypto::matches(password, stored_hash);
    if (match == crypto::Match::kUnknown) return std::unexpected{Error::kBusy};
    if (kind != crypto::HashKind::kSpecterPbkdf2) static_cast<void>(crypto::matches(password, kUnusedImportedHash));
    bool const is_right = match == crypto::Match::kYes;
    if (kind == crypto::HashKind::kArgon2id) {
        if (!is_right || !crypto::needs_rehash(stored_hash, cost)) return PasswordHasher::Verdict{.is_right = is_right, .upgraded_hash = {}};
        // If memory is short, the old hash stays. The password is right anyway.
        return PasswordHasher::Verdict{.is_right = true, .upgraded_hash = crypto::hash_password(password, cost).value_or("")};
    }
    auto fresh = crypto::hash_password(password, kind == crypto::HashKind::kSpecterPbkdf2 ? cost : cost_without_hash.value_or(cost));
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

Result<PasswordHasher::Verdict> evaluate(Attempt const& attempt, PasswordHasher::Settings const& settings) {
    if (settings.kind != crypto::HashKind::kSpecterPbkdf2) return evaluate(attempt, settings.cost);
    bool const is_known = crypto::kind_of(attempt.stored_hash) == crypto::HashKind::kSpecterPbkdf2;
    auto const match = crypto::matches(attempt.password, is_known ? attempt.stored_hash : kUnusedImportedHash);
    if (match == crypto::Match::kUnknown) return std::unexpected{Error::kBusy};
    return PasswordHasher::Verdict{.is_right = is_known && match == crypto::Match::kYes, .upgraded_hash = {}};
}

/// Reports any lack of memory as `kBusy`, never as a wrong password.
template <class T, class Work>
Result<T> unless_memory_is_short(Work work) {
    try {
        return work();
    } catch (std::bad_alloc const&) {
        return std::unexpected{Error::kBusy};
    }
}

}  // namespace

struct PasswordHasher::State {
    explicit State(Settings const& its_settings) : settings{its_settings} {}

    Settings settings;
    std::mutex mutex;
    std::condition_variable_any wake;
    HashingQueue waiting;
    unsigned idle = 0;  ///< Threads without a job. Jobs for them don't count against the limit.
    bool has_ended = false;
    metrics::SharedCounter refusals;
    std::vector<std::jthread> threads;

    void submit(Job job, HashOrigin const& origin) {
        std::unique_lock lock{mutex};
        auto refused =
            has_ended ? std::optional{std::move(job)} : waiting.push(std::move(job), origin, settings.queue + idle, std::chrono::steady_clock::now());
        lock.unlock();
        wake.notify_one();
        if (!refused) return;
        refusals.add();
        (*refused)(JobAction::kReject);
    }

    void work(std::stop_token const& stop) {
        std::unique_lock lock{mutex};
        while (true) {
            wake.wait(lock, stop, [this] { return !waiting.empty(); });
            if (stop.stop_requested()) return;
            --idle;
            auto job = waiting.pop();
            lock.unlock();
            try {
                job(JobAction::kRun);
            } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): destroying the job ends the wait for it
            }
            job = {};  // wipe what it captured now, not when the next job comes
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
        for (auto& job : waiting.take_all()) job(JobAction::kReject);
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

std::size_t PasswordHasher::queue_length() const {
    std::lock_guard const lock{state_->mutex};
    return state_->waiting.size();
}

std::uint64_t PasswordHasher::refusals() const noexcept { return state_->refusals.value(); }

void PasswordHasher::hash(crypto::Secret password, HashOrigin const& origin, Done<std::string> done) {
    auto job = [settings = state_->settings, password = std::move(password), done = std::move(done)](JobAction action) mutable {
        if (action == JobAction::kReject) return done(std::unexpected{Error::kBusy});
        auto made = unless_memory_is_short<std::string>([&]() -> Result<std::string> {
            auto text = make_hash(password, settings);
            if (!text) return std::unexpected{Error::kBusy};
            return std::move(*text);
        });
        password = {};
        done(std::move(made));
    };
    state_->submit(std::move(job), origin);
}

void PasswordHasher::check(Attempt attempt, Done<Verdict> done) {
    auto const origin = attempt.origin;
    auto job = [settings = state_->settings, attempt = std::move(attempt), done = std::move(done)](JobAction action) mutable {
        if (action == JobAction::kReject) return done(std::unexpected{Error::kBusy});
        auto verdict = unless_memory_is_short<Verdict>([&] { return evaluate(attempt, settings); });
        attempt.password = {};
        done(std::move(verdict));
    };
    state_->submit(std::move(job), origin);
}

}  // namespace warder::authority
