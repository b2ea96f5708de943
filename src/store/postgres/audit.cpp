// SPDX-License-Identifier: MIT
// The audit log in SQL.
#include "core/try.hpp"
#include "store/postgres/transaction.hpp"

#include <limits>
#include <string>
#include <utility>

namespace warder::store::postgres {

using authority::AuditEvent;
using authority::AuditQuery;
using authority::AuditRecord;

namespace {

std::optional<std::string> optional_text(Rows const& rows, int row, int column) {
    return rows.is_null(row, column) ? std::nullopt : std::optional{std::string{rows.text(row, column)}};
}

}  // namespace

authority::Result<void> Transaction::append(AuditEvent const& event) {
    has_changed_ = true;
    batch_->add(event);
    return {};
}

authority::Result<std::vector<AuditRecord>> Transaction::list(AuditQuery const& query) const {
    WARDER_TRY(auto const rows,
               this->query("SELECT id, time, actor, address, action, target FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2",
                           Parameters{}.add(query.before.value_or(std::numeric_limits<std::int64_t>::max())).add(std::int64_t{query.limit})));
    std::vector<AuditRecord> records;
    records.reserve(static_cast<std::size_t>(rows.count()));
    for (int row = 0; row < rows.count(); ++row)
        records.push_back({.id = rows.integer(row, 0),
                           .event = {.time = Instant{std::chrono::seconds{rows.integer(row, 1)}},
                                     .actor = optional_text(rows, row, 2),
                                     .address = optional_text(rows, row, 3),
                                     .action = std::string{rows.text(row, 4)},
                                     .target = std::string{rows.text(row, 5)}}});
    return records;
}

authority::Result<std::int64_t> Transaction::purge(Instant before, std::uint32_t limit) {
    // The oldest events by id, which needs no index of times: events are written about when they happen.
    return change_counted(
        "WITH gone AS (DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT $1) AND time < $2 RETURNING id) SELECT count(*) FROM "
        "gone",
        Parameters{}.add(std::int64_t{limit}).add(std::int64_t{before.time_since_epoch().count()}));
}

}  // namespace warder::store::postgres
