// SPDX-License-Identifier: MIT
#include "gateway/upstream/name_resolver.hpp"

#include "net/loopback.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace warder::gateway {
namespace {

namespace asio = boost::asio;

/// Name servers that answer when the test allows it. Shared with lookups that may outlive a test.
struct Servers {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_silent = true;  ///< For names that begin with "silent".
    std::atomic<int> lookups{0};

    NameResolver::Answer look_up(std::string const& host) {
        ++lookups;
        std::unique_lock lock{mutex};
        if (host.starts_with("silent")) changed.wait(lock, [this] { return !is_silent; });
        if (host.starts_with("unknown")) return std::unexpected{LookupError{.is_unknown = true, .message = "unknown"}};
        return std::vector{asio::ip::make_address("192.0.2.1")};
    }
    void answer() {
        {
            std::scoped_lock const lock{mutex};
            is_silent = false;
        }
        changed.notify_all();
    }
};

class NameResolverTest : public net::tests::Loopback {
  protected:
    ~NameResolverTest() override { servers_->answer(); }

    using Answer = std::shared_ptr<NameResolver::Answer const>;
    Answer resolve(std::string const& host) {
        NameResolver::Query query{resolver_, context_};
        return run(query.resolve(host));
    }

    std::shared_ptr<Servers> servers_ = std::make_shared<Servers>();
    NameResolver resolver_{[servers = servers_](std::string const& host) { return servers->look_up(host); }};
};

TEST_F(NameResolverTest, SilentNameServersDelayNoOtherName) {
    std::vector<std::unique_ptr<NameResolver::Query>> waiting;
    std::vector<std::shared_ptr<std::optional<Answer>>> outcomes;
    for (int name = 0; name < 10; ++name) {
        for (int times = 0; times < 10; ++times) {
            waiting.push_back(std::make_unique<NameResolver::Query>(resolver_, context_));
            outcomes.push_back(begin(waiting.back()->resolve("silent-" + std::to_string(name))));
        }
    }
    settle();
    auto const other = resolve("other");
    ASSERT_TRUE(other && *other);
    EXPECT_EQ((*other)->front().to_string(), "192.0.2.1");
    EXPECT_LE(servers_->lookups, 11) << "one look-up per name";
    servers_->answer();
    for (auto const& outcome : outcomes) EXPECT_TRUE(finish(outcome));
}

TEST_F(NameResolverTest, CancelledQueryEndsAtOnceAndItsLookupIsReused) {
    NameResolver::Query query{resolver_, context_};
    auto const outcome = begin(query.resolve("silent"));
    settle();
    query.cancel();
    EXPECT_EQ(finish(outcome), nullptr);
    NameResolver::Query next{resolver_, context_};
    auto const answer = begin(next.resolve("silent"));
    settle();
    servers_->answer();
    EXPECT_TRUE(finish(answer));
    EXPECT_EQ(servers_->lookups, 1);
}

TEST_F(NameResolverTest, CachesAnswersAndFailures) {
    EXPECT_TRUE(*resolve("known"));
    EXPECT_TRUE(*resolve("known"));
    EXPECT_EQ(servers_->lookups, 1);
    EXPECT_FALSE(*resolve("unknown"));
    EXPECT_FALSE(*resolve("unknown"));
    EXPECT_EQ(servers_->lookups, 2);
}

TEST_F(NameResolverTest, LimitsConcurrentLookupsToTheNumberOfThreads) {
    std::vector<std::unique_ptr<NameResolver::Query>> waiting;
    std::vector<std::shared_ptr<std::optional<Answer>>> outcomes;
    for (std::size_t name = 0; name < 2 * NameResolver::kMaxThreads; ++name) {
        waiting.push_back(std::make_unique<NameResolver::Query>(resolver_, context_));
        outcomes.push_back(begin(waiting.back()->resolve("silent-" + std::to_string(name))));
    }
    settle();
    EXPECT_LE(servers_->lookups, static_cast<int>(NameResolver::kMaxThreads));
    servers_->answer();
    for (auto const& outcome : outcomes) EXPECT_TRUE(finish(outcome));
}

TEST_F(NameResolverTest, LookupMayOutliveTheResolver) {
    auto const servers = std::make_shared<Servers>();
    {
        NameResolver resolver{[servers](std::string const& host) { return servers->look_up(host); }};
        NameResolver::Query query{resolver, context_};
        auto const outcome = begin(query.resolve("silent"));
        settle();
        query.cancel();
        EXPECT_EQ(finish(outcome), nullptr);
    }
    servers->answer();
}

TEST_F(NameResolverTest, ResolvesLocalhostAndReportsUnknownNames) {
    NameResolver system;
    NameResolver::Query localhost{system, context_};
    auto const found = run(localhost.resolve("localhost"));
    ASSERT_TRUE(found && *found);
    EXPECT_TRUE((*found)->front().is_loopback());
    NameResolver::Query nowhere{system, context_};
    auto const nothing = run(nowhere.resolve("nowhere.invalid"));
    ASSERT_TRUE(nothing && !*nothing);
    EXPECT_TRUE(nothing->error().is_unknown);
}

}  // namespace
}  // namespace warder::gateway
