// SPDX-License-Identifier: MIT
#include "cli/audited_keys.hpp"

#include "authority/wait.hpp"
#include "store/key_file.hpp"
#include "warder/authority.hpp"

namespace warder::cli {

std::expected<void, std::string> save_audited(Tools const& tools, KeyTools const& keys, crypto::KeyRing const& ring, std::string_view action,
                                              std::string const& key_id) {
    auto const announce = [&](std::string_view what) {
        return authority::wait<void>([&](auto done) { tools.authority.announce_key_change(tools.caller, what, key_id, std::move(done)); });
    };
    if (auto const announced = announce(action); !announced) return std::unexpected{std::string{authority::sentence(announced.error())}};
    auto saved = store::save_key_ring(keys.file, ring);
    if (saved) return {};
    static_cast<void>(announce(authority::audit_action::kKeyUnchanged));
    return std::unexpected{std::move(saved.error().message)};
}

}  // namespace warder::cli
