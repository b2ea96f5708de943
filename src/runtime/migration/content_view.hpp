// SPDX-License-Identifier: MIT
#pragma once

#include "authority/wait.hpp"
#include "core/try.hpp"
#include "crypto/key_ring.hpp"
#include "runtime/migration/migration.hpp"
#include "warder/store.hpp"

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace warder::runtime {

template <class T>
using Checked = std::expected<T, std::string>;

/// Returns the result of a store, with an error as a sentence that names the store.
template <class T>
Checked<T> named(MigrationSide const& side, authority::Result<T> result) {
    if (!result) return std::unexpected{side.name + ": " + std::string{authority::message(result.error())}};
    if constexpr (std::is_void_v<T>) return {};
    else return *std::move(result);
}

/// Records that are read page by page.
template <class Record>
class Stream {
  public:
    /// @param read_page  returns the next records; none at the end.
    explicit Stream(std::move_only_function<Checked<std::vector<Record>>()> read_page) : read_page_{std::move(read_page)} {}

    /// Returns the next record, which is valid until the next call; null at the end.
    Checked<Record*> next() {
        if (position_ == page_.size()) {
            WARDER_TRY(page_, read_page_());
            position_ = 0;
        }
        return page_.empty() ? nullptr : &page_[position_++];
    }

    Checked<void> skip(std::int64_t count) {
        for (; count > 0; --count) WARDER_TRY_VOID(next());
        return {};
    }

  private:
    std::move_only_function<Checked<std::vector<Record>>()> read_page_;
    std::vector<Record> page_;
    std::size_t position_ = 0;
};

/// The content of one side in one consistent view, in the order in which it was written.
class ContentView {
  public:
    ContentView(MigrationSide const& side, authority::Snapshot const& view, crypto::KeyRing const& keys)
        : side_{&side}, view_{view}, keys_{&keys}, capabilities_{side.store->capabilities()} {}

    [[nodiscard]] Checked<std::vector<UserRecord>> users() const { return named(*side_, view_.users->list()); }
    /// Returns all tokens, including expired and replaced ones, with the key that signed them.
    [[nodiscard]] Stream<TokenRecord> tokens() const;
    /// Returns the audit events, oldest first.
    [[nodiscard]] Checked<Stream<authority::AuditRecord>> events() const;
    /// Returns the token itself; empty if the store doesn't keep it.
    [[nodiscard]] Checked<std::string> text(TokenKey const& key) const;
    [[nodiscard]] authority::StoreCapabilities const& capabilities() const noexcept { return capabilities_; }

  private:
    Checked<void> set_key_id(TokenRecord& token) const;
    [[nodiscard]] std::optional<std::uint32_t> page_limit() const noexcept;

    MigrationSide const* side_;
    authority::Snapshot view_;
    crypto::KeyRing const* keys_;
    authority::StoreCapabilities capabilities_;
};

/// Runs `work` on one view of the store and returns its result.
template <class T, class Work>
Checked<T> read_view(MigrationSide const& side, crypto::KeyRing const& keys, Work work) {
    Checked<T> result{std::unexpect};
    auto const done = authority::wait<void>([&](auto finish) {
        auto query = [&](authority::Snapshot const& view) -> authority::Result<void> {
            result = work(ContentView{side, view, keys});
            return {};
        };
        side.store->read(std::move(query), std::move(finish));
    });
    if (!done) return std::unexpected{named(side, done).error()};
    return result;
}

}  // namespace warder::runtime
