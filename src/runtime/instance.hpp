// SPDX-License-Identifier: MIT
#pragma once

#include "authority/usage_meter.hpp"
#include "index/key_ring_handle.hpp"
#include "index/token_index.hpp"
#include "log/log.hpp"
#include "metrics/store_metrics.hpp"
#include "runtime/keys/key_ring_reloader.hpp"
#include "runtime/keys/shared_keys.hpp"
#include "runtime/purge_job.hpp"
#include "runtime/system_ports.hpp"
#include "store/common/cluster.hpp"
#include "store/common/open.hpp"
#include "store/common/store_url.hpp"
#include "warder/authority.hpp"
#include "warder/verifier.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace warder::runtime {

struct Settings {
    std::filesystem::path data_dir;
    store::StoreUrl store;
    authority::Authority::Settings tokens;
    log::Level log_level = log::Level::kNone;
    log::Format log_format = log::Format::kLogfmt;
    store::ClusterSettings cluster{};             ///< Without effect for a local store, like the next one.
    std::filesystem::path encryption_key_file{};  ///< Of the key that encrypts the signing keys in the store.
};

/// Everything that is needed to work on a store, wired once for the server, the commands and embedders: clock, random
/// numbers, log, keys, token index, store, and the use cases on top. Its parts are thread-safe as documented for each
/// of them, and must not be used after its destruction.
class Instance {
  public:
    /// Opens the store. Loads nothing into the token index yet.
    /// @param ring  the content of the data directory's key file.
    static std::expected<std::unique_ptr<Instance>, std::string> open(Settings const& settings, crypto::KeyRing ring, store::OpenMode mode);
    /// Opens a store that also has the keys, which are decrypted with `Settings::encryption_key_file`. With
    /// `kCreate`, the first key is made if there is none.
    static std::expected<std::unique_ptr<Instance>, store::OpenError> open_shared(Settings const& settings, store::OpenMode mode);
    Instance(Instance const&) = delete;
    Instance& operator=(Instance const&) = delete;
    /// Destroys the store first, because requests that it still answers use the other parts.
    ~Instance();

    /// Loads the content of the store and follows its changes from then on, so that tokens can be verified. Call it
    /// once. Blocks.
    /// @param others  also receive each change, before it takes effect; they must outlive the instance.
    std::expected<void, std::string> follow(std::vector<authority::ChangeListener*> others = {});

    /// Reloads the keys and the store, so that changes by other processes are in force when this returns. A failure of
    /// one does not prevent the other: a revocation takes effect even if the key file is damaged. Failures are logged.
    /// Blocks.
    /// @return whether both were reloaded.
    bool reload();

    /// Writes the counted uses of tokens to the store. Uses that can't be stored now stay counted; the reason is
    /// logged. Blocks. For one thread at a time.
    bool save_uses();

    void prepare_purge() { purge_job_.prepare(); }
    /// Deletes some of the expired tokens and old audit events if the clock can be trusted; see `PurgeJob::step`. For
    /// one thread at a time.
    authority::Result<authority::PurgeCounts> purge() { return purge_job_.step(); }

    /// See `Store::end_waits`.
    void end_waits() noexcept { store_->end_waits(); }
    /// See `Store::end_reads`.
    void end_reads() noexcept { store_->end_reads(); }

    [[nodiscard]] SystemClock& clock() noexcept { return clock_; }
    [[nodiscard]] SystemRandom& random() noexcept { return random_; }
    [[nodiscard]] log::Logger& log() noexcept { return *log_; }
    /// Puts the keys in force that another process has written to the key file without notifying this one. Keys of a
    /// store are followed like its other content.
    std::expected<void, std::string> reload_keys_if_changed();
    /// Returns the key that encrypts the signing keys in the store; null if they are in a file.
    [[nodiscard]] KeyEncryptionKey const* key_encryption_key() const noexcept { return relay_.key_encryption_key(); }
    [[nodiscard]] index::KeyRingHandle const& keys() const noexcept { return *keys_; }
    [[nodiscard]] authority::StoreCapabilities store_capabilities() const noexcept { return store_->capabilities(); }
    [[nodiscard]] index::Registry const& tokens() const noexcept { return token_index_.registry(); }
    [[nodiscard]] index::UserDirectory const& directory() const noexcept { return token_index_.directory(); }
    [[nodiscard]] authority::Authority& authority() noexcept { return authority_; }
    [[nodiscard]] authority::Store& store() noexcept { return *store_; }
    [[nodiscard]] authority::Verifier const& verifier() const noexcept { return verifier_; }
    [[nodiscard]] authority::UsageMeter& usage() noexcept { return usage_; }

  private:
    /// Passes each change to the other listeners, and then to the token index. Decrypts keys and puts them in force.
    class Relay final : public authority::ChangeListener {
      public:
        Relay(index::TokenIndex& token_index, index::KeyRingHandle& keys, std::optional<KeyEncryptionKey> key, log::Logger& log)
            : token_index_{&token_index}, keys_{&keys}, key_{std::move(key)}, log_{&log} {}
        [[nodiscard]] KeyEncryptionKey const* key_encryption_key() const noexcept { return key_ ? &*key_ : nullptr; }
        void put_before(std::vector<authority::ChangeListener*> others) noexcept { others_ = std::move(others); }
        void on_changes(std::span<authority::Change const> changes) override;
        [[nodiscard]] authority::KeysInForce keys_in_force() const override;

      private:
        void replace_keys(authority::KeysReplaced const& replaced);

        index::TokenIndex* token_index_;
        index::KeyRingHandle* keys_;
        std::optional<KeyEncryptionKey> key_;
        log::Logger* log_;
        std::vector<authority::ChangeListener*> others_;
    };

    /// The store is a parameter, as are the log and the keys, because the store refers to those two.
    Instance(Settings const& settings, std::unique_ptr<log::Logger> log, std::unique_ptr<index::KeyRingHandle> keys,
             std::optional<KeyEncryptionKey> key, std::unique_ptr<authority::Store> store);
    static std::uint64_t make_seed(Random& random);

    store::StoreUrl url_;
    SystemClock clock_;
    SystemRandom random_;
    std::unique_ptr<log::Logger> log_;
    std::unique_ptr<index::KeyRingHandle> keys_;
    std::optional<KeyRingReloader> key_ring_reloader_;  ///< Of a key file.
    index::TokenIndex token_index_;
    authority::UsageMeter usage_;
    metrics::TokenMetrics token_metrics_;
    Relay relay_;
    std::unique_ptr<authority::Store> store_;
    authority::Authority authority_;
    authority::Verifier verifier_;
    PurgeJob purge_job_;
};

}  // namespace warder::runtime
