// SPDX-License-Identifier: MIT
// Canonicalizes a path of 60 bytes and finds which of 8 grants covers it. It is the last one, so all grants are
// compared.
#include "warder/grant.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

namespace {

using namespace warder;

constexpr std::string_view kPath = "/v1alpha/wallets/cold-storage-2026/accounts/0/addresses/psbt";
static_assert(kPath.size() == 60);

void eight_grants(benchmark::State& state) {
    std::vector<std::string> const texts{"GET /v1alpha/wallets",
                                         "GET,POST /v1alpha/wallets/*",
                                         "GET /v1alpha/wallets/*/psbt",
                                         "GET //photos.example.org/**",
                                         "POST /wallet/hot rpc:getbalance,list*",
                                         "PUT /v1alpha/**",
                                         "GET /v1alpha/wallets/cold-*/accounts/*/addresses/*.json",
                                         "GET /v1alpha/wallets/cold-*/accounts/*/addresses/**"};
    auto const grants = GrantList::parse(texts).value();
    std::array<char, 256> room{};
    for (auto _ : state) {
        auto const path = canonicalize_path(kPath, room);
        auto const* const covering = grants->covering({.method = "GET", .host = "localhost:8441", .path = *path, .rpc_methods = {}});
        if (covering != &grants->grants().back()) state.SkipWithError("the last grant should cover the path, and no other");
        benchmark::DoNotOptimize(covering);
    }
}
BENCHMARK(eight_grants);

}  // namespace
