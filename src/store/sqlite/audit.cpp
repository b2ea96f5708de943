// SPDX-License-Identifier: MIT
// The audit log in SQL.
#include "store/sqlite/transaction.hpp"

#include <limits>
#include <utility>

namespace warder::store {

using authority::AuditEvent;
using authority::AuditQuery;
using authority::AuditRecord;
using authority::Result;

namespace {

std::optional<std::string> optional_text(Statement const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional{std::string{row.text(column)}};
}

}  // namespace

Result<void> SqliteTransaction::append(AuditEvent const& event) {
    return run("INSERT INTO audit (time, actor, address, action, target) VALUES (?, ?, ?, ?, ?)", [&event](Statement& s) {
        s.bind(std::int64_t{event.time.time_since_epoch().count()});
        s.bind(event.actor).bind(event.address);
        s.bind(std::string_view{event.action}).bind(std::string_view{event.target});
    });
}

Result<std::vector<AuditRecord>> SqliteTransaction::list(AuditQuery const& query) const {
    auto statement = connection_->prepare("SELECT id, time, actor, address, action, target FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?");
    if (!statement) return failed(statement.error());
    statement->bind(query.before.value_or(std::numeric_limits<std::int64_t>::max())).bind(std::int64_t{query.limit});
    std::vector<AuditRecord> records;
    for (;;) {
        auto const row = statement->step();
        if (!row) return failed(row.error());
        if (!*row) return records;
        records.push_back({.id = statement->integer(0),
                           .event = {.time = Instant{std::chrono::seconds{statement->integer(1)}},
                                     .actor = optional_text(*statement, 2),
                                     .address = optional_text(*statement, 3),
                                     .action = std::string{statement->text(4)},
                                     .target = std::string{statement->text(5)}}});
    }
}

Result<std::int64_t> SqliteTransaction::purge(Instant before, std::uint32_t limit) {
    // The oldest events by id, which needs no index of times: events are written about when they happen.
    auto purged = run("DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?) AND time < ?",
                      [&](Statement& s) { s.bind(std::int64_t{limit}).bind(std::int64_t{before.time_since_epoch().count()}); });
    if (!purged) return std::unexpected{purged.error()};
    return connection_->changed_rows();
}

}  // namespace warder::store
