// SPDX-License-Identifier: MIT
#include "auth/denial_log.hpp"

#include "log/log.hpp"

#include <cstddef>
#include <new>
#include <span>
#include <string>

namespace warder::auth {

void DenialLog::report(DeniedRequest const& request, DenialReason reason, Time now) noexcept {
    auto const level = is_due(request.surface, reason, now) ? log::Level::kInfo : log::Level::kDebug;
    if (!logger_.writes(level)) return;
    std::array<log::Field, 7> fields;
    std::size_t count = 0;
    auto const add = [&](std::string_view key, std::string_view value) { fields[count++] = {.key = key, .value = value}; };
    add("reason", code(reason));
    add("surface", code(request.surface));
    add("method", request.method);
    add("path", request.path);
    if (!request.user.empty()) add("user", request.user);
    if (!request.token_id.empty()) add("token", request.token_id);
    std::string address;
    if (logs_addresses_) {
        try {
            address = address_text(request.client);
            add("client", address);
        } catch (std::bad_alloc const&) {  // NOLINT(bugprone-empty-catch): a line without the address is better than none
        }
    }
    logger_.write(level, "denied", std::span{fields}.first(count));
}

bool DenialLog::is_due(Surface surface, DenialReason reason, Time now) noexcept {
    auto& next = next_[static_cast<std::size_t>(surface)][static_cast<std::size_t>(reason)];
    auto const time = now.time_since_epoch().count();
    auto due = next.load(std::memory_order_relaxed);
    // 0: nothing was logged so far; the clock may be at any time then.
    if (due != 0 && time < due) return false;
    auto const later = (now + kPeriod).time_since_epoch().count();
    return next.compare_exchange_strong(due, later, std::memory_order_relaxed);
}

}  // namespace warder::auth
