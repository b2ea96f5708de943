// SPDX-License-Identifier: MIT
#include "authority/usage_meter.hpp"

#include "authority/wait.hpp"
#include "index/registry.hpp"
#include "warder/ports.hpp"
#include "warder/store.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
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

UsageMeter::UsageMeter(index::Registry const& registry, Random& random) : registry_{&registry}, run_{make_run(random)} {}

void UsageMeter::note(VerifiedToken const& token, IpAddress const& from) const noexcept {
    registry_->note_use(token.id, token.entry_ref, {.at = token.verified_at, .from = from});
}

std::uint32_t UsageMeter::flushes() const noexcept { return registry_->flushes(); }

void UsageMeter::complete(TokenRecord& token, std::uint32_t flushes) const {
    auto const here = registry_->uses_of(token.id);
    if (!here) return;
    auto& usage = token.usage ? *token.usage : token.usage.emplace();
    // The mark says how many uses of one run are in the stored total, because both are written together. If it belongs to
    // another run, either no uses of this run had been saved when the store was read, or another process has saved since.
    // In the latter case, the total includes all uses that this run had saved.
    bool const was_saved = here->saved > 0 && here->first_flush <= flushes;
    usage.count += here->uses.count - (usage.mark.run == run_ ? usage.mark.counted : was_saved ? here->saved : 0);
    if (usage.last_at && *usage.last_at > here->uses.last.at) return;
    usage.last_at = here->uses.last.at;
    usage.last_from = here->uses.last.from;
}

Result<void> UsageMeter::save(Store& store) const {
    if (!store.keeps_uses()) return {};
    for (std::optional<std::uint32_t> next = 0; next;) {
        auto const unsaved = std::make_shared<index::Registry::UnsavedUses const>(registry_->unsaved_uses(*next, kSavedAtOnce));
        next = unsaved->next;
        if (unsaved->tokens.empty()) continue;
        auto work = [run = run_, unsaved](Transaction& transaction) -> Result<void> {
            for (auto const& [key, seen] : unsaved->tokens) {
                auto added = transaction.add_uses({.key = key,
                                                   .run = run,
                                                   .counted = seen.uses.count,
                                                   .saved = seen.saved,
                                                   .last_at = seen.uses.last.at,
                                                   .last_from = seen.uses.last.from});
                if (!added) return added;
            }
            return {};
        };
        auto const saved = wait<void>([&](auto done) { store.write(std::move(work), std::move(done)); });
        if (!saved) return saved;
        registry_->acknowledge_flush(*unsaved);
    }
    return {};
}

}  // namespace warder::authority
