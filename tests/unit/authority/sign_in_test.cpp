// SPDX-License-Identifier: MIT
#include "authority/sign_in.hpp"

#include "authority/directory.hpp"
#include "authority/key_ring_holder.hpp"
#include "authority/password_hasher.hpp"
#include "authority/sign_in_audit.hpp"
#include "counted_hashing.hpp"
#include "fakes.hpp"
#include "one_user_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr crypto::Argon2Cost kCheap{.memory_bytes = 65536, .passes = 1};
constexpr crypto::Argon2Cost kDearer{.memory_bytes = 131072, .passes = 1};

// Made by Python: base64(pbkdf2_hmac("sha256", password, salt text, 10000, 32)).
constexpr std::string_view kSalt = "c2FsdHNhbHRzYWx0c2FsdA==";
constexpr std::string_view kSpecterOfCorrectHorse = "Zv7OGl3m9Qjuc2/qDM3AYyLw9PbXWA15SaZPB2FRxeY=";
constexpr std::string_view kSpecterOfAdmin = "aBLch05RC9xQUJjNE8yeXAaQ207T1NghGYrDYm368Kw=";
constexpr std::string_view kSpecterOfPassword = "67R1Bg8k0UkzRgNx9mJQd0DGhwDsPO1MQSrbGnxnYgE=";
constexpr std::string_view kSpecterOfAlice = "Q2xaH6PNBHg/PO6wriw+TElNX4EjH7ndPoE9S/GgqgI=";

ClientAddress address(std::uint8_t last = 1) { return ClientAddress::of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last}); }

Credentials credentials(std::string_view name, std::string_view password) {
    return {.username = std::string{name}, .password = crypto::Secret{password}};
}

/// "alice", whose password is "correct horse", on a hasher of one thread.
class SignInTest : public testing::Test {
  protected:
    using Outcome = SignIn::Outcome;

    SignInTest() { keep(crypto::hash_password(crypto::Secret{"correct horse"}, kCheap).value_or("")); }

    void keep(std::string hash) {
        store_.alice.id = UserId{7};
        store_.alice.name = "Alice";
        store_.alice.password_hash = std::move(hash);
        directory_.put(store_.alice);
    }

    std::future<Outcome> start(std::string_view name, std::string_view password, ClientAddress const& from = address()) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        sign_in_.check(credentials(name, password), from, [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
        return promise->get_future();
    }
    Outcome check(std::string_view name, std::string_view password, ClientAddress const& from = address()) {
        return start(name, password, from).get();
    }
    Outcome confirm(std::string_view name, std::string_view password, ClientAddress const& from = address()) {
        std::promise<Outcome> promise;
        sign_in_.confirm(credentials(name, password), from, [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); });
        return promise.get_future().get();
    }
    bool is_verified(std::string_view name, std::string_view password, ClientAddress const& from = address()) const {
        return sign_in_.verified(credentials(name, password), from).has_value();
    }
    /// Exhausts what the throttle allows this user from this address.
    void exceed_limit(ClientAddress const& from = address()) {
        for (int i = 0; i < 5; ++i) ASSERT_EQ(error_of(check("alice", "wrong " + std::to_string(i), from)), Error::kWrongCredentials);
    }
    std::vector<std::string> actions() const {
        std::vector<std::string> all;
        for (auto const& event : store_.events) all.push_back(event.action + " " + event.address.value_or("-"));
        return all;
    }

    static Error error_of(Outcome const& outcome) { return outcome ? Error{} : outcome.error().error; }

    /// Keeps the only hashing thread from its work until `let_go_`, so that what is asked for meanwhile is in flight together.
    void hold_up() {
        std::promise<void> held;
        hasher_.hash(crypto::Secret{"x"}, {}, [&held, go = let_go_.get_future()](auto const&) mutable {
            held.set_value();
            go.wait();
        });
        held.get_future().wait();
    }

    tests::ManualClock clock_;
    tests::CountingRandom random_;
    Directory directory_;
    OneUserStore store_{directory_};
    KeyRingHolder keys_{crypto::KeyRing::make(random_, Instant{})};
    Authority authority_{store_, keys_, clock_, random_, {}};
    std::promise<void> let_go_;
    PasswordHasher hasher_{{.cost = kCheap, .workers = 1, .queue = 8}};
    std::atomic<int> failures_ = 0;
    SignIn sign_in_{directory_, hasher_, authority_, clock_, random_, [this](Error) { ++failures_; }};
};

