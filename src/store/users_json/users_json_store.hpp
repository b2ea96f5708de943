// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "store/common/open.hpp"
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

/// Where Specter's file is, and where the audit log goes, for which that has no place.
struct UsersJsonLocation {
    std::filesystem::path users;
    std::filesystem::path audit;
};

/// Opens Specter Desktop's users.json. Refuses a damaged file, which it never writes, and one that others may read. Several of Warder's
/// processes may have it open; Specter must not.
///
/// It keeps no ceilings and no overlaps: who asks for one gets `kNotSupportedByStore`. Tokens are kept as they are; what can't be used here stays in
/// the file untouched.
/// @param keys  tell which key signed a token that names none; outlive the store. Null: they are nobody's.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, OpenError> open_users_json(UsersJsonLocation const& place, OpenMode mode,
                                                                                          index::KeyRingHandle const* keys, log::Logger& log,
                                                                                          std::unique_ptr<FilePort> files = make_file_port());

/// Everything that is wrong with the store, a sentence each. Changes nothing.
[[nodiscard]] std::vector<std::string> find_users_json_problems(UsersJsonLocation const& place, OpenMode mode);

/// Whether one of Warder's processes has written this file: then there are tokens that its keys signed.
[[nodiscard]] bool is_written_by_us(std::filesystem::path const& users_json);

}  // namespace warder::store
