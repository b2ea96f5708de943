# SPDX-License-Identifier: MIT
"""How long a token that one node revokes still works on the others, at 1,000 revocations a second."""
import concurrent.futures
import dataclasses
import multiprocessing
import statistics
import time

from clients import Connection, mint_at_once, revoke, run_paced
from tools import Row

NODES = 3
RATE = 1_000  # revocations a second
SECONDS = 5
EVERY = 25  # one token of so many is watched: 40 a second, so that the watching doesn't take the machine
LEAD = 1.0  # seconds in which the watchers start


@dataclasses.dataclass
class Observation:
    """Seconds after the token's revocation was due."""
    refused: float
    accepted: float | None  # when the last request was sent that was accepted; None if the first was refused


def watch(url, tokens, start):
    """Asks a node about one token after the other, over and over from when its revocation is due until the node refuses it."""
    seen = []
    with Connection(url) as connection:
        for number, token in tokens:
            request = connection.request("GET", "/auth", ["X-Original-Method: GET", "X-Original-URI: /", f"Authorization: Bearer {token}"])
            due, accepted, status = start + number / RATE, None, 200
            time.sleep(max(0.0, due - time.monotonic()))
            while status == 200:
                asked = time.monotonic()
                status, answer = connection.send(request)
                if status == 200:
                    accepted = asked - due
            assert status == 401, answer
            seen.append(Observation(time.monotonic() - due, accepted))
    return seen


def measure_round(binary, shared, label):
    """Returns what was observed on the other nodes, when the revocations were acknowledged, and how many were a second."""
    count = RATE * SECONDS
    watchers = concurrent.futures.ProcessPoolExecutor(NODES - 1, multiprocessing.get_context("fork"))
    with watchers, shared.nodes(binary, NODES, core="0,1") as (first, *others):
        minted = mint_at_once(first.url, count, label)
        watched = [(number, text) for number, (_, text) in enumerate(minted) if number % EVERY == 0]
        start = time.monotonic() + LEAD
        watching = [watchers.submit(watch, node.url, watched, start) for node in others]
        acknowledged = run_paced(first.url, count, RATE, start, lambda connection, number: revoke(connection, minted[number][0]))
        rate = count / max(number / RATE + seconds for number, seconds in enumerate(acknowledged))
        return [one for future in watching for one in future.result()], acknowledged, rate


def measure(binary, shared, rounds):
    seen, acknowledged, rates = [], [], []
    for number in range(rounds):
        observed, answered, rate = measure_round(binary, shared, f"to be revoked in round {number}")
        seen += observed
        acknowledged += answered
        rates.append(rate)

    def percentile(values, percent):
        return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] * 1e3

    refused = [one.refused for one in seen]
    gaps = [one.refused - one.accepted for one in seen if one.accepted is not None]
    return [
        Row(f"{NODES} nodes, {RATE:,} revocations per second on one: time until each of the others refuses the token, median",
            f"{percentile(refused, 50):.1f} ms", "< 20 ms"),
        Row("the same, 99th percentile", f"{percentile(refused, 99):.1f} ms", "< 200 ms"),
        Row("the same, until the revocation is acknowledged: median, 99th percentile",
            f"{percentile(acknowledged, 50):.1f} ms, {percentile(acknowledged, 99):.1f} ms", "-"),
        Row("the same: revocations per second that were reached, resolution of the times",
            f"{statistics.median(rates):.0f}, {statistics.median(gaps) * 1e3:.1f} ms", "-"),
    ]
