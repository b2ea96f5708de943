# SPDX-License-Identifier: MIT
"""A bearer request through the whole server, few tokens and many, compared with nginx that does nothing."""
import statistics

from peers import nginx_204
from tools import Row, cpu_row, fill, median, mint_many, resident_bytes, warder, wrk_bearers

PATH = "/v1alpha/whoami"
ALTERNATIONS = 3  # of what differs by less than two equal loads do on a noisy machine


def prepare(binary, data_dir, extra):
    """A store, and files of tokens that can be presented: unlimited ones and limited ones."""
    with warder(binary, data_dir) as server:
        tokens = mint_many(server, data_dir.with_suffix(".tokens"))
        limited = mint_many(server, data_dir.with_suffix(".limited"), endpoints=["GET /v1alpha/wallets/*/psbt"])
    if extra:
        fill(data_dir, extra)
    return tokens, limited


def measure(binary, workplace, rounds, many):
    few_dir, many_dir = workplace / "few", workplace / "many"
    few_tokens, few_limited = prepare(binary, few_dir, 0)
    many_tokens, _ = prepare(binary, many_dir, many - 1_000)
    loads = {"nginx": [], "few": [], "many": [], "limited": []}
    growth, starts = [], []
    for _ in range(rounds):
        with nginx_204(workplace / "nginx") as peer:
            loads["nginx"].append(wrk_bearers(peer, PATH, few_tokens))
        with warder(binary, few_dir) as server:
            base = resident_bytes(server.process.pid)
            for _ in range(ALTERNATIONS):
                loads["few"].append(wrk_bearers(server, PATH, few_tokens))
                loads["limited"].append(wrk_bearers(server, PATH, few_limited))
        with warder(binary, many_dir) as server:
            starts.append(server.start_seconds)
            growth.append((resident_bytes(server.process.pid) - base) / (many - 1_000))
            loads["many"].append(wrk_bearers(server, PATH, many_tokens))

    costs = {name: median(of_one, "cpu_per_request") for name, of_one in loads.items()}
    return [
        cpu_row("CPU per `GET /v1alpha/whoami` with a bearer token / nginx `return 204`", loads["few"], loads["nginx"], "<= 1.3"),
        Row("the same with a scoped token / with an unscoped one", f"{costs['limited'] / costs['few']:.2f}", "<= 1.05"),
        Row(f"the same with {many:,} registered tokens / with 1,000", f"{costs['many'] / costs['few']:.2f}", "<= 1.1"),
        Row(f"resident memory per token at {many:,}", f"{statistics.median(growth):.0f} bytes", "<= 120 bytes"),
        Row(f"start with {many:,} tokens", f"{statistics.median(starts):.2f} s", "< 5 s"),
    ]
