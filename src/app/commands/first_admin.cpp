// SPDX-License-Identifier: MIT
#include "app/commands/first_admin.hpp"

#include "app/commands/initial_password.hpp"
#include "authority/sign_in/password_rule.hpp"
#include "authority/wait.hpp"
#include "core/rules.hpp"
#include "core/text/base64url.hpp"
#include "runtime/local_principal.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace warder::app {
namespace {

using authority::wait;

constexpr std::string_view kFirstAdmin = "admin";

crypto::Secret generate_password(Random& random) {
    std::array<char, 18> bytes{};
    random.fill(std::as_writable_bytes(std::span{bytes}));
    auto text = core::to_base64url({bytes.data(), bytes.size()});
    crypto::Secret password{text};
    crypto::wipe(text);
    return password;
}

}  // namespace

FirstPasswordWatch::FirstPasswordWatch(std::filesystem::path file) : file_{std::move(file)} {}

void FirstPasswordWatch::on_changes(std::span<authority::Change const> changes) {
    for (auto const& change : changes)
        if (auto const* const put = std::get_if<authority::UserUpserted>(&change)) look_at(put->user);
        else if (std::holds_alternative<authority::Reset>(change)) is_seen_ = false;
        else if (is_end_of_admin(change)) forget();
}

bool FirstPasswordWatch::is_end_of_admin(authority::Change const& change) const {
    if (auto const* const removed = std::get_if<authority::UserRemoved>(&change)) return removed->id == admin_;
    return std::holds_alternative<authority::ResetComplete>(change) && admin_ && !is_seen_;
}

void FirstPasswordWatch::look_at(UserRecord const& user) {
    if (core::fold_name(user.name) != kFirstAdmin) return;
    // A new hash may be of the same password: sign-ins upgrade hashes to a higher cost.
    bool const is_another = admin_ && (user.id != admin_ || user.password_hash != hash_);
    if (is_another && !is_initial_password(file_, user.password_hash)) forget();
    admin_ = user.id;
    hash_ = user.password_hash;
    is_seen_ = true;
}

void FirstPasswordWatch::forget() const { ::unlink(file_.c_str()); }

std::optional<crypto::Secret> take_password_from_environment() {
    char* const value = std::getenv("WARDER_ADMIN_PASSWORD");
    if (value == nullptr) return std::nullopt;
    std::string_view const text{value};
    // The files and commands that provide the value end with a newline, which is not part of the password.
    auto line = text;
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.size() < text.size() && line.ends_with('\r')) line.remove_suffix(1);
    crypto::Secret password{line};
    // Other processes of the same user can read a process's environment as long as the process runs.
    crypto::wipe(std::as_writable_bytes(std::span{value, text.size()}));
    ::unsetenv("WARDER_ADMIN_PASSWORD");
    return password;
}

std::expected<void, std::string> validate_first_password(std::optional<crypto::Secret> const& given) {
    auto const valid = given ? authority::validate_password(given->view()) : authority::Result<void>{};
    if (valid) return {};
    return std::unexpected{"WARDER_ADMIN_PASSWORD: " + std::string{authority::message(valid.error())} + " Nothing was created."};
}

std::expected<void, std::string> make_first_admin(Config const& config, runtime::Instance& instance, authority::PasswordHasher& hasher,
                                                  std::optional<crypto::Secret> given, store::OpenMode mode) {
    auto& authority = instance.authority();
    auto const users = wait<std::vector<UserRecord>>([&](auto done) { authority.list_users(std::move(done)); });
    if (!users) return std::unexpected{std::string{authority::message(users.error())}};
    if (!users->empty()) {
        if (given) instance.log().info("setting_ignored", {{"variable", "WARDER_ADMIN_PASSWORD"}, {"why", "the store already has users"}});
        return {};
    }
    if (mode == store::OpenMode::kRequired) return std::unexpected{"store " + store::describe(config.store_url()) + ": " + store::kStoreIsMissing};

    if (auto usable = validate_first_password(given); !usable) return usable;
    auto const password = given ? std::move(*given) : generate_password(instance.random());
    bool const is_shown = ::isatty(STDOUT_FILENO) == 1;
    // An interrupted first start may have left the file.
    if (given || is_shown) ::unlink(initial_password_file(config).c_str());
    else if (auto written = write_initial_password(config, password); !written) return written;

    auto hash = wait<std::string>([&](auto done) { hasher.hash(password.copy(), {}, std::move(done)); });
    if (!hash) return std::unexpected{"can't hash the password of the first administrator: not enough memory for passwords.memory"};
    auto const made = wait<UserRecord>([&](auto done) {
        authority.add_user(runtime::local_principal(),
                           {.name = std::string{kFirstAdmin}, .password_hash = std::move(*hash), .is_admin = true, .ceiling = {}}, std::move(done));
    });
    if (!made && made.error() == authority::Error::kUserExists) {
        // Another node has made the same user since the store was found empty, with a password of its own.
        if (!given && !is_shown) ::unlink(initial_password_file(config).c_str());
        instance.log().info("first_admin_exists", {{"why", "another server made it at the same time"}});
        return {};
    }
    if (!made) return std::unexpected{std::string{authority::message(made.error())}};

    if (!given && is_shown)
        std::printf("warder: created the user \"admin\" with the password %.*s\nwarder: write it down, because it is not shown again\n",
                    static_cast<int>(password.view().size()), password.view().data());
    else if (!given)
        instance.log().info("initial_password_written", {{"file", std::string_view{initial_password_file(config).native()}},
                                                         {"effect", "sign in as admin with it; the file is removed when the password changes"}});
    return {};
}

}  // namespace warder::app
