// SPDX-License-Identifier: MIT
#pragma once

#include "authority/sign_in/hashing_queue.hpp"
#include "crypto/password.hpp"
#include "crypto/secret.hpp"
#include "warder/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace warder::authority {

/// Hashes passwords on a few dedicated threads with a bounded, fair queue (see `HashingQueue`), so that sign-ins
/// neither slow down bearer requests nor exhaust memory. Any thread may call it.
class PasswordHasher {
  public:
    struct Settings {
        crypto::Argon2Cost cost;
        /// The kind of hash to make. Specter's kind is only used if Specter's own file is the store; then checks cost
        /// one evaluation of that kind, and hashes are never upgraded.
        crypto::HashKind kind = crypto::HashKind::kArgon2id;
        unsigned workers = 2;
        std::size_t queue = 64;  ///< Maximum number of waiting jobs; beyond that, the new job or another one is refused.
    };
    explicit PasswordHasher(Settings settings);
    /// Stops the threads. Waiting jobs fail with `kBusy`.
    ~PasswordHasher();

    /// Hashes a new password. Fails with `kBusy` if the queue is full or memory is short.
    void hash(crypto::Secret password, HashOrigin const& origin, Done<std::string> done);

    struct Attempt {
        crypto::Secret password;
        std::string stored_hash;  ///< Empty: the user doesn't exist.
        /// Cost to evaluate if there is no hash of a known kind; nullopt: as for a hash of Specter's kind.
        std::optional<crypto::Argon2Cost> cost_without_hash{};
        HashOrigin origin{};
    };
    /// The result of a check: whether the password is right, and a new hash to store if the stored one has an outdated
    /// kind or cost.
    struct Verdict {
        bool is_right = false;
        std::string upgraded_hash;
    };
    /// Checks a password against a stored hash. Without one, checks against a dummy, so that the cost is the same in
    /// both cases. Fails with `kBusy` as above; this says nothing about the password.
    void check(Attempt attempt, Done<Verdict> done);

    /// Returns the number of jobs that wait for a thread.
    [[nodiscard]] std::size_t queue_length() const;
    /// Returns how many jobs were refused because the queue was full.
    [[nodiscard]] std::uint64_t refusals() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace warder::authority
