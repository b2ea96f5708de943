// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "store/common/open.hpp"
#include "store/common/store_url.hpp"
#include "store/users_json/file_port.hpp"
#include "warder/store.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace warder::log {
class Logger;
}

namespace warder::store {

[[nodiscard]] authority::StoreCapabilities users_json_capabilities() noexcept;

/// Opens Specter Desktop's users.json. Rejects a damaged file, which it never overwrites, and one that others can read.
/// Several processes of Warder may have it open; Specter must not.
///
/// Ceilings and overlaps are not supported: `kNotSupportedByStore`. Tokens are stored unchanged. Entries that can't be
/// used here stay in the file untouched.
/// @param keys  used to find the key that signed a token without a key id; must outlive the store. Null if such tokens
/// belong to no key.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, OpenError> open_users_json(UsersJsonPath const& url, OpenMode mode,
                                                                                          index::KeyRingHandle const* keys, log::Logger& log,
                                                                                          std::unique_ptr<FilePort> files = make_file_port());

/// Returns everything that is wrong with the store, one sentence each. Changes nothing.
[[nodiscard]] std::vector<std::string> find_users_json_problems(UsersJsonPath const& url, OpenMode mode);

/// Returns whether a process of Warder has written this file, so that some of its tokens may be signed by Warder's
/// keys. Returns true if that can't be determined.
[[nodiscard]] bool is_written_by_us(std::filesystem::path const& users_json);

}  // namespace warder::store
