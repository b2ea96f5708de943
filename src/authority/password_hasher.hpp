// SPDX-License-Identifier: MIT
#pragma once

#include "authority/hashing_queue.hpp"
#include "crypto/password.hpp"
#include "crypto/secret.hpp"
#include "warder/error.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace warder::authority {

/// A few threads that do nothing but hash passwords, behind a fair queue with a bound (see `HashingQueue`), so that neither bearer traffic nor memory
/// suffers from sign-ins. Any thread may call it.
class PasswordHasher {
  public:
    struct Settings {
        crypto::Argon2Cost cost;
        /// What it makes: Specter's kind only where Specter's own file is the store, and then that is what a check costs, and no hash is of an old
        /// kind.
        crypto::HashKind kind = crypto::HashKind::kArgon2id;
        unsigned workers = 2;
        std::size_t queue = 64;  ///< Jobs that may wait; for one more, that one or another is refused.
    };
    explicit PasswordHasher(Settings settings);
    /// Ends the threads; jobs that still wait are answered with `kBusy`.
    ~PasswordHasher();

    /// Hashes a password that is about to be set. `kBusy` if the queue is full or memory is short.
    void hash(crypto::Secret password, HashOrigin const& origin, Done<std::string> done);

    struct Attempt {
        crypto::Secret password;
        std::string stored_hash;  ///< Empty: there is no such user.
        /// What is evaluated where there is no hash of a known kind; nullopt: as for a hash of Specter's kind.
        std::optional<crypto::Argon2Cost> cost_without_hash{};
        HashOrigin origin{};
    };
    /// What a check found: whether the password is right, and a new hash to keep if the stored one is of an old kind or cost.
    struct Verdict {
        bool is_right = false;
        std::string upgraded_hash;
    };
    /// Checks a password against a stored hash, or, without one, against nobody's: one evaluation in each case. `kBusy` as above: then nothing is
    /// known about the password.
    void check(Attempt attempt, Done<Verdict> done);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace warder::authority
