// SPDX-License-Identifier: MIT
#include "warder/token_authority.hpp"

#include "authority/sign_in/password_rule.hpp"
#include "authority/wait.hpp"
#include "core/try.hpp"
#include "crypto/password.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/instance.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/local_principal.hpp"
#include "runtime/open_store.hpp"

#include <system_error>
#include <utility>

namespace warder {

using authority::Error;
using authority::Result;
using authority::wait;

struct TokenAuthority::Parts {
    std::filesystem::path data_dir;
    crypto::Argon2Cost cost;
    std::unique_ptr<runtime::Instance> instance;
    authority::Principal principal = runtime::local_principal();

    [[nodiscard]] authority::Authority& authority() const noexcept { return instance->authority(); }

    /// Loads the current keys before signing: a token signed with a key that another process has retired would not be
    /// accepted. If the file can't be read, the current keys stay in force.
    void take_current_keys() const { static_cast<void>(instance->reload_keys_if_changed()); }

    /// Runs a use case that changes something, and notifies a running server. The change is in force there when this
    /// returns or, if the server doesn't answer, soon after.
    template <class T, class Call>
    Result<T> change(Call call) const {
        auto result = wait<T>(std::move(call));
        if (result) static_cast<void>(runtime::notify_server(data_dir));
        return result;
    }

    template <class... Description>
    [[nodiscard]] std::expected<authority::VerifiedToken, authority::TokenError> verify(std::string_view token, Description&... description) const {
        auto const& verifier = instance->verifier();
        auto verified = verifier.verify(token, description...);
        if (verified || verified.error() != authority::TokenError::kUnknownKey) return verified;
        // The token may be signed with a key that was created after the keys were loaded.
        take_current_keys();
        return verifier.verify(token, description...);
    }

