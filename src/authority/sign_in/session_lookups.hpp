// SPDX-License-Identifier: MIT
#pragma once

#include "authority/sign_in/session_table.hpp"
#include "warder/store.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace warder::authority {

/// Asks a store that several nodes share for sessions that this node doesn't know yet, or of which it doesn't know that they
/// are in use elsewhere. Anyone can send cookies with random ids, so what this costs is bounded: one question at a time, for
/// many sessions at once. Any thread may call it. The table must outlive the store.
class SessionLookups : public std::enable_shared_from_this<SessionLookups> {
  public:
    static constexpr std::size_t kMaxWaiting = 16'384;  ///< More than a server has connections: those of others delay a user, but don't reject one.
    static constexpr std::size_t kMaxAtOnce = 2'048;

    SessionLookups(Store& store, SessionTable& table) noexcept : store_{&store}, table_{&table} {}

    /// Calls `done` as soon as the table and the user directory have what any node committed about this session before the
    /// call. Fails with `kBusy` if too many wait already, and if the store can't be read.
    void confirm(Digest const& id_digest, Done<void> done);

  private:
    struct Waiting {
        Digest id_digest;
        Done<void> done;
    };
    struct Question;

    void ask() noexcept;
    [[nodiscard]] std::vector<Waiting> take();
    void fail_all(Error error);
    void go_on() noexcept;

    Store* store_;
    SessionTable* table_;
    std::mutex mutex_;  // guards the members below
    std::vector<Waiting> waiting_;
    bool is_asking_ = false;
};

}  // namespace warder::authority
