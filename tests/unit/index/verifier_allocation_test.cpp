// SPDX-License-Identifier: MIT
// Verifying a bearer token never allocates memory. This test has its own file because it replaces the program's
// operator new by one that counts.
#include "authority/usage_meter.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "fakes.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"
#include "warder/verifier.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

// Not inlined: otherwise g++ sees `free` next to `operator new`, or `malloc` next to `operator delete`, and reports a
// mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace warder::index {
namespace {

class VerifierAllocations : public testing::Test {
  protected:
    std::string mint(std::string_view description, Grants const& endpoints = nullptr) {
        auto const now = std::chrono::floor<std::chrono::seconds>(clock_.now());
        core::Claims const claims{.username = "alice",
                                  .id = TokenId::make(random_),
                                  .description = description,
                                  .expires_at = now + std::chrono::hours{1},
                                  .issued_at = now,
                                  .not_before = {},
                                  .endpoints = endpoints.get()};
        auto const ring = keys_.read();
        auto const& key = ring->signing();
        auto text = core::make_jws_header(key.is_first() ? std::nullopt : std::optional<std::string_view>{key.id});
        text.append(".").append(core::to_base64url(core::write_claims(claims)));
        auto const mac = key.mac.sign(text);
        text.append(".").append(core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()}));
        registry_.put({.id = claims.id,
                       .owner = UserId{1},
                       .ends_at = claims.expires_at,
                       .digest = crypto::sha256(text),
                       .is_edited = false,
                       .policy = {.endpoints = endpoints}});
        return text;
    }

    /// Returns how many allocations a verification makes, which must succeed.
    std::size_t allocations_of(std::string const& token) {
        auto const before = allocations;
        auto const verified = verifier_.verify(token);
        auto const made = allocations - before;
        EXPECT_TRUE(verified.has_value());
        return made;
    }

    tests::ManualClock clock_;
    tests::CountingRandom random_;
    Registry registry_{7};
    KeyRingHandle keys_{crypto::KeyRing::make(random_, Instant{})};
    authority::Verifier verifier_{registry_, keys_, clock_};
};

TEST_F(VerifierAllocations, VerifyDoesNotAllocate) {
    registry_.put_user(UserId{1}, "alice", false);
    EXPECT_GT(allocations, 0U) << "the counter doesn't count";
    EXPECT_EQ(allocations_of(mint("ci runner")), 0U);
    EXPECT_EQ(allocations_of(mint("\xC3\xA4 description that is written with escapes \"\\\xF0\x9F\x98\x80")), 0U);
}

TEST_F(VerifierAllocations, VerifyDoesNotAllocateForAScopedTokenOfAUserWithACeiling) {
    std::vector<std::string> const texts{"GET /v1alpha/wallets/*/psbt", "/b/**"};
    auto const endpoints = GrantList::parse(texts);
    ASSERT_TRUE(endpoints.has_value());
    registry_.put_user(UserId{1}, "alice", false, *endpoints);
    auto const token = mint("limited", *endpoints);
    EXPECT_EQ(allocations_of(token), 0U);

    std::array<char, 64> buffer{};
    auto const before = allocations;
    auto const verified = verifier_.verify(token);
    auto const path = canonicalize_path("/v1alpha/wallets/hot/psbt?x", buffer);
    ASSERT_TRUE(verified.has_value() && path.has_value());
    EXPECT_TRUE(verifier_.covers(*verified, {.method = "GET", .host = "example.org:8441", .path = *path, .rpc_methods = {}}));
    EXPECT_EQ(allocations - before, 0U);
}

TEST_F(VerifierAllocations, VerifyDoesNotAllocateAfterAKeyRotation) {
    registry_.put_user(UserId{1}, "alice", false);
    auto rotated = keys_.read()->rotated(random_, Instant{});
    keys_.replace(std::move(rotated));
    EXPECT_EQ(allocations_of(mint("signed by the second key")), 0U);
}

TEST_F(VerifierAllocations, CountingUsesDoesNotAllocate) {
    registry_.put_user(UserId{1}, "alice", false);
    authority::UsageMeter meter{registry_, random_};
    auto& counter = meter.add_counter();
    auto const uses_of = [&](std::string const& token) {
        auto const before = allocations;
        for (int use = 0; use < 3; ++use) counter.note(verifier_.verify(token).value(), {});
        return allocations - before;
    };
    EXPECT_EQ(uses_of(mint("the first")), 0U);
    EXPECT_EQ(uses_of(mint("the second")), 0U);
}

}  // namespace
}  // namespace warder::index