    [[nodiscard]] Result<std::string> hash(std::string_view password) const {
        WARDER_TRY_VOID(authority::validate_password(password));
        bool const is_for_specter = instance->store_capabilities().password_hash_kind == crypto::HashKind::kSpecterPbkdf2;
        auto hash = is_for_specter ? crypto::hash_as_specter(crypto::Secret{password}) : crypto::hash_password(crypto::Secret{password}, cost);
        if (!hash) return std::unexpected{Error::kBusy};
        return std::move(*hash);
    }
};

namespace {

/// Loads the existing keys. If there are none and `create_if_missing` is set, creates them; a lock ensures that only
/// one process does.
std::expected<runtime::StartKeys, std::string> take_keys(OpenOptions const& options, store::StoreUrl const& store) {
    auto loaded = runtime::load_key_file(runtime::key_file(options.data_dir));
    if (loaded)
        return runtime::StartKeys{.ring = std::move(loaded->ring),
                                  .mode = options.create_if_missing ? runtime::open_mode_for(loaded->use, false) : store::OpenMode::kExisting};
    std::error_code unclear;
    if (!options.create_if_missing || std::filesystem::exists(runtime::key_file(options.data_dir), unclear))
        return std::unexpected{std::move(loaded.error().message)};
    WARDER_TRY(auto const lock, runtime::DataDirectoryLock::acquire(options.data_dir));
    runtime::SystemRandom random;
    return runtime::load_or_make_keys(options.data_dir, store, random, runtime::SystemClock{});
}

}  // namespace

std::expected<TokenAuthority, std::string> TokenAuthority::open(OpenOptions const& options) {
    auto const store = store::parse_store_url(options.store, options.data_dir);
    if (!store) return std::unexpected{"invalid store URL: expected " + store.error()};
    if (runtime::store_capabilities(*store).keeps_keys)
        return std::unexpected{"the library opens local stores: \"sqlite:PATH\" or \"users-json:PATH\"; one that several nodes share needs a server"};
    WARDER_TRY(auto keys, take_keys(options, *store));
    WARDER_TRY_VOID(runtime::validate_data_directory(options.data_dir));

    auto const log_level = options.logs_to_standard_error ? log::Level::kInfo : log::Level::kNone;
    WARDER_TRY(auto instance,
               runtime::Instance::open({.data_dir = options.data_dir, .store = *store, .tokens = options.tokens, .log_level = log_level},
                                       std::move(keys.ring), keys.mode));
    WARDER_TRY_VOID(instance->follow());
    // A store without users has nothing to lose yet. The first server to start will create the first user.
    auto const users = wait<std::vector<UserRecord>>([&](auto done) { instance->authority().list_users(std::move(done)); });
    if (options.create_if_missing && users && !users->empty()) WARDER_TRY_VOID(runtime::mark_keys_as_used(options.data_dir));
    return TokenAuthority{std::unique_ptr<Parts>{new Parts{.data_dir = options.data_dir,
                                                           .cost = {.memory_bytes = options.password_memory, .passes = options.password_passes},
                                                           .instance = std::move(instance)}}};
}

TokenAuthority::TokenAuthority(std::unique_ptr<Parts> parts) noexcept : parts_{std::move(parts)} {}
TokenAuthority::TokenAuthority(TokenAuthority&&) noexcept = default;
TokenAuthority& TokenAuthority::operator=(TokenAuthority&&) noexcept = default;
TokenAuthority::~TokenAuthority() = default;

Result<authority::MintedToken> TokenAuthority::add_token(std::string_view user, authority::MintRequest request) {
    parts_->take_current_keys();
    return parts_->change<authority::MintedToken>(
        [&](auto done) { parts_->authority().mint_for(parts_->principal, std::string{user}, std::move(request), std::move(done)); });
}

Result<void> TokenAuthority::delete_token(TokenId const& id) {
    return parts_->change<void>([&](auto done) { parts_->authority().revoke(parts_->principal, id, std::move(done)); });
}

Result<authority::OwnedToken> TokenAuthority::get_token(TokenId const& id) {
    return wait<authority::OwnedToken>([&](auto done) { parts_->authority().show(parts_->principal, id, std::move(done)); });
}

Result<authority::TokenPage> TokenAuthority::list_tokens(authority::ListRequest const& request) {
    return wait<authority::TokenPage>([&](auto done) { parts_->authority().list(parts_->principal, request, std::move(done)); });
}

Result<authority::OwnedToken> TokenAuthority::edit_token(TokenId const& id, authority::TokenEdit edit) {
    return parts_->change<authority::OwnedToken>(
        [&](auto done) { parts_->authority().edit(parts_->principal, id, std::move(edit), std::move(done)); });
}

Result<authority::MintedToken> TokenAuthority::renew_token(TokenId const& id, authority::RenewRequest const& request) {
    parts_->take_current_keys();
    return parts_->change<authority::MintedToken>([&](auto done) { parts_->authority().renew(parts_->principal, id, request, std::move(done)); });
}

std::expected<authority::VerifiedToken, authority::TokenError> TokenAuthority::verify(std::string_view token) const { return parts_->verify(token); }

std::expected<authority::VerifiedToken, authority::TokenError> TokenAuthority::verify(std::string_view token, std::string& description) const {
    return parts_->verify(token, description);
}

Result<UserRecord> TokenAuthority::add_user(std::string_view name, std::string_view password, UserTraits traits) {
    WARDER_TRY(auto hash, parts_->hash(password));
    authority::NewUser user{
        .name = std::string{name}, .password_hash = std::move(hash), .is_admin = traits.is_admin, .ceiling = std::move(traits.ceiling)};
    return parts_->change<UserRecord>([&](auto done) { parts_->authority().add_user(parts_->principal, std::move(user), std::move(done)); });
}

Result<void> TokenAuthority::delete_user(std::string_view name) {
    return parts_->change<void>([&](auto done) { parts_->authority().remove_user(parts_->principal, std::string{name}, std::move(done)); });
}

Result<UserRecord> TokenAuthority::get_user(std::string_view name) {
    return wait<UserRecord>([&](auto done) { parts_->authority().show_user(std::string{name}, std::move(done)); });
}

Result<std::vector<UserRecord>> TokenAuthority::list_users() {
    return wait<std::vector<UserRecord>>([&](auto done) { parts_->authority().list_users(std::move(done)); });
}

Result<UserRecord> TokenAuthority::edit_user(std::string_view name, authority::UserEdit edit) {
    return parts_->change<UserRecord>(
        [&](auto done) { parts_->authority().edit_user(parts_->principal, std::string{name}, std::move(edit), std::move(done)); });
}

Result<void> TokenAuthority::set_password(std::string_view name, std::string_view password) {
    WARDER_TRY(auto hash, parts_->hash(password));
    return parts_->change<void>(
        [&](auto done) { parts_->authority().set_password(parts_->principal, std::string{name}, std::move(hash), std::move(done)); });
}

Result<std::int64_t> TokenAuthority::purge() {
    WARDER_TRY(auto const purged, parts_->instance->purge());
    return purged.tokens + purged.events;
}

bool TokenAuthority::reload() { return parts_->instance->reload(); }

authority::Authority& TokenAuthority::authority() noexcept { return parts_->authority(); }
authority::Verifier const& TokenAuthority::verifier() const noexcept { return parts_->instance->verifier(); }

}  // namespace warder
