// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "log/log.hpp"
#include "store/common/cluster.hpp"
#include "store/common/open.hpp"
#include "store/common/store_url.hpp"
#include "store/sqlite/backup.hpp"
#include "warder/store.hpp"

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Opens, examines and copies a store of any kind. Nothing else outside `src/store/` depends on the kind of a store.
namespace warder::runtime {

/// @param keys  must outlive the store; may be null if no one asks which key signed a token.
/// @param cluster  for a store that several nodes share.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(store::StoreUrl const& url, store::OpenMode mode,
                                                                                            index::KeyRingHandle const* keys, log::Logger& log,
                                                                                            store::ClusterSettings const& cluster = {});

/// Returns what a store of this kind can do, whether or not it exists.
[[nodiscard]] authority::StoreCapabilities store_capabilities(store::StoreUrl const& url) noexcept;

/// Returns whether there is, or may be, a store with tokens that were signed by existing keys. A users.json that only
/// Specter has written is not one yet.
[[nodiscard]] bool has_store(store::StoreUrl const& url);

/// Returns everything that is wrong with the store and its files, one sentence each. @param mode  `kRequired` if the keys have been
/// used with a store.
[[nodiscard]] std::vector<std::string> find_store_problems(store::StoreUrl const& url, store::OpenMode mode = store::OpenMode::kExisting);

/// Copies a store into another data directory, as the store that a server with that directory opens by default.
using CopyStore = std::function<std::expected<store::Contents, store::OpenError>(std::filesystem::path const& data_dir)>;

/// Returns the function that copies this store; if there is none, a sentence that says what to copy instead.
/// @param key_file  the key file that belongs to the store.
[[nodiscard]] std::expected<CopyStore, std::string> find_copier(store::StoreUrl const& url, std::filesystem::path const& key_file);

}  // namespace warder::runtime
