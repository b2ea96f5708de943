// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/commands.hpp"
#include "core/text/times.hpp"
#include "warder/authority.hpp"

namespace warder::cli {

using authority::AuditPage;
using authority::wait;

int list_audit_events(CommandContext const& tools, std::uint32_t limit) {
    auto const page = wait<AuditPage>([&](auto done) { tools.authority.list_audit_events({.before = {}, .limit = limit}, std::move(done)); });
    if (!page) return print_error(page.error());
    if (tools.is_json) {
        print(api::view_of(*page));
        return kSuccess;
    }
    for (auto const& [id, event] : page->events)
        print(std::to_string(id) + "\t" + core::rfc3339(event.time) + "\t" + event.actor.value_or("-") + "\t" + event.address.value_or("-") + "\t" +
              event.action + "\t" + event.target);
    return kSuccess;
}

}  // namespace warder::cli
