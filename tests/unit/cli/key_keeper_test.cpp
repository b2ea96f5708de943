// SPDX-License-Identifier: MIT
#include "cli/key_keeper.hpp"

#include "authority/real_store.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "runtime/keys/key_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace warder::cli {
namespace {

using authority::Error;
using testing::ElementsAre;
using testing::IsEmpty;

/// The keeper of a key file, whose first key signs the tokens of the store.
class FileKeyKeeper : public tests::RealStore {
  protected:
    FileKeyKeeper() { EXPECT_TRUE(runtime::save_key_ring(key_file_, *keys_.read())); }

    std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        auto const ring = keeper_->load();
        EXPECT_TRUE(ring);
        for (auto const& key : ring->keys()) ids.push_back(key->id);
        return ids;
    }
    /// Returns the actions and targets of the audit log that concern keys, oldest first.
    std::vector<std::string> audited() {
        std::vector<std::string> entries;
        EXPECT_TRUE(tests::wait<void>([&](auto done) {
            store_->read(
                [&](authority::Snapshot const& s) -> authority::Result<void> {
                    auto const records = s.audit->list({.before = {}, .limit = 100});
                    if (!records) return std::unexpected{records.error()};
                    for (auto const& record : *records)
                        if (record.event.action.starts_with("key.")) entries.insert(entries.begin(), record.event.action + " " + record.event.target);
                    return {};
                },
                std::move(done));
        }));
        return entries;
    }

    std::filesystem::path const key_file_ = directory_ / "keys.json";
    authority::PasswordHasher hasher_{{}};
    CommandContext const context_{.authority = authority_,
                                  .hasher = hasher_,
                                  .clock = clock_,
                                  .random = random_,
                                  .principal = operator_,
                                  .data_dir = directory_,
                                  .key_file = key_file_};
    std::unique_ptr<KeyKeeper> const keeper_ = keeper_of(context_);
    std::string const first_ = keys_.read()->signing().id;
};

TEST_F(FileKeyKeeper, LoadsTheRingOfTheFile) { EXPECT_THAT(ids(), ElementsAre(first_)); }

TEST_F(FileKeyKeeper, LoadFailsWithoutTheFile) {
    std::filesystem::remove(key_file_);
    EXPECT_FALSE(keeper_->load());
    EXPECT_FALSE(keeper_->rotate());
    EXPECT_FALSE(std::filesystem::exists(key_file_));
}

TEST_F(FileKeyKeeper, RotateAddsAKeyThatSigns) {
    auto const id = keeper_->rotate();
    ASSERT_TRUE(id);
    EXPECT_THAT(ids(), ElementsAre(first_, *id));
    EXPECT_EQ(keeper_->load()->signing().id, *id);
    EXPECT_THAT(audited(), ElementsAre("key.rotated " + *id));
}

TEST_F(FileKeyKeeper, RetireRefusesTheSigningKey) {
    auto const retired = keeper_->retire(first_, false);
    ASSERT_FALSE(retired);
    EXPECT_EQ(retired.error().message, CommandError{Error::kKeyIsSigning}.message);
    EXPECT_THAT(ids(), ElementsAre(first_));
    EXPECT_THAT(audited(), IsEmpty());
}

TEST_F(FileKeyKeeper, RetireRefusesAnUnknownKey) {
    auto const retired = keeper_->retire("no-such-key", true);
    ASSERT_FALSE(retired);
    EXPECT_EQ(retired.error().message, CommandError{Error::kUnknownKey}.message);
    EXPECT_THAT(ids(), ElementsAre(first_));
}

TEST_F(FileKeyKeeper, RetireRemovesAKeyThatNoActiveTokenNeeds) {
    auto const second = keeper_->rotate().value();
    ASSERT_TRUE(mint(add_user("alice"), "expired", Seconds{60}));
    clock_.advance(std::chrono::seconds{60});
    auto const retired = keeper_->retire(first_, false);
    ASSERT_TRUE(retired) << retired.error().message;
    EXPECT_EQ(*retired, 0);
    EXPECT_THAT(ids(), ElementsAre(second));
    EXPECT_THAT(audited(), ElementsAre("key.rotated " + second, "key.retired " + first_));
}

TEST_F(FileKeyKeeper, RetireRefusesAKeyThatActiveTokensNeedUnlessItMayRevokeThem) {
    auto const second = keeper_->rotate().value();
    auto const alice = add_user("alice");
    ASSERT_TRUE(mint(alice, "one"));
    auto const refused = keeper_->retire(first_, false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "1 active token needs this key; --revoke-tokens revokes it first");
    EXPECT_EQ(refused.error().code, "key_in_use");
    ASSERT_TRUE(mint(alice, "two"));
    EXPECT_EQ(keeper_->retire(first_, false).error().message, "2 active tokens need this key; --revoke-tokens revokes them first");
    EXPECT_THAT(ids(), ElementsAre(first_, second));

    auto const retired = keeper_->retire(first_, true);
    ASSERT_TRUE(retired) << retired.error().message;
    EXPECT_EQ(*retired, 2);
    EXPECT_THAT(ids(), ElementsAre(second));
}

}  // namespace
}  // namespace warder::cli
