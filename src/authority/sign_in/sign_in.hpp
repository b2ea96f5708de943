// SPDX-License-Identifier: MIT
#pragma once

#include "authority/sign_in/throttle.hpp"
#include "crypto/secret.hpp"
#include "warder/authority.hpp"
#include "warder/error.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace warder::index {
class UserDirectory;
}  // namespace warder::index

namespace warder::authority {

class PasswordHasher;
class SignInAudit;

/// A user name and password as the client sent them.
struct Credentials {
    std::string username;
    crypto::Secret password;
};

struct SignInError {
    Error error = Error::kWrongCredentials;  ///< kWrongCredentials, kThrottled or kBusy.
    std::chrono::seconds retry_after{};      ///< 1 to 60, for kThrottled and kBusy.
};

/// Verifies user names and passwords.
///
/// Verified credentials are accepted for five minutes at the address where they were verified, without hashing; the
/// cache holds MACs with a key of this process, bound to the address and to the stored hash. All other attempts pass
/// the throttle and cost one evaluation of the password hash, whether or not the user exists. When a user and address
/// exceed the throttle's limit, attempts are only compared with the credentials verified there; after five more wrong
/// attempts within a minute, all are refused. Specter's hashes are upgraded. Each attempt that is not answered from the
/// cache is written to the audit log, without waiting for it.
///
/// The directory, hasher, authority and clock must outlive all requests to the hasher and the store. Any thread may
/// call it; nothing blocks.
class SignIn {
  public:
    using Outcome = std::expected<Principal, SignInError>;

    /// @param on_audit_failure  see `SignInAudit::OnFailure`.
    SignIn(index::UserDirectory const& directory, PasswordHasher& hasher, Authority& authority, Clock const& clock, Random& random,
           std::function<void(Error)> on_audit_failure = {});
    ~SignIn();

    /// Returns the principal if the same credentials were verified at this address within the last five minutes and
    /// nothing has changed since. Costs one MAC.
    [[nodiscard]] std::optional<Principal> verified(Credentials const& credentials, ClientAddress const& address) const;

    /// Checks credentials: cache, throttle, hash. Calls `done` exactly once, from a hashing thread or before it
    /// returns.
    void check(Credentials credentials, ClientAddress address, std::move_only_function<void(Outcome)> done);

    /// Like `check`, but never answers from the cache. Used for `current_password`.
    void confirm(Credentials credentials, ClientAddress address, std::move_only_function<void(Outcome)> done);

    /// Returns the audit events that wait to be written; see `SignInAudit`.
    [[nodiscard]] SignInAudit& audit() noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with requests in flight
};

}  // namespace warder::authority
