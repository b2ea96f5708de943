// SPDX-License-Identifier: MIT
#include "runtime/migration/content_view.hpp"

#include "fakes.hpp"
#include "store/sqlite/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace warder::runtime {
namespace {

using authority::Result;
using authority::Transaction;
using testing::ElementsAre;
using testing::IsEmpty;

/// Returns the numbers of a stream until its end or its error.
std::vector<int> read_all(Stream<int>& stream) {
    std::vector<int> numbers;
    for (;;) {
        auto const next = stream.next();
        if (!next || *next == nullptr) return numbers;
        numbers.push_back(**next);
    }
}

Stream<int> stream_of(std::vector<std::vector<int>> pages) {
    return Stream<int>{[pages = std::move(pages), next = std::size_t{0}]() mutable -> Checked<std::vector<int>> {
        return next < pages.size() ? pages[next++] : std::vector<int>{};
    }};
}

TEST(ContentStream, ReturnsTheRecordsOfAllPagesInOrder) {
    auto stream = stream_of({{1, 2}, {3}, {4, 5, 6}});
    EXPECT_THAT(read_all(stream), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_EQ(stream.next().value(), nullptr);
}

TEST(ContentStream, WithoutRecordsEndsAtOnce) {
    auto stream = stream_of({});
    EXPECT_EQ(stream.next().value(), nullptr);
}

TEST(ContentStream, SkipsAcrossPages) {
    auto stream = stream_of({{1, 2}, {3}, {4, 5, 6}});
    ASSERT_TRUE(stream.skip(4));
    EXPECT_THAT(read_all(stream), ElementsAre(5, 6));
}

TEST(ContentStream, PassesOnTheErrorOfAPage) {
    Stream<int> stream{[is_first = true]() mutable -> Checked<std::vector<int>> {
        if (std::exchange(is_first, false)) return std::vector{1};
        return std::unexpected{"source: is gone"};
    }};
    EXPECT_THAT(read_all(stream), ElementsAre(1));
    EXPECT_EQ(stream.next().error(), "source: is gone");
}

TEST(NamedResult, ErrorNamesTheStore) {
    MigrationSide const side{.store = nullptr, .name = "sqlite:/a"};
    EXPECT_EQ(named(side, Result<int>{7}).value(), 7);
    auto const failed = named(side, Result<int>{std::unexpected{authority::Error::kStoreUnavailable}});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), "sqlite:/a: " + std::string{authority::message(authority::Error::kStoreUnavailable)});
}

class ContentViewTest : public testing::Test {
  protected:
    TokenRecord token(UserId owner, std::string description) {
        TokenRecord record;
        record.id = TokenId::make(random_);
        record.owner = owner;
        record.description = std::move(description);
        record.lifetime = Seconds{60};
        record.issued_at = Instant{std::chrono::seconds{1'800'000'000}};
        record.expires_at = record.issued_at + std::chrono::seconds{60};
        record.key_id = "key-1";
        return record;
    }
    /// Returns what `read` returns of a view of the store.
    template <class T, class Read>
    T in_view(Read read) {
        auto result =
            read_view<T>({.store = store_.get(), .name = "source"}, ring_, [&](ContentView const& view) -> Checked<T> { return read(view); });
        EXPECT_TRUE(result) << result.error();
        return result.value_or(T{});
    }
    std::vector<std::string> events() {
        return in_view<std::vector<std::string>>([](ContentView const& view) {
            std::vector<std::string> targets;
            auto events = view.events().value();
            while (auto const* const record = events.next().value()) targets.push_back(record->event.target);
            return targets;
        });
    }

    tests::CountingRandom random_;
    crypto::KeyRing ring_ = crypto::KeyRing::make(random_, Instant{});
    tests::SqliteTestLocation location_;
    std::unique_ptr<authority::Store> store_ = location_.open();
};

TEST_F(ContentViewTest, EventsAreReadOldestFirst) {
    EXPECT_THAT(events(), IsEmpty());
    ASSERT_TRUE(tests::write(*store_, [](Transaction const& t) -> Result<void> {
        for (auto const* const target : {"a", "b", "c"})
            WARDER_TRY_VOID(t.audit->append({.time = {}, .actor = {}, .address = {}, .action = "token.created", .target = target}));
        return {};
    }));
    EXPECT_THAT(events(), ElementsAre("a", "b", "c"));
}

TEST_F(ContentViewTest, EventsOfSeveralPagesAreReadOldestFirst) {
    constexpr int kMany = 9001;
    ASSERT_TRUE(tests::write(*store_, [](Transaction const& t) -> Result<void> {
        for (int i = 0; i < kMany; ++i)
            WARDER_TRY_VOID(t.audit->append({.time = {}, .actor = {}, .address = {}, .action = "token.created", .target = std::to_string(i)}));
        return {};
    }));
    auto const read = events();
    ASSERT_EQ(read.size(), std::size_t{kMany});
    for (int i = 0; i < kMany; ++i) ASSERT_EQ(read[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(ContentViewTest, TokensIncludeExpiredAndReplacedOnes) {
    ASSERT_TRUE(tests::write(*store_, [&](Transaction const& t) -> Result<void> {
        auto const alice = t.users->insert({.name = "alice", .password_hash = "hash"}).value();
        auto expired = token(alice, "expired");
        expired.issued_at = Instant{std::chrono::seconds{1}};
        expired.expires_at = Instant{std::chrono::seconds{61}};
        WARDER_TRY_VOID(t.tokens->insert(expired, ""));
        auto replaced = token(alice, "replaced");
        replaced.succession = {.ends_at = Instant{std::chrono::seconds{9}}, .successor = TokenId::make(random_)};
        WARDER_TRY_VOID(t.tokens->insert(replaced, ""));
        return t.tokens->insert(token(alice, "live"), "");
    }));
    auto const descriptions = in_view<std::vector<std::string>>([](ContentView const& view) {
        std::vector<std::string> found;
        auto tokens = view.tokens();
        while (auto const* const record = tokens.next().value()) found.push_back(record->description);
        return found;
    });
    EXPECT_THAT(descriptions, ElementsAre("expired", "replaced", "live"));
}

TEST_F(ContentViewTest, TextOfATokenIsEmptyIfTheStoreKeepsNone) {
    EXPECT_EQ(in_view<std::string>([&](ContentView const& view) { return view.text({.owner = UserId{1}, .id = TokenId::make(random_)}).value(); }),
              "");
}

TEST_F(ContentViewTest, UsersAreThoseOfTheView) {
    ASSERT_TRUE(tests::write(*store_, [](Transaction const& t) -> Result<void> {
        t.users->insert({.name = "alice", .password_hash = "hash"}).value();
        t.users->insert({.name = "Bob", .password_hash = ""}).value();
        return {};
    }));
    auto const users = in_view<std::vector<UserRecord>>([](ContentView const& view) { return view.users().value(); });
    ASSERT_EQ(users.size(), 2U);
    EXPECT_EQ(users[0].name, "alice");
    EXPECT_EQ(users[1].name, "Bob");
}

}  // namespace
}  // namespace warder::runtime