TEST_F(SignInTest, LetsInWhoKnowsThePasswordUnderTheStoredSpelling) {
    store_.alice.is_admin = true;
    directory_.put(store_.alice);
    auto const caller = check("aLICE", "correct horse");
    ASSERT_TRUE(caller.has_value());
    EXPECT_EQ(caller->id, UserId{7});
    EXPECT_EQ(caller->name, "Alice");
    EXPECT_TRUE(caller->is_admin);
    EXPECT_FALSE(caller->is_operator);
    EXPECT_EQ(store_.writes, 0);
}

TEST_F(SignInTest, RefusesWrongPasswordsAndUnknownAndImpossibleNamesAlike) {
    EXPECT_EQ(error_of(check("alice", "correct mule")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("alice", "")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("bob", "correct horse")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("", "correct horse")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check(std::string(65, 'a'), "correct horse")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("no such\nname", "correct horse")), Error::kWrongCredentials);
}

TEST_F(SignInTest, RemembersVerifiedCredentialsForFiveMinutes) {
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    EXPECT_TRUE(is_verified("ALICE", "correct horse"));
    EXPECT_FALSE(is_verified("alice", "correct mule"));
    EXPECT_FALSE(is_verified("bob", "correct horse"));

    clock_.advance(minutes{5} - seconds{1});
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    clock_.advance(seconds{1});
    EXPECT_FALSE(is_verified("alice", "correct horse"));
}

TEST_F(SignInTest, DoesNotBelieveWhatWasWrong) {
    ASSERT_FALSE(check("alice", "correct mule").has_value());
    EXPECT_FALSE(is_verified("alice", "correct mule"));
}

TEST_F(SignInTest, VerifiedCredentialsEndWithThePassword) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    keep(crypto::hash_password(crypto::Secret{"battery staple"}, kCheap).value_or(""));
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kWrongCredentials);
    EXPECT_TRUE(check("alice", "battery staple").has_value());
}

TEST_F(SignInTest, VerifiedCredentialsEndWithTheUser) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    directory_.erase(UserId{7});
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kWrongCredentials);
}

TEST_F(SignInTest, ReadsTheAdminFlagAnewFromTheDirectory) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    store_.alice.is_admin = true;
    directory_.put(store_.alice);
    auto const caller = sign_in_.verified(credentials("alice", "correct horse"), address());
    ASSERT_TRUE(caller.has_value());
    EXPECT_TRUE(caller->is_admin);
}

TEST_F(SignInTest, ThrottlesAfterFiveWrongPasswordsEvenTheRightOne) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", "wrong " + std::to_string(i))), Error::kWrongCredentials);
    auto const refused = check("alice", "correct horse");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().error, Error::kThrottled);
    EXPECT_EQ(refused.error().retry_after, seconds{60});
    EXPECT_TRUE(check("alice", "correct horse", address(2)).has_value());

    clock_.advance(seconds{60});
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInTest, VerifiedCredentialsCountBeyondTheLimit) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    ASSERT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(error_of(confirm("alice", "correct horse")), Error::kThrottled);
}

TEST_F(SignInTest, VerifiedCredentialsCountAtNoOtherAddress) {
    ASSERT_TRUE(check("alice", "correct horse", address(1)).has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse", address(1)));
    EXPECT_FALSE(is_verified("alice", "correct horse", address(2)));
    exceed_limit(address(2));
    EXPECT_EQ(error_of(check("alice", "correct horse", address(2))), Error::kThrottled);
    EXPECT_TRUE(check("alice", "correct horse", address(1)).has_value());
}

TEST_F(SignInTest, VerifiedCredentialsCountWithinTheSame64BitNetwork) {
    auto const in_network = [](std::uint8_t network, std::uint8_t host) {
        return ClientAddress::of({0x20, 1, 0xD, 0xB8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host});
    };
    ASSERT_TRUE(check("alice", "correct horse", in_network(1, 1)).has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse", in_network(1, 2)));
    EXPECT_FALSE(is_verified("alice", "correct horse", in_network(2, 1)));
}

TEST_F(SignInTest, FiveWrongAttemptsBeyondTheLimitSuspendVerifiedCredentials) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(check("alice", "correct horse").has_value()) << i;
        EXPECT_EQ(error_of(check("alice", "further " + std::to_string(i))), Error::kThrottled);
    }
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);

    clock_.advance(seconds{60});
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInTest, EveryKindOfWrongAttemptBeyondTheLimitCounts) {
    constexpr std::string_view kToken = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    EXPECT_EQ(error_of(check("alice", kToken)), Error::kThrottled);
    EXPECT_EQ(error_of(check("ALICE", "wrong")), Error::kThrottled);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(error_of(confirm("alice", "wrong")), Error::kThrottled);
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);
}

