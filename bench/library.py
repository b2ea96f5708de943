# SPDX-License-Identifier: MIT
"""The library alone: a whole verification compared with the two hashes in it."""
import json
import statistics
import subprocess

from tools import SERVER_CORE, Row


def run(binary, rounds):
    """Nanoseconds of each benchmark, the median of the rounds."""
    output = subprocess.run(["taskset", "-c", str(SERVER_CORE), str(binary), f"--benchmark_repetitions={rounds}", "--benchmark_format=json",
                             "--benchmark_enable_random_interleaving=true"], check=True, capture_output=True, text=True).stdout
    times = {}
    for one in json.loads(output)["benchmarks"]:
        if one["run_type"] == "iteration":
            times.setdefault(one["run_name"], []).append(one["cpu_time"])
    return {name: statistics.median(values) for name, values in times.items()}


def measure(directory, rounds):
    verification, grants = run(directory / "bench_verify", rounds), run(directory / "bench_grant", rounds)
    peer = verification["two_hashes_by_openssl"]
    rows = []
    for count, label in ((1_000, "1,000"), (1_000_000, "1,000,000")):
        mine = verification[f"whole_verification/{count}"]
        rows.append(Row(f"verification of a 276-byte token, {label} registered / OpenSSL's HMAC and SHA-256 alone",
                        f"{mine / peer:.2f} ({mine:.0f} ns / {peer:.0f} ns)", "<= 2.5"))
    rows.append(Row("canonicalizing a 60-byte path and matching 8 grants", f"{grants['eight_grants']:.0f} ns", "<= 300 ns"))
    return rows
