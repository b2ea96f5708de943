// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "crypto/secret.hpp"
#include "runtime/instance.hpp"
#include "store/common/open.hpp"
#include "warder/store.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

/// The first administrator, who is created when a server starts with a store that has no users.
namespace warder::app {

/// Deletes the file of the initial password once it is no longer the administrator's password.
class FirstPasswordWatch final : public authority::ChangeListener {
  public:
    explicit FirstPasswordWatch(std::filesystem::path file);

    void on_changes(std::span<authority::Change const> changes) override;

  private:
    [[nodiscard]] bool is_end_of_admin(authority::Change const& change) const;
    void look_at(UserRecord const& user);
    void forget() const;

    std::filesystem::path file_;
    std::optional<UserId> admin_;
    std::string hash_;
    bool is_seen_ = false;  ///< Since the last `Reset`.
};

/// Returns the password in WARDER_ADMIN_PASSWORD, if it is set, and removes it from the environment.
[[nodiscard]] std::optional<crypto::Secret> take_password_from_environment();

/// Checks the password from the environment, if there is one.
[[nodiscard]] std::expected<void, std::string> validate_first_password(std::optional<crypto::Secret> const& given);

/// Creates the first administrator if the store has no users.
/// @param given  the password from the environment, if there is one; ignored if there are users.
/// @param mode  how the store was opened. A store that was required but has no users has lost its content.
std::expected<void, std::string> make_first_admin(Config const& config, runtime::Instance& instance, authority::PasswordHasher& hasher,
                                                  std::optional<crypto::Secret> given, store::OpenMode mode);

}  // namespace warder::app
