// SPDX-License-Identifier: MIT
#pragma once

#include "authority/wait.hpp"
#include "fakes.hpp"
#include "index/key_ring_handle.hpp"
#include "index/token_index.hpp"
#include "log/log.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "warder/authority.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace warder::tests {

using authority::wait;

/// The authority on a real SQLite store in its own temporary directory, with a clock that the test controls.
class RealStore : public testing::Test {
  protected:
    RealStore() { EXPECT_TRUE(store_->attach(index_)); }
    ~RealStore() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    RealStore(RealStore const&) = delete;
    RealStore& operator=(RealStore const&) = delete;

    authority::Principal add_user(std::string const& name, bool is_admin = false) {
        auto const user = wait<UserRecord>([&](auto done) {
            authority_.add_user(operator_, {.name = name, .password_hash = "$argon2id$stand-in", .is_admin = is_admin, .ceiling = {}},
                                std::move(done));
        });
        EXPECT_TRUE(user);
        return {.id = user->id, .name = name, .is_admin = is_admin, .is_operator = false};
    }

    authority::Result<authority::MintedToken> mint(authority::Principal const& principal, std::string const& description,
                                                   Seconds lifetime = Seconds{360}) {
        return wait<authority::MintedToken>(
            [&](auto done) { authority_.mint(principal, {.description = description, .lifetime = lifetime}, std::move(done)); });
    }

    static std::filesystem::path make_directory() {
        auto path = (std::filesystem::temp_directory_path() / "warder-unit-XXXXXX").string();
        if (mkdtemp(path.data()) == nullptr) std::abort();
        return path;
    }

    authority::Principal const operator_ = authority::Principal::local_operator("root");
    std::filesystem::path directory_ = make_directory();
    ManualClock clock_;
    CountingRandom random_;
    log::Logger log_{log::Level::kError, log::Format::kLogfmt};
    index::TokenIndex index_{7};
    index::KeyRingHandle keys_{crypto::KeyRing::make(random_, Instant{})};
    std::unique_ptr<authority::Store> store_ = store::open_sqlite(directory_ / "warder.db", store::OpenMode::kCreate, log_).value();
    authority::Authority authority_{
        *store_, keys_, clock_, random_, {.max_lifetime = Seconds{86'400}, .keep_expired = Seconds{3'600}, .max_per_user = 20}};
};

}  // namespace warder::tests
