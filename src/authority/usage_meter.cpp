// SPDX-License-Identifier: MIT
#include "authority/usage_meter.hpp"

#include "authority/wait.hpp"
#include "index/registry.hpp"
#include "warder/ports.hpp"
#include "warder/store.hpp"

#include <bit>
#include <iterator>
#include <limits>
#include <new>
#include <ranges>
#include <utility>

namespace warder::authority {
namespace {

constexpr std::size_t kSavedAtOnce = 500;  // takes some milliseconds of the thread that also mints and revokes

/// Returns a random run id. Never 0, which means that no run has counted.
std::int64_t make_run(Random& random) {
    std::array<std::byte, 8> bytes{};
    random.fill(bytes);
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(bytes) | 1U) & std::numeric_limits<std::int64_t>::max();
}

}  // namespace

void TokenUses::add(TokenUses const& later) noexcept {
    count += later.count;
    if (later.last_at < last_at) return;
    last_at = later.last_at;
    last_from = later.last_from;
}

/// Returns the token's slot, or a free one for it. At least one is free.
TokenUses& UsageCounter::slot_for(TokenId const& id) noexcept {
    auto at = TokenIdHash{}(id) % kSlots;
    while (slots_[at].count != 0 && slots_[at].key.id != id) at = (at + 1) % kSlots;
    return slots_[at];
}

void UsageCounter::note(VerifiedToken const& token, IpAddress const& from) noexcept {
    TokenUses const use{.key = {.owner = token.owner, .id = token.id}, .count = 1, .last_at = token.verified_at, .last_from = from};
    std::scoped_lock const lock{mutex_};
    auto* slot = &slot_for(token.id);
    if (slot->count == 0) {
        if (used_ == kMaxUsed) {
            try {
                collect();
            } catch (std::bad_alloc const&) {
                return;
            }
            slot = &slot_for(token.id);
        }
        slot->key = use.key;
        ++used_;
    }
    slot->add(use);
}

void UsageCounter::collect() {
    if (used_ == 0) return;
    std::scoped_lock const lock{meter_->mutex_};
    for (auto& slot : slots_) {
        if (slot.count == 0) continue;
        meter_->add(slot);
        slot = {};
        --used_;
    }
}

UsageMeter::UsageMeter(index::Registry const& registry, Random& random) : registry_{&registry}, run_{make_run(random)} {
    unsaved_.counting = std::make_shared<UnsavedUses::Batch>(UnsavedUses::Batch{.number = 1});
}

UsageMeter::~UsageMeter() = default;

UsageCounter& UsageMeter::add_counter() {
    std::scoped_lock const lock{counters_mutex_};
    counters_.push_back(std::make_unique<UsageCounter>(*this));
    return *counters_.back();
}

void UsageMeter::collect_all() {
    std::scoped_lock const lock{counters_mutex_};
    for (auto const& counter : counters_) {
        std::scoped_lock const counter_lock{counter->mutex_};
        counter->collect();
    }
}

void UsageMeter::add(TokenUses const& uses) { unsaved_.counting->uses.try_emplace(uses.key.id, TokenUses{.key = uses.key}).first->second.add(uses); }

UnsavedUses UsageMeter::unsaved() {
    collect_all();
    std::scoped_lock const lock{mutex_};
    return unsaved_;
}

void UsageMeter::complete(TokenRecord& token, UnsavedUses const& unsaved) const {
    std::scoped_lock const lock{mutex_};
    for (auto const& batch : {unsaved.saving, unsaved.counting}) {
        // The store may have been read after the batch was stored.
        bool const is_stored = batch != nullptr && token.usage && token.usage->mark.run == run_ && token.usage->mark.batch >= batch->number;
        if (batch == nullptr || is_stored) continue;
        auto const found = batch->uses.find(token.id);
        if (found == batch->uses.end()) continue;
        auto const& uses = found->second;
        auto& usage = token.usage ? *token.usage : token.usage.emplace();
        usage.count += uses.count;
        if (usage.last_at && *usage.last_at > uses.last_at) continue;
        usage.last_at = uses.last_at;
        usage.last_from = uses.last_from;
    }
}

/// Returns the batch to be stored next: the previous one, if that failed; null if no token was used.
std::shared_ptr<UnsavedUses::Batch> UsageMeter::take_batch() {
    std::scoped_lock const lock{mutex_};
    if (unsaved_.saving != nullptr) return unsaved_.saving;
    if (unsaved_.counting->uses.empty()) return nullptr;
    auto next = std::make_shared<UnsavedUses::Batch>(UnsavedUses::Batch{.number = unsaved_.counting->number + 1});
    unsaved_.saving = std::exchange(unsaved_.counting, std::move(next));
    return unsaved_.saving;
}

Result<void> UsageMeter::save(Store& store, UnsavedUses::Batch const& batch) const {
    for (auto next = batch.uses.begin(); next != batch.uses.end();) {
        auto const first = next;
        for (std::size_t i = 0; i < kSavedAtOnce && next != batch.uses.end(); ++i) ++next;
        auto work = [run = run_, number = batch.number, first, next](Transaction const& transaction) -> Result<void> {
            for (auto const& [id, uses] : std::ranges::subrange{first, next})
                if (auto added = transaction.tokens->add_uses(
                        {.key = uses.key, .run = run, .batch = number, .count = uses.count, .last_at = uses.last_at, .last_from = uses.last_from});
                    !added)
                    return added;
            return {};
        };
        auto const saved = wait<void>([&](auto done) { store.write(std::move(work), std::move(done)); });
        if (!saved) return saved;
    }
    return {};
}

Result<void> UsageMeter::save(Store& store) {
    collect_all();
    if (!store.capabilities().keeps_uses) {
        forget_removed();
        return {};
    }
    // A batch of a failed attempt comes first; then those uses that were counted since.
    for (int batches = 0; batches < 2; ++batches) {
        auto const batch = take_batch();
        if (batch == nullptr) return {};
        if (auto const saved = save(store, *batch); !saved) return saved;
        std::scoped_lock const lock{mutex_};
        unsaved_.saving.reset();
    }
    return {};
}

void UsageMeter::forget_removed() {
    std::scoped_lock const lock{mutex_};
    std::erase_if(unsaved_.counting->uses, [this](auto const& token) { return !registry_->find(token.first); });
}

}  // namespace warder::authority
