// SPDX-License-Identifier: MIT
#pragma once

#include "authority/usage_meter.hpp"
#include "index/key_ring_handle.hpp"
#include "index/token_index.hpp"
#include "log/log.hpp"
#include "runtime/key_ring_reloader.hpp"
#include "runtime/purge_job.hpp"
#include "runtime/store_location.hpp"
#include "runtime/system_ports.hpp"
#include "store/common/open.hpp"
#include "warder/authority.hpp"
#include "warder/verifier.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace warder::runtime {

struct Settings {
    std::filesystem::path data_dir;
    StoreLocation store;
    authority::Authority::Settings tokens;
    log::Level log_level = log::Level::kNone;
    log::Format log_format = log::Format::kLogfmt;
};

/// All that it takes to work on a store, wired once for the server, the commands and embedders: clock, randomness, log, keys, what is decided from
/// memory, the store, and the use cases on top. Its parts may be used from any thread, as each of them says, as long as it lives.
class Instance {
  public:
    /// Opens the store; nothing is decided from memory yet.
    /// @param ring  what the data dir's key file holds.
    static std::expected<std::unique_ptr<Instance>, std::string> open(Settings const& settings, crypto::KeyRing ring, store::OpenMode mode);
    Instance(Instance const&) = delete;
    Instance& operator=(Instance const&) = delete;
    /// Ends the store first: what it still answers finds everything in its place.
    ~Instance();

    /// Loads all that the store holds and follows its changes from here on, so that tokens can be judged. Called once. Blocks.
    /// @param first  if not null, hears of each change before it acts; outlives the instance.
    std::expected<void, std::string> follow(authority::ChangeListener* first = nullptr);

    /// Whatever other processes changed, in the keys or in the store, is known when this returns. One that can't be read keeps nobody from the
    /// other: a revocation acts though the key file is damaged. The log says what could not be read. Blocks.
    bool read_again();

    /// Brings to the store what was counted of the tokens' uses. What can't be stored now stays counted; the log says why. Blocks. By one thread at a
    /// time.
    bool save_uses();

    void prepare_purge() { purge_job_.prepare(); }
    /// Deletes some of what is too old if the clock can be trusted; see `PurgeJob::step`. By one thread at a time.
    authority::Result<authority::Purged> purge() { return purge_job_.step(); }

    [[nodiscard]] SystemClock& clock() noexcept { return clock_; }
    [[nodiscard]] SystemRandom& random() noexcept { return random_; }
    [[nodiscard]] log::Logger& log() noexcept { return *log_; }
    [[nodiscard]] KeyRingReloader& keeper() noexcept { return keeper_; }
    [[nodiscard]] index::UserDirectory const& directory() const noexcept { return live_.directory(); }
    [[nodiscard]] authority::Authority& authority() noexcept { return authority_; }
    [[nodiscard]] authority::Verifier const& verifier() const noexcept { return verifier_; }
    [[nodiscard]] authority::UsageMeter const& usage() const noexcept { return usage_; }

  private:
    /// Passes each change on, to whoever wants it first and then to what decides.
    class Relay final : public authority::ChangeListener {
      public:
        explicit Relay(index::TokenIndex& live) : live_{&live} {}
        void put_before(authority::ChangeListener* first) noexcept { first_ = first; }
        void on_changes(std::span<authority::Change const> changes) override;

      private:
        index::TokenIndex* live_;
        authority::ChangeListener* first_ = nullptr;
    };

    /// What a store may use is made before it.
    Instance(Settings const& settings, std::unique_ptr<log::Logger> log, std::unique_ptr<index::KeyRingHandle> keys,
             std::unique_ptr<authority::Store> store);
    static std::uint64_t make_seed(Random& random);

    StoreLocation place_;
    SystemClock clock_;
    SystemRandom random_;
    std::unique_ptr<log::Logger> log_;
    std::unique_ptr<index::KeyRingHandle> keys_;
    KeyRingReloader keeper_;
    index::TokenIndex live_;
    authority::UsageMeter usage_;
    Relay relay_;
    std::unique_ptr<authority::Store> store_;
    authority::Authority authority_;
    authority::Verifier verifier_;
    PurgeJob purge_job_;
};

}  // namespace warder::runtime
