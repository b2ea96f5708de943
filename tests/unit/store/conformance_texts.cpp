// SPDX-License-Identifier: MIT
// Requirements for stores that keep the tokens themselves, which only Specter's file does.
#include "store/store_conformance.hpp"

#include <optional>
#include <string>

namespace warder::tests {

using authority::Result;
using authority::Snapshot;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TextConformance);

namespace {

std::optional<std::string> find_text(authority::Store& store, TokenKey const& key) {
    std::optional<std::string> text;
    EXPECT_TRUE(read(store, [&](Snapshot const& s) -> Result<void> {
        text = s.tokens->find_text(key).value();
        return {};
    }));
    return text;
}

}  // namespace

TEST_P(TextConformance, KeepsTheTextOfATokenAcrossARestart) {
    EXPECT_TRUE(store_->capabilities().keeps_token_texts);
    auto const token = add_token(add_user("alice"));
    reopen();
    EXPECT_EQ(find_text(*store_, token.key()), text_of(token));
}

TEST_P(StoreConformance, FindTextReturnsNothingForAnUnknownTokenOrIfTheStoreKeepsNone) {
    auto const alice = add_user("alice");
    auto const key = add_token(alice).key();
    EXPECT_EQ(find_text(*store_, key).has_value(), store_->capabilities().keeps_token_texts);
    EXPECT_FALSE(find_text(*store_, {.owner = alice, .id = TokenId::make(random_)}));
    EXPECT_FALSE(find_text(*store_, {.owner = add_user("bob"), .id = key.id}));
}

}  // namespace warder::tests