TEST_F(SignInTest, AttemptsAtOtherAddressesSuspendNothing) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit(address(2));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(error_of(check("alice", "wrong", address(2))), Error::kThrottled);
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInTest, SuspendedCredentialsCountAgainAsSoonAsTheThrottleAdmitsThem) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    clock_.advance(seconds{50});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
    ASSERT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);
    clock_.advance(seconds{10});
    hold_up();  // no hash is needed
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    let_go_.set_value();
}

TEST_F(SignInTest, FailuresOfOtherUsersAtTheAddressLeaveFiveComparisons) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    for (int i = 0; i < 50; ++i) ASSERT_EQ(error_of(check("user" + std::to_string(i), "wrong")), Error::kWrongCredentials);
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);
}

TEST_F(SignInTest, AuditsTheFirstSignInFromEachAddress) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(check("alice", "correct horse", address(1)).has_value());
        ASSERT_TRUE(check("alice", "correct horse", address(2)).has_value());
    }
    EXPECT_EQ(actions(), (std::vector<std::string>{"sign_in.succeeded 192.0.2.1", "sign_in.succeeded 192.0.2.2"}));
    clock_.advance(minutes{5});
    ASSERT_TRUE(check("alice", "correct horse", address(1)).has_value());
    EXPECT_EQ(actions().size(), 3U);
}

TEST_F(SignInTest, AuditsAConfirmedPasswordOnlyWhereItsUserDidNotSignInLately) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    ASSERT_TRUE(confirm("alice", "correct horse").has_value());
    clock_.advance(minutes{2});
    sign_in_.audit().write_due();
    EXPECT_EQ(store_.events.size(), 1U);
    ASSERT_TRUE(confirm("alice", "correct horse", address(2)).has_value());
    EXPECT_EQ(actions().back(), "sign_in.succeeded 192.0.2.2");
}

TEST_F(SignInTest, RefusesATokenAsAPasswordWithoutHashingButCountsIt) {
    constexpr std::string_view kToken = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
    keep(crypto::hash_password(crypto::Secret{kToken}, kCheap).value_or(""));  // as an import might have brought it
    hold_up();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", kToken)), Error::kWrongCredentials);  // answered although nothing can be hashed
    EXPECT_EQ(error_of(check("alice", kToken)), Error::kThrottled);
    let_go_.set_value();
}

TEST_F(SignInTest, HashesOnceForIdenticalRequestsInFlight) {
    hold_up();
    std::vector<std::future<Outcome>> right;
    std::vector<std::future<Outcome>> wrong;
    for (int i = 0; i < 20; ++i) right.push_back(start("alice", "correct horse"));  // more than the queue and the throttle would let pass
    for (int i = 0; i < 20; ++i) wrong.push_back(start("Alice", "correct mule"));
    let_go_.set_value();
    for (auto& outcome : right) EXPECT_TRUE(outcome.get().has_value());
    for (auto& outcome : wrong) EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);

    // All of the wrong ones counted once: four more are let through.
    for (int i = 0; i < 4; ++i) EXPECT_EQ(error_of(check("alice", "wrong " + std::to_string(i))), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
}

TEST_F(SignInTest, DoesNotLetAThrottledAddressShareAnothersAttempt) {
    for (int i = 0; i < 5; ++i) ASSERT_EQ(error_of(check("alice", "wrong " + std::to_string(i), address(1))), Error::kWrongCredentials);
    hold_up();
    auto elsewhere = start("alice", "correct horse", address(2));
    EXPECT_EQ(error_of(check("alice", "correct horse", address(1))), Error::kThrottled);
    let_go_.set_value();
    EXPECT_TRUE(elsewhere.get().has_value());
}

