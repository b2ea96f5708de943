// SPDX-License-Identifier: MIT
#pragma once

#include "authority/throttle.hpp"
#include "crypto/secret.hpp"
#include "warder/authority.hpp"
#include "warder/error.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace warder::index {
class UserDirectory;
}  // namespace warder::index

namespace warder::authority {

class PasswordHasher;
class SignInAudit;

/// A name and a password as they were presented.
struct Credentials {
    std::string username;
    crypto::Secret password;
};

struct SignInRefusal {
    Error error = Error::kWrongCredentials;  ///< kWrongCredentials, kThrottled or kBusy.
    std::chrono::seconds retry_after{};      ///< 1 to 60, for kThrottled and kBusy.
};

/// Verifies user names and passwords. Credentials that were verified count for five minutes at the address where they were verified, without hashing
/// (under a MAC key of this process, bound to the address and to the stored hash); everything else passes the throttle and costs one Argon2id
/// evaluation, whether or not the user exists. A user and address beyond the throttle's limit are compared with what was verified there until five
/// more attempts within a minute were wrong; then everything is refused. Specter's hashes are upgraded. Each attempt that doesn't come from the cache
/// goes into the audit log, which nobody waits for. The directory, hasher, authority and clock must live until the hasher and the store have ended.
/// Any thread may call it; nothing blocks.
class SignIn {
  public:
    using Outcome = std::expected<Caller, SignInRefusal>;

    /// @param on_audit_failure  see `SignInAudit::OnFailure`.
    SignIn(index::UserDirectory const& directory, PasswordHasher& hasher, Authority& authority, Clock const& clock, Random& random,
           std::function<void(Error)> on_audit_failure = {});
    ~SignIn();

    /// The caller, if these very credentials were verified at this address in the last five minutes and nothing changed since. Costs one MAC.
    [[nodiscard]] std::optional<Caller> verified(Credentials const& credentials, ClientAddress const& address) const;

    /// The whole way: cache, throttle, hash. `done` comes once, from a hashing thread or before the call returns.
    void check(Credentials credentials, ClientAddress address, std::move_only_function<void(Outcome)> done);

    /// As `check`, but never answers from the cache: for `current_password`.
    void confirm(Credentials credentials, ClientAddress address, std::move_only_function<void(Outcome)> done);

    /// What waits to be written to the audit log, see `SignInAudit`.
    [[nodiscard]] SignInAudit& audit() noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with requests in flight
};

}  // namespace warder::authority
