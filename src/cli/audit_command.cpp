// SPDX-License-Identifier: MIT
#include "api/views.hpp"
#include "authority/wait.hpp"
#include "cli/command_line.hpp"
#include "cli/output/table.hpp"
#include "cli/output/terminal.hpp"
#include "core/text/times.hpp"
#include "core/try.hpp"
#include "runtime/control_socket.hpp"
#include "warder/authority.hpp"

namespace warder::cli {
namespace {

using authority::AuditPage;
using authority::wait;

struct AuditOptions {
    std::uint32_t limit = 100;
};

CommandResult list_audit_events(CommandContext const& tools, AuditOptions const& options) {
    // A running server first writes the events that it still holds. If it doesn't answer, the other events are shown.
    static_cast<void>(runtime::notify_server(tools.data_dir));
    WARDER_TRY(auto const page,
               wait<AuditPage>([&](auto done) { tools.authority.list_audit_events({.before = {}, .limit = options.limit}, std::move(done)); }));
    if (tools.is_json) {
        print(api::view_of(page));
        return {};
    }
    auto table = Table::with_header({"ID", "TIME", "ACTOR", "ADDRESS", "ACTION", "TARGET"});
    for (auto const& [id, event] : page.events)
        table.add(
            {std::to_string(id), core::rfc3339(event.time), event.actor.value_or("-"), event.address.value_or("-"), event.action, event.target});
    print(table);
    return {};
}

}  // namespace

void declare_audit_command(CommandLine const& program) {
    auto const [audit, options] = program.add_on_store("audit", "list changes and sign-ins, newest first", Effect::kNone, &list_audit_events);
    audit.add_option("--limit", options.limit, "maximum number of events, 1 to 1000 (default: 100)")->type_name("N")->check(CLI::Range(1, 1000));
}

}  // namespace warder::cli