TEST_F(SignInTest, SaysBusyWhenTheQueueIsFullAndDoesNotCountIt) {
    hold_up();
    std::vector<std::future<Outcome>> waiting;
    for (int i = 0; i < 8; ++i) waiting.push_back(start("bob" + std::to_string(i), "filler"));
    for (int i = 0; i < 10; ++i) {
        auto const refused = check("alice", "correct horse");
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().error, Error::kBusy);
        EXPECT_EQ(refused.error().retry_after, seconds{1});
    }
    let_go_.set_value();
    for (auto& outcome : waiting) EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInTest, NewAddressFindsAPlaceInAQueueThatOthersFilled) {
    hold_up();
    std::vector<std::future<Outcome>> crowd;
    for (int i = 0; i < 8; ++i) crowd.push_back(start("bob" + std::to_string(i), "filler", address(2)));
    auto rightful = start("alice", "correct horse", address(1));
    let_go_.set_value();
    EXPECT_TRUE(rightful.get().has_value());
    int busy = 0;
    for (auto& outcome : crowd) busy += error_of(outcome.get()) == Error::kBusy ? 1 : 0;
    EXPECT_EQ(busy, 1);
}

TEST_F(SignInTest, LackOfMemoryIsNeitherCountedNorAudited) {
    {
        tests::MemoryIsShort const is_short;
        for (int i = 0; i < 10; ++i) {
            for (auto const* password : {"correct horse", "wrong"}) {
                auto const refused = check("alice", password);
                ASSERT_FALSE(refused.has_value());
                EXPECT_EQ(refused.error().error, Error::kBusy);
                EXPECT_EQ(refused.error().retry_after, seconds{1});
                EXPECT_EQ(error_of(confirm("alice", password)), Error::kBusy);
            }
            EXPECT_EQ(error_of(check("nobody", "wrong")), Error::kBusy);
        }
    }
    EXPECT_TRUE(store_.events.empty());
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInTest, LackOfMemoryForAnImportedHashIsNeitherCountedNorAudited) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    {
        tests::MemoryIsShort const is_short;
        for (int i = 0; i < 10; ++i) EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kBusy);
    }
    EXPECT_TRUE(store_.events.empty());
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInTest, UnknownNameCostsWhatTheStoredHashesCost) {
    // The settings changed from kDearer to kCheap, and nobody has signed in since.
    keep(crypto::hash_password(crypto::Secret{"correct horse"}, kDearer).value_or(""));
    tests::LastCost const dearer{.passes = kDearer.passes, .memory = kDearer.memory_bytes};
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(error_of(check("nobody" + std::to_string(i), "wrong")), Error::kWrongCredentials);
        EXPECT_EQ(tests::last_cost(), dearer);
    }
}

TEST_F(SignInTest, UnknownNameAlwaysCostsTheSame) {
    for (std::int64_t id = 100; id < 110; ++id)
        directory_.put({.id = UserId{id},
                        .name = "user" + std::to_string(id),
                        .password_hash = crypto::hash_password(crypto::Secret{"x"}, kDearer).value_or("")});
    for (std::int64_t id = 110; id < 119; ++id)
        directory_.put({.id = UserId{id}, .name = "user" + std::to_string(id), .password_hash = store_.alice.password_hash});
    auto const costs = [this](std::uint8_t from) {
        std::vector<std::size_t> all;
        for (int i = 0; i < 40; ++i) {
            static_cast<void>(check((from == 1 ? "nobody" : "NOBODY") + std::to_string(i), "wrong " + std::to_string(from), address(from)));
            all.push_back(tests::last_cost().memory);
        }
        return all;
    };
    auto const first = costs(1);
    EXPECT_EQ(costs(2), first);
    EXPECT_TRUE(std::ranges::count(first, kCheap.memory_bytes) > 0 && std::ranges::count(first, kDearer.memory_bytes) > 0) << "of both kinds";
}

TEST_F(SignInTest, RefusesAPasswordThatWasChangedWhileItWasHashed) {
    hold_up();
    auto outcome = start("alice", "correct horse");
    keep(crypto::hash_password(crypto::Secret{"battery staple"}, kCheap).value_or(""));
    let_go_.set_value();
    EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);
}

TEST_F(SignInTest, RefusesAUserWhoWasDeletedWhileTheyWereHashed) {
    hold_up();
    auto outcome = start("alice", "correct horse");
    directory_.erase(UserId{7});
    let_go_.set_value();
    EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);
}

TEST_F(SignInTest, UpgradesSpectersHashAndBelievesTheNewOne) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(crypto::kind_of(store_.alice.password_hash), crypto::HashKind::kArgon2id);
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    EXPECT_TRUE(confirm("alice", "correct horse").has_value());
    EXPECT_EQ(store_.writes, 1);
}

