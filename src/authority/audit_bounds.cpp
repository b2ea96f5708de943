// SPDX-License-Identifier: MIT
#include "authority/audit_bounds.hpp"

#include <algorithm>

namespace warder::authority {

AuditBounds::Actor& AuditBounds::actor(std::string_view name, TimePoint now) {
    auto found = actors_.find(name);
    if (found == actors_.end()) found = actors_.emplace(std::string{name}, Actor{.kinds = {}, .forgiven_until = now}).first;
    return found->second;
}

bool AuditBounds::sums_up(AuditEvent const& event) {
    if (!event.actor) return false;
    std::lock_guard const lock{mutex_};
    auto const now = clock_->steady_now();
    auto& known = actor(*event.actor, now);
    if (now >= known.window_end) {
        take(known, due_);
        known.kinds.clear();
        known.window_end = now + kWindow;
        known.events = 0;
    }
    ++known.events;
    if (known.kinds.size() >= kMostKinds) return known.events > kApart && known.kinds.contains({event.action, event.target});
    bool const is_new = known.kinds.try_emplace({event.action, event.target}).second;
    return !is_new && known.events > kApart;
}

void AuditBounds::merge(Actor& actor, Sum sum) {
    auto& known = actor.kinds[{sum.event.action, sum.event.target}];
    if (known.count > 0) {
        sum.count += known.count;
        if (known.event.address != sum.event.address) sum.event.address.reset();
        sum.event.time = std::max(sum.event.time, known.event.time);
    }
    known = std::move(sum);
}

void AuditBounds::add(AuditEvent event) {
    std::lock_guard const lock{mutex_};
    auto& known = actor(event.actor.value_or(""), clock_->steady_now());
    merge(known, {.event = std::move(event), .count = 1});
}

void AuditBounds::forgive(Actor& actor, TimePoint now) {
    auto const seconds = std::chrono::floor<std::chrono::seconds>(now - actor.forgiven_until);
    actor.changes = std::max<std::int64_t>(0, actor.changes - seconds.count());
    actor.forgiven_until += seconds;
}

bool AuditBounds::admit_change(std::string_view user) {
    std::lock_guard const lock{mutex_};
    auto const now = clock_->steady_now();
    auto& known = actor(user, now);
    forgive(known, now);
    if (known.changes >= kChanges) return false;
    ++known.changes;
    return true;
}

void AuditBounds::take(Actor& actor, std::vector<Sum>& into) {
    for (auto& [kind, sum] : actor.kinds)
        if (sum.count > 0) into.push_back(std::exchange(sum, {}));
}

std::vector<AuditBounds::Sum> AuditBounds::take_due() {
    std::lock_guard const lock{mutex_};
    auto const now = clock_->steady_now();
    auto due = std::exchange(due_, {});
    for (auto known = actors_.begin(); known != actors_.end();) {
        auto const current = known++;
        auto& actor = current->second;
        if (now < actor.window_end) continue;
        take(actor, due);
        actor.kinds.clear();
        forgive(actor, now);
        if (actor.changes == 0) actors_.erase(current);
    }
    return due;
}

std::vector<AuditBounds::Sum> AuditBounds::take_all() {
    std::lock_guard const lock{mutex_};
    auto all = std::exchange(due_, {});
    for (auto& [name, actor] : actors_) take(actor, all);
    return all;
}

void AuditBounds::put_back(std::vector<Sum> const& sums) {
    std::lock_guard const lock{mutex_};
    auto const now = clock_->steady_now();
    for (auto const& sum : sums) merge(actor(sum.event.actor.value_or(""), now), sum);
}

AuditEvent AuditBounds::to_event(Sum const& sum) {
    auto event = sum.event;
    if (sum.count > 1) event.target += " (" + std::to_string(sum.count) + " times)";
    return event;
}

}  // namespace warder::authority
