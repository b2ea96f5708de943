// SPDX-License-Identifier: MIT
#include "runtime/instance.hpp"

#include "authority/wait.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/open_store.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <utility>

namespace warder::runtime {

std::expected<std::unique_ptr<Instance>, std::string> Instance::open(Settings const& settings, crypto::KeyRing ring, store::OpenMode mode) {
    auto log = std::make_unique<log::Logger>(settings.log_level, settings.log_format);
    auto keys = std::make_unique<index::KeyRingHandle>(std::move(ring));
    auto store = open_store(settings.store, mode, keys.get(), *log);
    if (!store) return std::unexpected{std::move(store.error().message)};
    return std::unique_ptr<Instance>{new Instance{settings, std::move(log), std::move(keys), std::move(*store)}};
}

Instance::Instance(Settings const& settings, std::unique_ptr<log::Logger> log, std::unique_ptr<index::KeyRingHandle> keys,
                   std::unique_ptr<authority::Store> store)
    : url_{settings.store},
      log_{std::move(log)},
      keys_{std::move(keys)},
      key_ring_reloader_{key_file(settings.data_dir), *keys_},
      token_index_{make_seed(random_)},
      usage_{token_index_.registry(), random_},
      relay_{token_index_},
      store_{std::move(store)},
      authority_{*store_, *keys_, clock_, random_, settings.tokens, &usage_},
      verifier_{token_index_.registry(), *keys_, clock_},
      purge_job_{authority_, clock_, *log_, clock_file(settings.data_dir)} {}

Instance::~Instance() { store_.reset(); }

std::uint64_t Instance::make_seed(Random& random) {
    std::array<std::byte, 8> bytes{};
    random.fill(bytes);
    return std::bit_cast<std::uint64_t>(bytes);
}

void Instance::Relay::on_changes(std::span<authority::Change const> changes) {
    if (first_ != nullptr) first_->on_changes(changes);
    token_index_->on_changes(changes);
}

std::expected<void, std::string> Instance::follow(authority::ChangeListener* first) {
    relay_.put_before(first);
    if (!store_->attach(relay_)) return std::unexpected{"store " + store::describe(url_) + ": can't be read"};
    return {};
}

bool Instance::save_uses() {
    auto const saved = usage_.save(*store_);
    if (!saved)
        log_->warning("uses_not_stored",
                      {{"why", authority::message(saved.error())}, {"effect", "they stay counted in memory until they are stored"}});
    return saved.has_value();
}

bool Instance::reload() {
    auto const read = key_ring_reloader_.reload();
    if (!read) log_->error("keys_not_reloaded", {{"why", std::string_view{read.error().message}}, {"effect", "the keys read before stay in force"}});
    auto const refreshed = authority::wait<void>([this](auto done) { store_->refresh(std::move(done)); });
    if (!refreshed)
        log_->error("store_not_reloaded", {{"why", authority::message(refreshed.error())}, {"effect", "the content read before stays in force"}});
    return read && refreshed;
}

}  // namespace warder::runtime