TEST_F(SignInTest, UpgradesAHashOfAnotherCost) {
    keep(crypto::hash_password(crypto::Secret{"correct horse"}, kDearer).value_or(""));
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_FALSE(crypto::needs_rehash(store_.alice.password_hash, kCheap));
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInTest, LetsInTwoAddressesWhoseFirstSignInsBothUpgrade) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    hold_up();
    auto first = start("alice", "correct horse", address(1));
    auto second = start("alice", "correct horse", address(2));
    let_go_.set_value();
    EXPECT_TRUE(first.get().has_value());
    EXPECT_TRUE(second.get().has_value());
    EXPECT_EQ(store_.writes, 1);
}

TEST_F(SignInTest, LetsInAlsoWhenTheStoreCannotTakeTheUpgrade) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    store_.is_full = true;
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(store_.writes, 1);
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInTest, DoesNotOpenToSpectersDefaultPasswords) {
    for (auto const& [password, hash] : {std::pair{"admin", kSpecterOfAdmin}, {"password", kSpecterOfPassword}, {"aLiCe", kSpecterOfAlice}}) {
        keep(crypto::specter_hash(kSalt, hash));
        ASSERT_EQ(crypto::matches(crypto::Secret{password}, store_.alice.password_hash), crypto::Match::kYes);
        EXPECT_EQ(error_of(check("alice", password)), Error::kWrongCredentials);
        EXPECT_FALSE(is_verified("alice", password));
    }
    EXPECT_EQ(store_.writes, 0);
}

TEST_F(SignInTest, AuditsWhatIsNotFromTheCache) {
    ASSERT_TRUE(check("aLICE", "correct horse").has_value());
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    static_cast<void>(check("alice", "wrong"));
    static_cast<void>(check("correct horse", "alice"));
    auto const time = std::chrono::floor<seconds>(clock_.now());
    EXPECT_EQ(store_.events, (std::vector<AuditEvent>{
                                 {.time = time, .actor = "Alice", .address = "192.0.2.1", .action = "sign_in.succeeded", .target = "Alice"},
                                 {.time = time, .actor = "Alice", .address = "192.0.2.1", .action = "sign_in.failed", .target = "Alice"},
                                 {.time = time, .actor = std::nullopt, .address = "192.0.2.1", .action = "sign_in.failed", .target = "unknown user"},
                             }));
}

TEST_F(SignInTest, AuditsAFloodAsAFewEvents) {
    for (int attempt = 0; attempt < 200; ++attempt) static_cast<void>(check("alice", "wrong", address(9)));
    ASSERT_EQ(store_.events.size(), 2U);
    EXPECT_EQ(store_.events[0].action, "sign_in.failed");
    EXPECT_EQ(store_.events[1].action, "sign_in.throttled");
    clock_.advance(minutes{1});
    sign_in_.audit().write_due();
    ASSERT_EQ(store_.events.size(), 4U);
    EXPECT_EQ(store_.events[2].target, "Alice (4 times)");
    EXPECT_EQ(store_.events[3].target, "Alice (194 times)");
}

TEST_F(SignInTest, LetsInAlsoWhenTheAuditLogCannotTakeIt) {
    store_.is_full = true;
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(failures_, 1);
    static_cast<void>(check("alice", "wrong"));
    EXPECT_EQ(failures_, 1) << "said once";
    store_.is_full = false;
    sign_in_.audit().write_due();
    EXPECT_EQ(store_.events.size(), 2U) << "nothing is lost";
    store_.is_full = true;
    static_cast<void>(check("nobody", "wrong"));
    EXPECT_EQ(failures_, 1) << "a disk that is nearly full takes some";
    clock_.advance(minutes{1});
    sign_in_.audit().write_due();
    EXPECT_EQ(failures_, 2) << "once a minute";
}

TEST_F(SignInTest, AcceptsThoseWordsWhereTheyWereSetHere) {
    keep(crypto::hash_password(crypto::Secret{"password"}, kCheap).value_or(""));
    EXPECT_TRUE(check("alice", "password").has_value());
}

TEST_F(SignInTest, ConfirmHashesEvenVerifiedCredentials) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    hold_up();
    std::promise<Outcome> promise;
    auto outcome = promise.get_future();
    sign_in_.confirm(credentials("alice", "correct horse"), address(), [&promise](Outcome result) { promise.set_value(std::move(result)); });
    EXPECT_EQ(outcome.wait_for(seconds{0}), std::future_status::timeout);
    let_go_.set_value();
    EXPECT_TRUE(outcome.get().has_value());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(confirm("alice", "wrong " + std::to_string(i))), Error::kWrongCredentials);
    EXPECT_EQ(error_of(confirm("alice", "wrong")), Error::kThrottled);
}

}  // namespace
}  // namespace warder::authority
