// SPDX-License-Identifier: MIT
#include "cli/key_keeper.hpp"

#include "authority/wait.hpp"
#include "cli/audited_keys.hpp"
#include "core/try.hpp"
#include "index/key_ring_handle.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/keys/shared_keys.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace warder::cli {
namespace {

using authority::wait;

Instant whole_seconds(Clock const& clock) { return std::chrono::floor<std::chrono::seconds>(clock.now()); }

std::unexpected<CommandError> key_in_use(std::int64_t live) {
    return failure(std::to_string(live) + (live == 1 ? " active token needs" : " active tokens need") + " this key; --revoke-tokens revokes " +
                       (live == 1 ? "it" : "them") + " first",
                   "key_in_use");
}

/// Counts the active tokens that the key signed.
authority::Result<std::int64_t> count_signed_by(CommandContext const& tools, std::string const& id) {
    return wait<std::int64_t>([&](auto done) { tools.authority.count_signed_by(id, std::move(done)); });
}

class FileKeys final : public KeyKeeper {
  public:
    explicit FileKeys(CommandContext const& tools) : tools_{&tools} {}

    [[nodiscard]] std::expected<crypto::KeyRing, CommandError> load() const override {
        WARDER_TRY(auto ring, runtime::load_key_ring(tools_->key_file));
        return ring;
    }

    std::expected<std::string, CommandError> rotate() override {
        WARDER_TRY(auto const lock, runtime::KeyFileLock::acquire(tools_->key_file));
        WARDER_TRY(auto const ring, load());
        auto const next = ring.rotated(tools_->random, whole_seconds(tools_->clock));
        WARDER_TRY_VOID(save_audited(*tools_, next, authority::audit_action::kKeyRotated, next.signing().id));
        return next.signing().id;
    }

    std::expected<std::int64_t, CommandError> retire(std::string const& id, bool revokes_tokens) override {
        WARDER_TRY(auto const lock, runtime::KeyFileLock::acquire(tools_->key_file));
        WARDER_TRY(auto const ring, load());
        auto const without = ring.without(id);
        if (!without)
            return std::unexpected{without.error() == crypto::KeyRingError::kIsSigning ? authority::Error::kKeyIsSigning
                                                                                       : authority::Error::kUnknownKey};
        WARDER_TRY(auto const live, count_signed_by(*tools_, id));
        if (live > 0 && !revokes_tokens) return key_in_use(live);
        auto const revoke = [&]() -> authority::Result<void> {
            WARDER_TRY_VOID(wait<std::int64_t>([&](auto done) { tools_->authority.revoke_signed_by(tools_->principal, id, std::move(done)); }));
            return {};
        };
        auto const saved =
            revokes_tokens ? save_with(*tools_, *without, id, revoke) : save_audited(*tools_, *without, authority::audit_action::kKeyRetired, id);
        if (!saved) return std::unexpected{saved.error()};
        return live;
    }

  private:
    CommandContext const* tools_;
};

/// The store locks the keys while it changes them.
class SharedKeys final : public KeyKeeper {
  public:
    explicit SharedKeys(CommandContext const& tools) : tools_{&tools} {}

    [[nodiscard]] std::expected<crypto::KeyRing, CommandError> load() const override { return *tools_->shared_keys->read(); }

    std::expected<std::string, CommandError> rotate() override {
        auto const ring = tools_->shared_keys->read()->rotated(tools_->random, whole_seconds(tools_->clock));
        auto const& key = *ring.keys().back();
        WARDER_TRY_VOID(wait<void>([&](auto done) {
            tools_->authority.add_shared_key(tools_->principal, tools_->key_encryption_key->seal(key, false, tools_->random),
                                             authority::audit_action::kKeyRotated, std::move(done));
        }));
        return key.id;
    }

    std::expected<std::int64_t, CommandError> retire(std::string const& id, bool revokes_tokens) override {
        WARDER_TRY(auto const signed_by_it, count_signed_by(*tools_, id));
        WARDER_TRY(auto const live, wait<std::int64_t>([&](auto done) {
                       tools_->authority.remove_shared_key(tools_->principal, id, revokes_tokens, std::move(done));
                   }));
        if (live > 0) return key_in_use(live);
        return revokes_tokens ? signed_by_it : 0;
    }

  private:
    CommandContext const* tools_;
};

}  // namespace

std::unique_ptr<KeyKeeper> keeper_of(CommandContext const& tools) {
    if (tools.key_encryption_key == nullptr) return std::make_unique<FileKeys>(tools);
    return std::make_unique<SharedKeys>(tools);
}

}  // namespace warder::cli
