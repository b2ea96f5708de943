// SPDX-License-Identifier: MIT
// What a target can't keep.
#include "crypto/password.hpp"
#include "runtime/migration/content_view.hpp"
#include "runtime/migration/migration.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>
#include <utility>

namespace warder::runtime {
namespace {

using authority::StoreCapabilities;

/// One reason why records can't be kept, and the records: how many there are, and the first of them.
class Unkept {
  public:
    /// @param what  the text before the number of records: "the ceilings of". @param why  the text at the end.
    constexpr Unkept(std::string_view what, std::string_view noun, std::string_view why) : what_{what}, noun_{noun}, why_{why} {}

    void add(std::string name) {
        constexpr std::size_t kNamed = 3;
        ++count_;
        if (names_.size() < kNamed) names_.push_back(std::move(name));
    }
    void append_to(std::string& text) const {
        if (count_ == 0) return;
        text.append(text.empty() ? "" : "; ").append(what_).append(what_.empty() ? "" : " ").append(std::to_string(count_)).append(" ").append(noun_);
        text.append(count_ == 1 ? " (" : "s (");
        for (char const* separator = ""; auto const& name : names_) text.append(std::exchange(separator, ", ")).append(name);
        if (auto const more = count_ - static_cast<std::int64_t>(names_.size()); more > 0)
            text.append(" and ").append(std::to_string(more)).append(" more");
        text.append(")").append(why_);
    }

  private:
    std::string_view what_, noun_, why_;
    std::int64_t count_ = 0;
    std::vector<std::string> names_;
};

/// Collects what the target can't keep.
class Inspection {
  public:
    Inspection(StoreCapabilities const& source, StoreCapabilities const& target) : source_{source}, target_{target} {}

    void inspect(UserRecord const& user) {
        names_.emplace(user.id, user.name);
        bool const takes_only_specter = target_.password_hash_kind == crypto::HashKind::kSpecterPbkdf2;
        if (user.ceiling != nullptr && !target_.keeps_ceilings) ceilings_.add(user.name);
        if (user.last_sign_in_at && !target_.keeps_sign_ins) sign_ins_.add(user.name);
        if (!takes_only_specter) return;
        if (user.password_hash.empty()) {
            // In such a store, a user without a password is one whose password is damaged. Elsewhere, it is a service account.
            if (source_.password_hash_kind != crypto::HashKind::kSpecterPbkdf2) services_.add(user.name);
        } else if (!crypto::split_specter(user.password_hash)) {
            passwords_.add(user.name);
        }
    }
    void inspect(TokenRecord const& token) {
        auto const name = [&] { return token.id.text() + " of " + names_[token.owner]; };
        if (needs_texts()) texts_.add(name());
        if (token.succession && !target_.keeps_overlaps) overlaps_.add(name());
        if (token.usage && token.usage->last_at && !target_.keeps_uses) uses_.add(name());
    }
    /// Returns whether tokens must be inspected at all; there may be very many.
    [[nodiscard]] bool is_about_tokens() const noexcept {
        return needs_texts() || (!target_.keeps_overlaps && source_.keeps_overlaps) || (!target_.keeps_uses && source_.keeps_uses);
    }
    [[nodiscard]] std::string text() const {
        std::string text;
        for (auto const* const reason : {&ceilings_, &sign_ins_, &services_, &passwords_, &texts_, &overlaps_, &uses_}) reason->append_to(text);
        return text;
    }

  private:
    [[nodiscard]] bool needs_texts() const noexcept { return target_.keeps_token_texts && !source_.keeps_token_texts; }

    StoreCapabilities source_, target_;
    std::map<UserId, std::string> names_;
    Unkept ceilings_{"the ceilings of", "user", ""};
    Unkept sign_ins_{"the last sign-ins of", "user", ""};
    Unkept services_{"", "service account", ""};
    Unkept passwords_{"the passwords of", "user", ", which are not hashed as Specter Desktop requires"};
    Unkept texts_{"", "token", ", because the target keeps the tokens themselves and the source only their SHA-256"};
    Unkept overlaps_{"the overlaps of", "renewed token", ""};
    Unkept uses_{"the uses of", "token", ""};
};

}  // namespace

std::expected<void, std::string> validate_migration(MigrationSide const& source, StoreCapabilities const& target, crypto::KeyRing const& keys) {
    WARDER_TRY(auto const unkept, read_view<std::string>(source, keys, [&](ContentView const& view) -> Checked<std::string> {
                   Inspection inspection{view.capabilities(), target};
                   WARDER_TRY(auto const users, view.users());
                   for (auto const& user : users) inspection.inspect(user);
                   if (!inspection.is_about_tokens()) return inspection.text();
                   auto tokens = view.tokens();
                   for (;;) {
                       WARDER_TRY(auto const* const token, tokens.next());
                       if (token == nullptr) return inspection.text();
                       inspection.inspect(*token);
                   }
               }));
    if (!unkept.empty()) return std::unexpected{"nothing was written, because the target can't keep: " + unkept};
    return {};
}

}  // namespace warder::runtime
