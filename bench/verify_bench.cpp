// SPDX-License-Identifier: MIT
// Measures a complete verification, and for comparison the least that its two hashes cost with OpenSSL's own
// interfaces.
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "fakes.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"
#include "warder/verifier.hpp"

#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace warder;

/// A registry of `count` real tokens: signed, and registered with their digests.
class World {
  public:
    explicit World(std::size_t count) {
        registry_.put_user(UserId{1}, "admin", true);
        auto const now = std::chrono::floor<std::chrono::seconds>(clock_.now());
        for (std::size_t i = 0; i < count; ++i) {
            core::Claims const claims{.username = "admin",
                                      .id = TokenId::make(random_),
                                      .description = "Token alpha",
                                      .expires_at = now + std::chrono::seconds{360},
                                      .issued_at = now,
                                      .not_before = {}};
            auto text = core::make_jws_header({}) + "." + core::to_base64url(core::write_claims(claims));
            auto const mac = keys_.read()->signing().mac.sign(text);
            text += "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
            registry_.put({.id = claims.id, .owner = UserId{1}, .ends_at = claims.expires_at, .digest = crypto::sha256(text), .is_edited = false});
            if (texts_.size() < 1000) texts_.push_back(std::move(text));
        }
    }

    [[nodiscard]] std::string_view token(std::size_t number) const { return texts_[number % texts_.size()]; }
    [[nodiscard]] authority::Verifier verifier() const { return {registry_, keys_, clock_}; }

  private:
    tests::ManualClock clock_;
    tests::CountingRandom random_;
    index::Registry registry_{7};
    index::KeyRingHandle keys_{crypto::KeyRing::make(random_, Instant{})};
    std::vector<std::string> texts_;
};

void whole_verification(benchmark::State& state) {
    World const world{static_cast<std::size_t>(state.range(0))};
    auto const verifier = world.verifier();
    if (world.token(0).size() != 276) state.SkipWithError("the token should have 276 bytes, like the one in the source document");
    std::size_t number = 0;
    for (auto _ : state) {
        auto const verified = verifier.verify(world.token(number++));
        if (!verified) state.SkipWithError("a registered token was refused");
        benchmark::DoNotOptimize(verified);
    }
}
BENCHMARK(whole_verification)->Arg(1'000)->Arg(1'000'000);

/// Computes the HMAC of the signing input with EVP_MAC and a context whose key is set once, and the SHA-256 of the
/// token.
void two_hashes_by_openssl(benchmark::State& state) {
    World const world{1'000};
    std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> const mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free};
    std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> const context{EVP_MAC_CTX_new(mac.get()), EVP_MAC_CTX_free};
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> const sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const digest_context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    std::string digest_name = "SHA256";
    std::array<OSSL_PARAM, 2> const parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name.data(), 0),
                                               OSSL_PARAM_construct_end()};
    std::array<unsigned char, 32> key{};
    if (EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) != 1) std::abort();

    std::size_t number = 0;
    for (auto _ : state) {
        auto const token = world.token(number++);
        auto const signing_input = token.substr(0, token.rfind('.'));
        std::array<unsigned char, 32> out{};
        std::size_t length = 0;
        EVP_MAC_init(context.get(), nullptr, 0, nullptr);
        EVP_MAC_update(context.get(), reinterpret_cast<unsigned char const*>(signing_input.data()), signing_input.size());
        EVP_MAC_final(context.get(), out.data(), &length, out.size());
        benchmark::DoNotOptimize(out);
        EVP_DigestInit_ex2(digest_context.get(), sha256.get(), nullptr);
        EVP_DigestUpdate(digest_context.get(), token.data(), token.size());
        EVP_DigestFinal_ex(digest_context.get(), out.data(), nullptr);
        benchmark::DoNotOptimize(out);
    }
}
BENCHMARK(two_hashes_by_openssl);

}  // namespace
