// SPDX-License-Identifier: MIT
// Writes and reads the audit log. The events themselves are made where the changes are made.
#include "authority/audit_bounds.hpp"
#include "authority/counted.hpp"
#include "authority/run.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace warder::authority {

namespace {

AuditEvent make_event(Clock const& clock, Principal const& principal, std::string_view action, std::string target) {
    return {.time = std::chrono::floor<std::chrono::seconds>(clock.now()),
            .actor = principal.name,
            .address = principal.address,
            .action = std::string{action},
            .target = std::move(target)};
}

}  // namespace

void Authority::bound_audit_log() { bounds_ = std::make_shared<AuditBounds>(*clock_); }

bool Authority::admits_change(Principal const& principal) const {
    return bounds_ == nullptr || principal.is_admin || principal.is_operator || bounds_->admit_change(principal.name);
}

Result<void> Authority::note(Transaction const& store, Principal const& principal, std::string_view action, std::string target) const {
    return store.audit->append(make_event(*clock_, principal, action, std::move(target)));
}

Result<void> Authority::note_or_sum_up(Transaction const& store, Principal const& principal, std::string_view action, std::string target,
                                       SummedEvent const& summed) const {
    summed->reset();  // the request may run more than once
    auto event = make_event(*clock_, principal, action, std::move(target));
    if (bounds_ == nullptr || principal.is_operator || !bounds_->sums_up(event)) return store.audit->append(event);
    *summed = std::move(event);
    return {};
}

void Authority::write_summed_events(bool all, Done<void> done) {
    if (bounds_ == nullptr) return done({});
    auto sums = all ? bounds_->take_all() : bounds_->take_due();
    if (sums.empty()) return done({});
    std::vector<AuditEvent> events;
    events.reserve(sums.size());
    for (auto const& sum : sums) events.push_back(AuditBounds::to_event(sum));
    add_audit_events(std::move(events), [bounds = bounds_, sums = std::move(sums), done = std::move(done)](Result<void> written) mutable {
        if (!written) bounds->put_back(sums);
        done(written);
    });
}

void Authority::announce_key_change(Principal const& principal, std::string_view action, std::string key_id, Done<void> done) {
    store_->write([*this, principal, action = std::string{action},
                   key_id = std::move(key_id)](Transaction const& store) -> Result<void> { return note(store, principal, action, key_id); },
                  std::move(done));
}

void Authority::change_audited(Principal const& principal, std::string_view action, std::string target, OtherChange change, Done<bool> done) {
    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto run = [*this, principal, action = std::string{action}, target = std::move(target), change = std::move(change),
                summed](Transaction const& store) mutable -> Result<bool> {
        summed->reset();
        WARDER_TRY(auto const has_changed, change(store));
        if (has_changed) WARDER_TRY_VOID(note_or_sum_up(store, principal, action, target, summed));
        return has_changed;
    };
    run_write<bool>(*store_, std::move(run), count(std::move(summed), std::move(done)));
}

void Authority::add_audit_events(std::vector<AuditEvent> events, Done<void> done) { add_sign_ins(std::move(events), {}, std::move(done)); }

void Authority::add_sign_ins(std::vector<AuditEvent> events, std::vector<SignInTime> times, Done<void> done) {
    store_->write(
        [events = std::move(events), times = std::move(times)](Transaction const& store) -> Result<void> {
            for (auto const& event : events) WARDER_TRY_VOID(store.audit->append(event));
            for (auto const& time : times) WARDER_TRY_VOID(store.users->note_sign_in(time.user, time.at));
            return {};
        },
        std::move(done));
}

void Authority::list_audit_events(AuditQuery query, Done<AuditPage> done) {
    auto list = [query](Snapshot const& store) -> Result<AuditPage> {
        // Ask for one more than needed, to know whether more follow.
        WARDER_TRY(auto events, store.audit->list({.before = query.before, .limit = query.limit + 1}));
        AuditPage page{.events = std::move(events), .has_more = false};
        page.has_more = page.events.size() > query.limit;
        if (page.has_more) page.events.resize(query.limit);
        return page;
    };
    run_read<AuditPage>(*store_, std::move(list), std::move(done));
}

}  // namespace warder::authority
