// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/audited_keys.hpp"
#include "cli/command_line.hpp"
#include "cli/terminal.hpp"
#include "runtime/key_file.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <utility>

namespace warder::cli {
namespace {

using authority::wait;

int list_keys(CommandContext const& tools, NoOptions const&) {
    auto const ring = runtime::load_key_ring(tools.key_file);
    if (!ring) return print_error(ring.error().message);
    boost::json::array list;
    for (auto const& key : ring->keys()) {
        bool const is_signing = key.get() == &ring->signing();
        auto const created = key->created_at.time_since_epoch().count();
        if (tools.is_json)
            list.push_back(boost::json::object{
                {"kid", key->id}, {"created_at", created}, {"signing", is_signing}, {"first", key->is_first()}, {"imported", key->is_imported()}});
        else
            print(key->id + "\t" + (is_signing ? "signs and verifies" : "verifies") + (key->is_first() ? "\tfirst" : "") +
                  (key->is_imported() ? "\timported" : ""));
    }
    if (tools.is_json) print(boost::json::object{{"keys", std::move(list)}});
    return kSuccess;
}

int rotate_keys(CommandContext const& tools, NoOptions const&) {
    auto const lock = runtime::KeyFileLock::acquire(tools.key_file);
    if (!lock) return print_error(lock.error().message);
    auto const ring = runtime::load_key_ring(tools.key_file);
    if (!ring) return print_error(ring.error().message);
    auto const next = ring->rotated(tools.random, std::chrono::floor<std::chrono::seconds>(tools.clock.now()));
    if (auto const saved = save_audited(tools, next, authority::audit_action::kKeyRotated, next.signing().id); !saved)
        return print_error(saved.error());
    if (tools.is_json) print(boost::json::object{{"kid", next.signing().id}});
    else print(next.signing().id);
    return kSuccess;
}

struct RetireOptions {
    std::string id;
    bool revokes_tokens = false;
};

int retire_key(CommandContext const& tools, RetireOptions const& options) {
    auto const& id = options.id;
    auto const lock = runtime::KeyFileLock::acquire(tools.key_file);
    if (!lock) return print_error(lock.error().message);
    auto const ring = runtime::load_key_ring(tools.key_file);
    if (!ring) return print_error(ring.error().message);
    auto const without = ring->without(id);
    if (!without)
        return print_error(without.error() == crypto::KeyRingError::kIsSigning ? authority::Error::kKeyIsSigning : authority::Error::kUnknownKey);

    auto const live = wait<std::int64_t>([&](auto done) { tools.authority.count_signed_by(id, std::move(done)); });
    if (!live) return print_error(live.error());
    if (*live > 0 && !options.revokes_tokens)
        return print_error(std::to_string(*live) + (*live == 1 ? " active token needs" : " active tokens need") +
                           " this key; --revoke-tokens revokes " + (*live == 1 ? "it" : "them") + " first");
    auto const revoke = [&]() -> authority::Result<void> {
        auto const revoked = wait<std::int64_t>([&](auto done) { tools.authority.revoke_signed_by(tools.principal, id, std::move(done)); });
        return revoked ? authority::Result<void>{} : std::unexpected{revoked.error()};
    };
    auto const saved =
        options.revokes_tokens ? save_with(tools, *without, id, revoke) : save_audited(tools, *without, authority::audit_action::kKeyRetired, id);
    if (!saved) return print_error(saved.error());
    if (tools.is_json) print(api::view_of_message("Key retired"));
    return kSuccess;
}

}  // namespace

void declare_key_commands(CommandLine const& program) {
    auto const group = program.group("key", "manage signing keys: list, rotate, retire");
    group.add_on_store("list", "list the ids of the keys, without their secrets", Effect::kNone, &list_keys);
    group.add_on_store("rotate", "create a new signing key; the old keys still verify", Effect::kChanges, &rotate_keys);
    auto const [retire, options] = group.add_on_store("retire", "remove a key that no active token needs", Effect::kChanges, &retire_key);
    retire.add_option("KID", options.id, "id of the key")->required();
    retire.add_flag("--revoke-tokens", options.revokes_tokens, "first revoke the tokens that are signed with the key");
}

}  // namespace warder::cli
