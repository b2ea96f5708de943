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

/// The library's front door: users and tokens of a data dir, for programs that have no server of ours beside them, or do.
namespace warder {

struct OpenOptions {
    std::filesystem::path data_dir;                     ///< The folder of the keys; 0700.
    std::string store = "sqlite:<data_dir>/warder.db";  ///< Where users and tokens are kept, as in the configuration.
    bool create_if_missing = false;                     ///< Makes the folder (its parent must be there), keys and an empty store.
    authority::Authority::Settings tokens{};
    std::size_t password_memory = std::size_t{64} << 20U;  ///< Bytes that hashing a new password takes (Argon2id); at least 8 KiB.
    unsigned password_passes = 2;                          ///< At least 1.
    bool logs_to_standard_error = false;                   ///< What goes wrong inside; without it only the errors of the calls tell.
};

/// Mints, lists, renews, deletes and verifies tokens, as `warder serve` and the commands do, on the same files: any number of processes may have one
/// data dir open, a server among them.
///
///     auto tokens = warder::TokenAuthority::open({.data_dir = "/var/lib/shop", .create_if_missing = true});
///     if (!tokens) return complain(tokens.error());
///     auto minted = tokens->add_token("alice", {.description = "ci runner", .life = std::chrono::hours{24}});
///
/// Whoever has the data dir may do everything, so nobody is asked for a password here. What users may do among each other, `authority()` knows.
///
/// What changes holds when the call returns: it is on the disk, `verify` of this process knows it, and so does a running server (one that doesn't
/// answer within 2 s learns of it a second later). What others change `verify` knows after about a second; `read_again` doesn't wait for that.
///
/// Any thread may call any method, but not move or destroy the object meanwhile. All but `verify` block, some for an fsync. None may be called from a
/// callback of `authority()`. Errors of the machinery (`kStoreUnavailable`, `kStoreFull`, `kBusy`) say that nothing was changed.
class TokenAuthority {
  public:
    /// Opens a data dir and loads all of its tokens. Needs to write there, also for reading alone. Doesn't make users.
    /// @return else a sentence that names the file and says what would be right: there is none, others may read it, it is damaged or newer.
    [[nodiscard]] static std::expected<TokenAuthority, std::string> open(OpenOptions const& options);
    TokenAuthority(TokenAuthority&&) noexcept;
    TokenAuthority& operator=(TokenAuthority&&) noexcept;
    /// Ends what is under way; what `authority()` was asked for is done or answered with `kStoreUnavailable` before it returns.
    ~TokenAuthority();

    /// Mints a token for a user. Its text is in the answer and nowhere else.
    [[nodiscard]] authority::Result<authority::MintedToken> add_token(std::string_view user, authority::MintRequest request);
    /// The token is refused from the next `verify` on. `kTokenNotFound` if it isn't there.
    [[nodiscard]] authority::Result<void> delete_token(TokenId const& id);
    [[nodiscard]] authority::Result<authority::OwnedToken> get_token(TokenId const& id);
    /// Oldest first, expired ones included while they are kept. Without a user's name (`AllUsers`): all there are.
    [[nodiscard]] authority::Result<authority::TokenPage> list_tokens(authority::ListRequest const& request = {
                                                                          .owner = authority::AllUsers{}, .after = {}, .limit = {}});
    /// Changes the description or the limit; what is not named stays.
    [[nodiscard]] authority::Result<authority::OwnedToken> edit_token(TokenId const& id, authority::TokenEdit edit);
    /// Replaces a token by a new one of the same description and limit; the old one ends at once, or after the overlap.
    [[nodiscard]] authority::Result<authority::MintedToken> renew_token(TokenId const& id, authority::RenewRequest const& request = {});

    /// Judges a token: one HMAC and a look into memory, no lock that a writer holds. Only for a key that isn't known it looks whether the key file
    /// has changed.
    /// @param token  any bytes. @param scratch  what the answer's views point into, together with `token`.
    [[nodiscard]] std::expected<authority::VerifiedToken, authority::TokenError> verify(std::string_view token,
                                                                                        authority::VerifierScratch& scratch) const;

    struct UserTraits {
        bool is_admin = false;
        Grants ceiling{};  ///< Bounds all of the user's tokens; null: nothing does.
    };
    /// @param password  8 to 1024 bytes of UTF-8 that are no token; with it the user can sign in at a server of the same data dir.
    [[nodiscard]] authority::Result<UserRecord> add_user(std::string_view name, std::string_view password, UserTraits traits);
    [[nodiscard]] authority::Result<UserRecord> add_user(std::string_view name, std::string_view password) { return add_user(name, password, {}); }
    /// All of the user's tokens go, too. `kLastAdmin` if others would be left without an administrator.
    [[nodiscard]] authority::Result<void> delete_user(std::string_view name);
    [[nodiscard]] authority::Result<UserRecord> get_user(std::string_view name);
    [[nodiscard]] authority::Result<std::vector<UserRecord>> list_users();
    [[nodiscard]] authority::Result<UserRecord> edit_user(std::string_view name, authority::UserEdit edit);
    [[nodiscard]] authority::Result<void> set_password(std::string_view name, std::string_view password);

    /// Deletes some of the tokens that expired longer ago than `tokens.keep_expired`. Nothing else here does: call it now and then, and again at once
    /// while the answer is not 0. A server on the same data dir does so by itself.
    [[nodiscard]] authority::Result<std::int64_t> purge();

    /// What other processes had changed before the call, keys and tokens, is known when it returns.
    /// @return whether everything could be read.
    bool read_again();

    /// The same use cases without waiting, for programs that serve many: see there. It doesn't tell a running server of its changes, which learns of
    /// them within about a second. Lives as long as this object does, also when that is moved.
    [[nodiscard]] authority::Authority& authority() noexcept;
    [[nodiscard]] authority::Verifier const& verifier() const noexcept;

  private:
    struct Parts;
    explicit TokenAuthority(std::unique_ptr<Parts> parts) noexcept;
    std::unique_ptr<Parts> parts_;
};

}  // namespace warder
