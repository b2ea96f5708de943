// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/terminal.hpp"
#include "core/text/times.hpp"
#include "runtime/control_socket.hpp"
#include "warder/authority.hpp"

namespace warder::cli {
namespace {

using authority::AuditPage;
using authority::wait;

struct AuditOptions {
    std::uint32_t limit = 100;
};

int list_audit_events(CommandContext const& tools, AuditOptions const& options) {
    // A running server first writes the events that it still holds. If it doesn't answer, the other events are shown.
    static_cast<void>(runtime::notify_server(tools.data_dir));
    auto const page = wait<AuditPage>([&](auto done) { tools.authority.list_audit_events({.before = {}, .limit = options.limit}, std::move(done)); });
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

}  // namespace

void declare_audit_command(CommandLine const& program) {
    auto const [audit, options] = program.add_on_store("audit", "list changes and sign-ins, newest first", Effect::kNone, &list_audit_events);
    audit.add_option("--limit", options.limit, "maximum number of events, 1 to 1000 (default: 100)")->check(CLI::Range(1, 1000));
}

}  // namespace warder::cli
