// SPDX-License-Identifier: MIT
#include "authority/wait.hpp"
#include "cli/commands.hpp"
#include "core/text/times.hpp"
#include "warder/authority.hpp"

#include <boost/json/array.hpp>

namespace warder::cli {
namespace {

using authority::AuditPage;
using authority::wait;

/// Uses parentheses because braces would create an array.
boost::json::value optional_text(std::optional<std::string> const& text) { return text ? boost::json::value(*text) : boost::json::value(); }

boost::json::object describe(authority::AuditRecord const& record) {
    auto const& [id, event] = record;
    return {{"id", id},
            {"time", core::rfc3339(event.time)},
            {"actor", optional_text(event.actor)},
            {"address", optional_text(event.address)},
            {"action", event.action},
            {"target", event.target}};
}

}  // namespace

int list_audit_events(CommandContext const& tools, std::uint32_t limit) {
    auto const page = wait<AuditPage>([&](auto done) { tools.authority.list_audit_events({.before = {}, .limit = limit}, std::move(done)); });
    if (!page) return print_error(page.error());
    if (tools.is_json) {
        boost::json::array list;
        for (auto const& record : page->events) list.push_back(describe(record));
        print(boost::json::object{{"events", std::move(list)}});
        return kSuccess;
    }
    for (auto const& [id, event] : page->events)
        print(std::to_string(id) + "\t" + core::rfc3339(event.time) + "\t" + event.actor.value_or("-") + "\t" + event.address.value_or("-") + "\t" +
              event.action + "\t" + event.target);
    return kSuccess;
}

}  // namespace warder::cli
