// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/audited_keys.hpp"
#include "cli/commands.hpp"
#include "runtime/key_file.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <utility>

namespace warder::cli {
namespace {

using authority::wait;

Instant now(KeyTools const& keys) { return std::chrono::floor<std::chrono::seconds>(keys.clock.now()); }

}  // namespace

int list_keys(KeyTools const& keys, bool is_json) {
    auto const ring = runtime::load_key_ring(keys.file);
    if (!ring) return print_error(ring.error().message);
    boost::json::array list;
    for (auto const& key : ring->keys()) {
        bool const is_signing = key.get() == &ring->signing();
        auto const created = key->created_at.time_since_epoch().count();
        if (is_json)
            list.push_back(boost::json::object{
                {"kid", key->id}, {"created_at", created}, {"signing", is_signing}, {"first", key->is_first()}, {"imported", key->is_imported()}});
        else
            print(key->id + "\t" + (is_signing ? "signs and verifies" : "verifies") + (key->is_first() ? "\tfirst" : "") +
                  (key->is_imported() ? "\timported" : ""));
    }
    if (is_json) print(boost::json::object{{"keys", std::move(list)}});
    return kSuccess;
}

int rotate_keys(CommandContext const& tools, KeyTools const& keys) {
    auto const lock = runtime::KeyFileLock::acquire(keys.file);
    if (!lock) return print_error(lock.error().message);
    auto const ring = runtime::load_key_ring(keys.file);
    if (!ring) return print_error(ring.error().message);
    auto const next = ring->rotated(keys.random, now(keys));
    if (auto const saved = save_audited(tools, keys, next, authority::audit_action::kKeyRotated, next.signing().id); !saved)
        return print_error(saved.error());
    if (tools.is_json) print(boost::json::object{{"kid", next.signing().id}});
    else print(next.signing().id);
    return kSuccess;
}

int retire_key(CommandContext const& tools, KeyTools const& keys, std::string const& id, bool revokes_tokens) {
    auto const lock = runtime::KeyFileLock::acquire(keys.file);
    if (!lock) return print_error(lock.error().message);
    auto const ring = runtime::load_key_ring(keys.file);
    if (!ring) return print_error(ring.error().message);
    auto const without = ring->without(id);
    if (!without)
        return print_error(without.error() == crypto::KeyRingError::kIsSigning ? authority::Error::kKeyIsSigning : authority::Error::kUnknownKey);

    auto const live = wait<std::int64_t>([&](auto done) { tools.authority.count_signed_by(id, std::move(done)); });
    if (!live) return print_error(live.error());
    if (*live > 0 && !revokes_tokens)
        return print_error(std::to_string(*live) + (*live == 1 ? " active token needs" : " active tokens need") +
                           " this key; --revoke-tokens revokes " + (*live == 1 ? "it" : "them") + " first");
    auto const revoke = [&]() -> authority::Result<void> {
        auto const revoked = wait<std::int64_t>([&](auto done) { tools.authority.revoke_signed_by(tools.principal, id, std::move(done)); });
        return revoked ? authority::Result<void>{} : std::unexpected{revoked.error()};
    };
    auto const saved =
        revokes_tokens ? save_with(tools, keys, *without, id, revoke) : save_audited(tools, keys, *without, authority::audit_action::kKeyRetired, id);
    if (!saved) return print_error(saved.error());
    if (tools.is_json) print(api::view_of_message("Key retired"));
    return kSuccess;
}

}  // namespace warder::cli
