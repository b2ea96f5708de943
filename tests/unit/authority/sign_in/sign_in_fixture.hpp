// SPDX-License-Identifier: MIT
#pragma once

#include "authority/sign_in/one_user_store.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "authority/sign_in/sign_in_audit.hpp"
#include "fakes.hpp"
#include "index/key_ring_handle.hpp"
#include "index/user_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::authority::tests {

inline constexpr crypto::Argon2Cost kCheap{.memory_bytes = 65536, .passes = 1};
inline constexpr crypto::Argon2Cost kDearer{.memory_bytes = 131072, .passes = 1};

/// The salt of the hashes imported from Specter.
inline constexpr std::string_view kSalt = "c2FsdHNhbHRzYWx0c2FsdA==";
/// Computed with Python: base64(pbkdf2_hmac("sha256", password, salt text, 10000, 32)).
inline constexpr std::string_view kSpecterOfCorrectHorse = "Zv7OGl3m9Qjuc2/qDM3AYyLw9PbXWA15SaZPB2FRxeY=";

inline ClientAddress address(std::uint8_t last = 1) { return ClientAddress::of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last}); }

inline Credentials credentials(std::string_view name, std::string_view password) {
    return {.username = std::string{name}, .password = crypto::Secret{password}};
}

/// A sign-in service for "alice", whose password is "correct horse", with a hasher of one thread.
class SignInFixture : public testing::Test {
  protected:
    using Outcome = SignIn::Outcome;

    SignInFixture() { keep(crypto::hash_password(crypto::Secret{"correct horse"}, kCheap).value_or("")); }

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
    /// Uses up the failures that the throttle allows this user from this address.
    void exceed_limit(ClientAddress const& from = address()) {
        for (int i = 0; i < 5; ++i) ASSERT_EQ(error_of(check("alice", "wrong " + std::to_string(i), from)), Error::kWrongCredentials);
    }
    std::vector<std::string> actions() const {
        std::vector<std::string> all;
        for (auto const& event : store_.events) all.push_back(event.action + " " + event.address.value_or("-"));
        return all;
    }

    static Error error_of(Outcome const& outcome) { return outcome ? Error{} : outcome.error().error; }

    /// Blocks the only hashing thread until `unblock_` is set, so that all requests made meanwhile are in flight
    /// together.
    void block_hashing() {
        std::promise<void> blocked;
        hasher_.hash(crypto::Secret{"x"}, {}, [&blocked, go = unblock_.get_future()](auto const&) mutable {
            blocked.set_value();
            go.wait();
        });
        blocked.get_future().wait();
    }

    warder::tests::ManualClock clock_;
    warder::tests::CountingRandom random_;
    index::UserDirectory directory_;
    OneUserStore store_{directory_};
    index::KeyRingHandle keys_{crypto::KeyRing::make(random_, Instant{})};
    Authority authority_{store_, keys_, clock_, random_, {}};
    std::promise<void> unblock_;
    PasswordHasher hasher_{{.cost = kCheap, .workers = 1, .queue = 8}};
    std::atomic<int> failures_ = 0;
    SignIn sign_in_{directory_, hasher_, authority_, clock_, random_, [this](Error) { ++failures_; }};
};

}  // namespace warder::authority::tests
