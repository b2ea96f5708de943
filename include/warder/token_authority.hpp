// SPDX-License-Identifier: MIT
#pragma once

#include "warder/authority.hpp"
#include "warder/duration.hpp"
#include "warder/error.hpp"
#include "warder/grant.hpp"
#include "warder/token.hpp"
#include "warder/verifier.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The library's public API, for programs that embed it: users and tokens of a data directory. A Warder server may use
/// the same directory, but isn't needed.
namespace warder {

struct OpenOptions {
    std::filesystem::path data_dir;                     ///< The data directory, which holds the keys; mode 0700.
    std::string store = "sqlite:<data_dir>/warder.db";  ///< Where users and tokens are stored, as in the configuration.
    bool create_if_missing = false;                     ///< Creates the directory (its parent must exist), the keys and an empty store.
    authority::Authority::Settings tokens{};
    std::size_t password_memory = std::size_t{64} << 20U;  ///< Memory for hashing a new password (Argon2id), in bytes; at least 8 KiB.
    unsigned password_passes = 2;                          ///< At least 1.
    bool logs_to_standard_error = false;                   ///< Logs internal problems. If false, only the errors of the calls report them.
};

/// Mints, lists, renews, deletes and verifies tokens on the same files as `warder serve` and the commands do. Any
/// number of processes may have one data directory open, a server among them.
///
///     auto tokens = warder::TokenAuthority::open({.data_dir = "/var/lib/shop", .create_if_missing = true});
///     if (!tokens) return report(tokens.error());
///     auto minted = tokens->add_token("alice", {.description = "ci runner", .lifetime = std::chrono::hours{24}});
///
/// A program that can read the data directory may do everything, so no call asks for a password. Rules between users
/// are enforced by `authority()`.
///
/// When a call returns, its change is on the disk, and `verify` of this process and running servers use it. A server
/// that doesn't answer within 2 s sees the change a second later. `verify` sees changes by other processes after about
/// a second; `reload` doesn't wait for that.
///
/// Any thread may call any method, but the object must not be moved or destroyed at the same time. All methods but
/// `verify` block, some for an fsync. None may be called from a callback of `authority()`. After an internal error
/// (`kStoreUnavailable`, `kStoreFull`, `kBusy`), nothing was changed.
class TokenAuthority {
  public:
    /// Opens a data directory and loads all of its tokens. Needs write access, even for reading. Doesn't add users.
    /// @return the open directory, or a message that names the file and says what is wrong: it doesn't exist, others may read it, it is
    /// damaged, or a newer version wrote it.
    [[nodiscard]] static std::expected<TokenAuthority, std::string> open(OpenOptions const& options);
    TokenAuthority(TokenAuthority&&) noexcept;
    TokenAuthority& operator=(TokenAuthority&&) noexcept;
    /// Stops all work. Requests to `authority()` are completed or fail with `kStoreUnavailable` before it returns.
    ~TokenAuthority();

    /// Mints a token for a user. The result is the only place that has its text.
    [[nodiscard]] authority::Result<authority::MintedToken> add_token(std::string_view user, authority::MintRequest request);
    /// Revokes a token: `verify` rejects it from now on. Fails with `kTokenNotFound` if it doesn't exist.
    [[nodiscard]] authority::Result<void> delete_token(TokenId const& id);
    /// Returns a token, or `kTokenNotFound`.
    [[nodiscard]] authority::Result<authority::OwnedToken> get_token(TokenId const& id);
    /// Lists tokens, oldest first, including expired ones until they are purged. By default the tokens of all users.
    [[nodiscard]] authority::Result<authority::TokenPage> list_tokens(authority::ListRequest const& request = {
                                                                          .owner = authority::AllUsers{}, .after = {}, .limit = {}});
    /// Changes the description or the grants. Fields without a value stay as they are.
    [[nodiscard]] authority::Result<authority::OwnedToken> edit_token(TokenId const& id, authority::TokenEdit edit);
    /// Replaces a token by a new one with the same description and grants. The old token ends immediately, or after the
    /// overlap.
    [[nodiscard]] authority::Result<authority::MintedToken> renew_token(TokenId const& id, authority::RenewRequest const& request = {});

    /// Verifies a token: one HMAC and a lookup in memory, without a lock that writers hold. If the token names an
    /// unknown key, checks whether the key file has changed.
    /// @param token  any bytes.
    [[nodiscard]] std::expected<authority::VerifiedToken, authority::TokenError> verify(std::string_view token) const;
    /// Like `verify`, and also reads the token's description.
    /// @param description  receives it as it was minted; if `is_edited`, the store has a newer one.
    [[nodiscard]] std::expected<authority::VerifiedToken, authority::TokenError> verify(std::string_view token, std::string& description) const;
    /// Returns whether a verified token may make this request: whether its grants and its user's ceiling, as they are now,
    /// cover it.
    [[nodiscard]] bool covers(authority::VerifiedToken const& token, AccessRequest const& access) const noexcept {
        return verifier().covers(token, access);
    }

    /// Returns whether a client with this address may use a verified token, as its policy is now.
    [[nodiscard]] bool accepts_from(authority::VerifiedToken const& token, IpAddress const& client) const noexcept {
        return verifier().accepts_from(token, client);
    }

    struct UserTraits {
        bool is_admin = false;
        Grants ceiling{};  ///< Limits all of the user's tokens; null: no ceiling.
    };
    /// Adds a user.
    /// @param password  8 to 1024 bytes of UTF-8 that don't look like a token. The user can sign in with it at a server
    /// of the same data directory.
    [[nodiscard]] authority::Result<UserRecord> add_user(std::string_view name, std::string_view password, UserTraits traits);
    [[nodiscard]] authority::Result<UserRecord> add_user(std::string_view name, std::string_view password) { return add_user(name, password, {}); }
    /// Deletes a user and all of their tokens. Fails with `kLastAdmin` if the user is the last administrator.
    [[nodiscard]] authority::Result<void> delete_user(std::string_view name);
    /// Returns a user, or `kUserNotFound`.
    [[nodiscard]] authority::Result<UserRecord> get_user(std::string_view name);
    [[nodiscard]] authority::Result<std::vector<UserRecord>> list_users();
    [[nodiscard]] authority::Result<UserRecord> edit_user(std::string_view name, authority::UserEdit edit);
    [[nodiscard]] authority::Result<void> set_password(std::string_view name, std::string_view password);

    /// Deletes a batch of tokens that expired longer ago than `tokens.keep_expired`. Nothing else in the library does
    /// this: call it now and then, and again at once until it returns 0. A server on the same data directory purges by
    /// itself.
    /// @return how many tokens were deleted.
    [[nodiscard]] authority::Result<std::int64_t> purge();

    /// Reads the changes that other processes had made to keys and tokens before the call.
    /// @return whether everything could be read.
    bool reload();

    /// Returns the same use cases without blocking, for programs that serve many clients. Running servers are not
    /// notified of its changes; they see them within about a second. The reference is valid as long as this object
    /// exists, even if the object is moved.
    [[nodiscard]] authority::Authority& authority() noexcept;
    [[nodiscard]] authority::Verifier const& verifier() const noexcept;

  private:
    struct Parts;
    explicit TokenAuthority(std::unique_ptr<Parts> parts) noexcept;
    std::unique_ptr<Parts> parts_;
};

}  // namespace warder
