// SPDX-License-Identifier: MIT
#include "cli/audited_keys.hpp"

#include "authority/wait.hpp"
#include "runtime/key_file.hpp"
#include "warder/authority.hpp"

#include <utility>

namespace warder::cli {
namespace {

authority::Result<void> announce(CommandContext const& tools, std::string_view action, std::string const& key_id) {
    return authority::wait<void>([&](auto done) { tools.authority.announce_key_change(tools.principal, action, key_id, std::move(done)); });
}

}  // namespace

std::expected<void, std::string> save_audited(CommandContext const& tools, crypto::KeyRing const& ring, std::string_view action,
                                              std::string const& key_id) {
    return save_with(tools, ring, key_id, [&] { return announce(tools, action, key_id); });
}

std::expected<void, std::string> save_with(CommandContext const& tools, crypto::KeyRing const& ring, std::string const& key_id,
                                           std::function<authority::Result<void>()> const& commit) {
    auto draft = runtime::KeyRingDraft::write(tools.key_file, ring);
    if (!draft) return std::unexpected{std::move(draft.error().message)};
    if (auto const committed = commit(); !committed) return std::unexpected{std::string{authority::message(committed.error())}};
    auto saved = draft->put_in_place();
    if (saved) return {};
    static_cast<void>(announce(tools, authority::audit_action::kKeyUnchanged, key_id));
    return std::unexpected{std::move(saved.error().message)};
}

}  // namespace warder::cli
