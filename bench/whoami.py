# SPDX-License-Identifier: MIT
"""A bearer request through the whole server, few tokens and many, beside nginx that does nothing."""
import pathlib
import statistics

from tools import Row, fill, nginx, resident_bytes, warder, wrk

SCRIPT = pathlib.Path(__file__).with_name("bearer.lua")
SECONDS = 4


def prepare(binary, data_dir, extra):
    with warder(binary, data_dir) as server:
        kinds = {"tokens": [server.mint(f"bench {number}") for number in range(1_000)],
                 "limited": [server.mint(f"limited {number}", endpoints=["GET /v1alpha/wallets/*/psbt"]) for number in range(1_000)]}
    if extra:
        fill(data_dir, extra)
    paths = {}
    for kind, tokens in kinds.items():
        paths[kind] = pathlib.Path(data_dir).with_suffix(f".{kind}")
        paths[kind].write_text("\n".join(tokens) + "\n")
    return paths


def measure(binary, workplace, rounds, many):
    few_dir, many_dir = workplace / "few", workplace / "many"
    few_tokens, many_tokens = prepare(binary, few_dir, 0), prepare(binary, many_dir, many - 1_000)["tokens"]
    costs = {"nginx": [], "few": [], "many": [], "limited": []}
    growth, starts = [], []
    for _ in range(rounds):
        with nginx(workplace / "nginx") as peer:
            costs["nginx"].append(wrk(peer.url + "/", peer.pids, SECONDS, SCRIPT, [few_tokens["tokens"]]).cpu_per_request)
        with warder(binary, few_dir) as server:
            base = resident_bytes(server.process.pid)
            for name, kind in (("few", "tokens"), ("limited", "limited")):
                load = wrk(server.url + "/v1alpha/whoami", server.pids, SECONDS, SCRIPT, [few_tokens[kind]])
                assert load.refused == 0, load
                costs[name].append(load.cpu_per_request)
        with warder(binary, many_dir) as server:
            starts.append(server.start_seconds)
            growth.append((resident_bytes(server.process.pid) - base) / (many - 1_000))
            load = wrk(server.url + "/v1alpha/whoami", server.pids, SECONDS, SCRIPT, [many_tokens])
            assert load.refused == 0, load
            costs["many"].append(load.cpu_per_request)

    micros = {name: statistics.median(values) * 1e6 for name, values in costs.items()}
    return [
        Row("CPU per `GET /v1alpha/whoami` with a bearer / nginx `return 204`", f"{micros['few'] / micros['nginx']:.2f} ({micros['few']:.1f} µs / "
            f"{micros['nginx']:.1f} µs)", "<= 1.3"),
        Row("the same with a limited token / with an unlimited one", f"{micros['limited'] / micros['few']:.2f}", "<= 1.05"),
        Row(f"the same with {many:,} registered tokens / with 1,000", f"{micros['many'] / micros['few']:.2f}", "<= 1.1"),
        Row(f"resident memory per token at {many:,}", f"{statistics.median(growth):.0f} bytes", "<= 120 bytes"),
        Row(f"start with {many:,} tokens", f"{statistics.median(starts):.2f} s", "< 5 s"),
    ]
