// SPDX-License-Identifier: MIT
// Parses a JSON-RPC body of 1 MiB with as many calls as fit, and authorizes them with lists of grants that make that
// expensive. Both happen on a thread that also serves other connections.
#include "gateway/rpc/json_rpc.hpp"
#include "warder/grant.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

namespace {

using namespace warder;

/// Returns a batch of calls of methods that begin with `x`, followed by one call of `last`.
std::string batch(std::string_view last) {
    std::string body = "[";
    for (std::size_t number = 0; body.size() + 40 < gateway::kMaxRpcBody; ++number) {
        // The names are in no particular order, and nearly all are distinct.
        auto const name = "x" + std::to_string(number * 7919 % 100'000);
        body += R"({"method":")" + name + "\"},";
    }
    return body + R"({"method":")" + std::string{last} + "\"}]";
}

void read_a_batch(benchmark::State& state) {
    auto const body = batch("x");
    std::size_t calls = 0;
    for (auto _ : state) calls = gateway::read_rpc(body)->methods().size();
    state.counters["calls"] = static_cast<double>(calls);
}
BENCHMARK(read_a_batch)->Unit(benchmark::kMillisecond);

void authorize_a_batch(benchmark::State& state, std::vector<std::string> const& texts, std::string_view last) {
    auto const calls = gateway::read_rpc(batch(last)).value();
    auto const grants = GrantList::parse(texts).value();
    std::array<char, 16> room{};
    AccessRequest const access{.method = "POST", .host = {}, .path = canonicalize_path("/", room).value(), .rpc_methods = &calls.distinct()};
    bool is_covered = false;
    for (auto _ : state) benchmark::DoNotOptimize(is_covered = grants->covering(access) != nullptr);
    state.counters["calls"] = static_cast<double>(calls.methods().size());
    state.counters["covered"] = is_covered ? 1 : 0;
}

/// Returns eight grants of 72 names each. Only the last name of the last grant covers the calls.
std::vector<std::string> many_names() {
    std::vector<std::string> texts;
    for (int grant = 0; grant < 8; ++grant) {
        std::string text = "/ rpc:";
        for (char c = '0'; c < 'w'; ++c) text.append(1, c).append(",");
        texts.push_back(text + (grant == 7 ? "x*" : "y*"));
    }
    return texts;
}
BENCHMARK_CAPTURE(authorize_a_batch, many_names, many_names(), "x")->Unit(benchmark::kMillisecond);

/// The maximum number of grants, each of which covers every call but the last.
BENCHMARK_CAPTURE(authorize_a_batch, many_grants, std::vector<std::string>(64, "/ rpc:x*"), "y")->Unit(benchmark::kMillisecond);

}  // namespace
