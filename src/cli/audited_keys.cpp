// SPDX-License-Identifier: MIT
#include "cli/audited_keys.hpp"

#include "authority/wait.hpp"
#include "core/try.hpp"
#include "runtime/keys/key_file.hpp"
#include "warder/authority.hpp"

#include <utility>

namespace warder::cli {
namespace {

authority::Result<void> announce(CommandContext const& tools, std::string_view action, std::string const& key_id) {
    return authority::wait<void>([&](auto done) { tools.authority.announce_key_change(tools.principal, action, key_id, std::move(done)); });
}

}  // namespace

CommandResult save_audited(CommandContext const& tools, crypto::KeyRing const& ring, std::string_view action, std::string const& key_id) {
    return save_with(tools, ring, key_id, [&] { return announce(tools, action, key_id); });
}

CommandResult save_with(CommandContext const& tools, crypto::KeyRing const& ring, std::string const& key_id,
                        std::function<authority::Result<void>()> const& commit) {
    WARDER_TRY(auto draft, runtime::KeyRingDraft::write(tools.key_file, ring));
    WARDER_TRY_VOID(commit());
    auto const saved = draft.put_in_place();
    if (!saved) static_cast<void>(announce(tools, authority::audit_action::kKeyUnchanged, key_id));
    return saved;
}

}  // namespace warder::cli
