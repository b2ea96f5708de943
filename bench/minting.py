# SPDX-License-Identifier: MIT
"""64 clients that mint: how many share an fsync, and whether a full store slows them."""
import pathlib
import re
import statistics

from tools import SECONDS, Row, basic, fill, warder, wrk

SCRIPT = pathlib.Path(__file__).with_name("mint.lua")


def count_syncs(binary, data_dir, trace):
    wrapper = ["strace", "-D", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", str(trace)]
    with warder(binary, data_dir, wrapper=wrapper) as server:
        server.call("GET", "/v1alpha/whoami")
        before = len(trace.read_text().splitlines())
        load = wrk(server.url + "/v1alpha/token/", server.pids, SECONDS, SCRIPT, [basic("admin"), "traced"])
        after = len(re.findall(r"f(?:data)?sync\(", "\n".join(trace.read_text().splitlines()[before:])))
    assert load.refused == 0, load
    return after / load.requests


def measure(binary, workplace, rounds, many):
    few_dir, many_dir = workplace / "mint-few", workplace / "mint-many"
    for data_dir in (few_dir, many_dir):
        with warder(binary, data_dir) as server:
            server.call("GET", "/v1alpha/whoami")
    fill(many_dir, many)

    speeds = {"few": [], "many": []}
    for number in range(rounds):
        for name, data_dir in (("few", few_dir), ("many", many_dir)):
            with warder(binary, data_dir) as server:
                server.call("GET", "/v1alpha/whoami")
                load = wrk(server.url + "/v1alpha/token/", server.pids, SECONDS, SCRIPT, [basic("admin"), f"round {number}"])
                assert load.refused == 0, load
                speeds[name].append(load.per_second)
    median = {name: statistics.median(values) for name, values in speeds.items()}
    syncs = count_syncs(binary, few_dir, workplace / "trace")
    return [
        Row("fsyncs per created token, 64 clients", f"1/{1 / syncs:.0f}", "<= 1/8"),
        Row(f"tokens created per second with {many:,} tokens present / with few", f"{median['many'] / median['few']:.2f} ({median['many']:.0f} / "
            f"{median['few']:.0f})", ">= 1"),
    ]
