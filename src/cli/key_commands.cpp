// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "cli/command_line.hpp"
#include "cli/key_keeper.hpp"
#include "cli/output/table.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/words.hpp"
#include "core/text/times.hpp"
#include "core/try.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace warder::cli {
namespace {

/// Returns whether the key is a new one that not every node has yet.
bool is_waiting(crypto::SigningKey const& key) { return !key.may_sign && !key.is_imported(); }

CommandResult list_keys(CommandContext const& tools, NoOptions const&) {
    WARDER_TRY(auto const ring, keeper_of(tools)->load());
    boost::json::array list;
    auto table = Table::with_header({"KID", "USE", "ORIGIN", "CREATED"});
    for (auto const& key : ring.keys()) {
        bool const is_signing = key.get() == &ring.signing();
        list.push_back(boost::json::object{{"kid", key->id},
                                           {"created_at", core::rfc3339(key->created_at)},
                                           {"signing", is_signing},
                                           {"first", key->is_first()},
                                           {"imported", key->is_imported()}});
        table.add({key->id,
                   is_signing         ? "signs and verifies"
                   : is_waiting(*key) ? "verifies; signs once every node has it"
                                      : "verifies",
                   key->is_first()      ? "first"
                   : key->is_imported() ? "imported"
                                        : "rotation",
                   date_and_time(key->created_at)});
    }
    if (tools.is_json) print(boost::json::object{{"keys", std::move(list)}});
    else print(table);
    return {};
}

CommandResult rotate_keys(CommandContext const& tools, NoOptions const&) {
    WARDER_TRY(auto const id, keeper_of(tools)->rotate());
    if (tools.is_json) print(boost::json::object{{"kid", id}});
    else print(id);
    return {};
}

struct RetireOptions {
    std::string id;
    bool revokes_tokens = false;
};

CommandResult retire_key(CommandContext const& tools, RetireOptions const& options) {
    WARDER_TRY(auto const revoked, keeper_of(tools)->retire(options.id, options.revokes_tokens));
    if (tools.is_json) print(api::view_of_message("Key retired"));
    else if (options.revokes_tokens) print("retired key " + options.id + " and revoked " + counted(revoked, "active token"));
    else print("retired key " + options.id);
    return {};
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
