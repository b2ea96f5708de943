// SPDX-License-Identifier: MIT
#include "runtime/instance.hpp"

#include "authority/wait.hpp"
#include "core/try.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/open_store.hpp"
#include "store/common/host_name.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace warder::runtime {
std::expected<std::unique_ptr<Instance>, std::string> Instance::open(Settings const& settings, crypto::KeyRing ring, store::OpenMode mode) {
    auto log = std::make_unique<log::Logger>(settings.log_level, settings.log_format);
    auto keys = std::make_unique<index::KeyRingHandle>(std::move(ring));
    auto store = open_store(settings.store, mode, keys.get(), *log);
    if (!store) return std::unexpected{std::move(store.error().message)};
    return std::unique_ptr<Instance>{new Instance{settings, std::move(log), std::move(keys), std::nullopt, std::move(*store)}};
}

std::expected<std::unique_ptr<Instance>, store::OpenError> Instance::open_shared(Settings const& settings, store::OpenMode mode) {
    auto const failure = [](std::string why) { return std::unexpected{store::OpenError{.message = std::move(why)}}; };
    auto key = load_key_encryption_key(settings.encryption_key_file);
    if (!key) return failure(std::move(key.error()));
    auto log = std::make_unique<log::Logger>(settings.log_level, settings.log_format);
    auto cluster = settings.cluster;
    if (cluster.node.empty()) cluster.node = store::host_name();  // a command
    WARDER_TRY(auto store, open_store(settings.store, mode, nullptr, *log, cluster));
    SystemRandom random;
    auto const now = std::chrono::floor<std::chrono::seconds>(SystemClock{}.now());
    auto ring = mode == store::OpenMode::kCreate ? load_or_make_shared_keys(*store, *key, random, now) : load_shared_keys(*store, *key);
    if (!ring) return failure(std::move(ring.error()));
    auto keys = std::make_unique<index::KeyRingHandle>(std::move(*ring));
    return std::unique_ptr<Instance>{new Instance{settings, std::move(log), std::move(keys), std::move(*key), std::move(store)}};
}

Instance::Instance(Settings const& settings, std::unique_ptr<log::Logger> log, std::unique_ptr<index::KeyRingHandle> keys,
                   std::optional<KeyEncryptionKey> key, std::unique_ptr<authority::Store> store)
    : url_{settings.store},
      log_{std::move(log)},
      keys_{std::move(keys)},
      token_index_{make_seed(random_)},
      usage_{token_index_.registry(), random_},
      relay_{token_index_, *keys_, std::move(key), *log_},
      store_{std::move(store)},
      authority_{*store_, *keys_, clock_, random_, settings.tokens, &usage_, &token_metrics_},
      verifier_{token_index_.registry(), *keys_, clock_, store_->freshness(), settings.cluster.max_staleness},
      purge_job_{authority_, clock_, *log_, clock_file(settings.data_dir)} {
    if (key_encryption_key() == nullptr) key_ring_reloader_.emplace(key_file(settings.data_dir), *keys_);
}

Instance::~Instance() { store_.reset(); }

std::uint64_t Instance::make_seed(Random& random) {
    std::array<std::byte, 8> bytes{};
    random.fill(bytes);
    return std::bit_cast<std::uint64_t>(bytes);
}

/// Keys that can't be decrypted are those of nodes with another key-encryption key. The keys that this node has stay in
/// force, and whether a token of another one is valid can't be told here.
void Instance::Relay::replace_keys(authority::KeysReplaced const& replaced) {
    auto ring = key_->unseal(replaced.keys);
    if (ring) return keys_->replace(std::move(*ring));
    log_->error("keys_not_reloaded", {{"why", std::string_view{ring.error()}}, {"effect", "the keys read before stay in force"}});
    auto const current = *keys_->read();
    std::vector<crypto::MissingKey> missing;
    for (auto const& key : replaced.keys)
        if (current.named(key.id) == nullptr) missing.push_back({.id = key.id, .origin = key.origin});
    keys_->replace(current.lacking(std::move(missing)));
}

authority::KeysInForce Instance::Relay::keys_in_force() const {
    auto const ring = keys_->read();
    authority::KeysInForce keys{.signing = ring->signing().id};
    for (auto const& key : ring->keys()) keys.ids.push_back(key->id);
    return keys;
}

void Instance::Relay::on_changes(std::span<authority::Change const> changes) {
    for (auto const& change : changes)
        if (auto const* const replaced = std::get_if<authority::KeysReplaced>(&change); replaced != nullptr && key_) replace_keys(*replaced);
    for (auto* const other : others_) other->on_changes(changes);
    token_index_->on_changes(changes);
}

std::expected<void, std::string> Instance::follow(std::vector<authority::ChangeListener*> others) {
    relay_.put_before(std::move(others));
    if (!store_->attach(relay_)) return std::unexpected{"store " + store::describe(url_) + ": can't be read"};
    return {};
}

std::expected<void, std::string> Instance::reload_keys_if_changed() {
    return key_ring_reloader_ ? key_ring_reloader_->reload_if_changed() : std::expected<void, std::string>{};
}

bool Instance::save_uses() {
    auto const saved = usage_.save(*store_);
    if (!saved)
        log_->warning("uses_not_stored",
                      {{"why", authority::message(saved.error())}, {"effect", "they stay counted in memory until they are stored"}});
    return saved.has_value();
}

bool Instance::reload() {
    auto const read = key_ring_reloader_ ? key_ring_reloader_->reload() : std::expected<void, std::string>{};
    if (!read) log_->error("keys_not_reloaded", {{"why", std::string_view{read.error()}}, {"effect", "the keys read before stay in force"}});
    auto const refreshed = authority::wait<void>([this](auto done) { store_->refresh(std::move(done)); });
    if (!refreshed)
        log_->error("store_not_reloaded", {{"why", authority::message(refreshed.error())}, {"effect", "the content read before stays in force"}});
    return read && refreshed;
}

}  // namespace warder::runtime
