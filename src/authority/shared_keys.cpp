// SPDX-License-Identifier: MIT
// The signing keys that several nodes share.
#include "authority/run.hpp"
#include "core/try.hpp"
#include "crypto/key_ring.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace warder::authority {
namespace {

/// Returns whether the key may be removed: it is there, and another one signs.
Result<void> validate_removal(std::vector<StoredKey> const& keys, std::string_view id) {
    if (std::ranges::find(keys, id, &StoredKey::id) == keys.end()) return std::unexpected{Error::kUnknownKey};
    auto const may_sign = [](StoredKey const& key) { return key.is_everywhere && key.origin != crypto::KeyOrigin::kImported; };
    auto const signing = std::find_if(keys.rbegin(), keys.rend(), may_sign);
    if (signing == keys.rend() || signing->id == id) return std::unexpected{Error::kKeyIsSigning};
    return {};
}

}  // namespace

void Authority::add_shared_key(Principal const& principal, StoredKey key, std::string_view action, Done<void> done) {
    store_->write(
        [*this, principal, key = std::move(key), action = std::string{action}](Transaction const& store) -> Result<void> {
            WARDER_TRY_VOID(store.keys->insert(key));
            return note(store, principal, action, key.id);
        },
        std::move(done));
}

void Authority::remove_shared_key(Principal const& principal, std::string key_id, bool revokes_tokens, Done<std::int64_t> done) {
    auto remove = [*this, principal, key_id = std::move(key_id), revokes_tokens](Transaction const& store) -> Result<std::int64_t> {
        WARDER_TRY(auto const keys, store.keys->list());
        WARDER_TRY_VOID(validate_removal(keys, key_id));
        // Asked before the tokens are counted, so that the count has the last one that was signed with it.
        WARDER_TRY(bool const is_signing, store.keys->is_signing(key_id));
        auto const now = std::chrono::floor<std::chrono::seconds>(clock_->now());
        WARDER_TRY(auto const live, store.tokens->count_live(key_id, now));
        if (live > 0 && !revokes_tokens) return live;
        // Tokens that a node signs with it from now on would be refused everywhere.
        if (is_signing) return std::unexpected{Error::kKeySignsElsewhere};
        WARDER_TRY(auto const revoked, revokes_tokens ? store.tokens->erase_signed_by(key_id) : Result<std::int64_t>{0});
        if (revoked > 0) WARDER_TRY_VOID(note(store, principal, audit_action::kKeyTokensRevoked, key_id));
        WARDER_TRY_VOID(store.keys->erase(key_id));
        WARDER_TRY_VOID(note(store, principal, audit_action::kKeyRetired, key_id));
        return 0;
    };
    run_write<std::int64_t>(*store_, std::move(remove), std::move(done));
}

}  // namespace warder::authority
