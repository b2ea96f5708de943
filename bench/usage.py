# SPDX-License-Identifier: MIT
"""What it costs to count the uses of tokens: memory, and CPU compared with a baseline build."""
import http.client
import statistics

from decision import ASKED, SETTINGS
from tools import Row, cpu_row, mint_many, resident_bytes, warder, wrk_bearers

USED = 12_000


def bytes_per_used_token(binary, workplace, rounds):
    """How much more is resident once each of many tokens was used, less what a second use of each adds."""
    data_dir = workplace / "memory"
    with warder(binary, data_dir) as server:
        mint_many(server, workplace / "used", USED)
    tokens = (workplace / "used").read_text().split()
    growth = []
    for _ in range(rounds):
        with warder(binary, data_dir) as server:
            use_each(server, tokens[:100])
            before = resident_bytes(server.process.pid)
            use_each(server, tokens)
            first = resident_bytes(server.process.pid)
            use_each(server, tokens)
            growth.append((2 * first - before - resident_bytes(server.process.pid)) / USED)
    return statistics.median(growth)


def use_each(server, tokens):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    for token in tokens:
        connection.request("GET", "/auth", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def measure(binary, workplace, rounds, baseline):
    rows = []
    if baseline:
        loads = {(name, path): [] for name in ("this", "before") for path in ("/v1alpha/whoami", "/auth")}
        programs = {"this": binary, "before": baseline}
        # A baseline build may refuse the store of this one: each has its own.
        tokens = {}
        for name, program in programs.items():
            with warder(program, workplace / name, settings=SETTINGS) as server:
                tokens[name] = mint_many(server, workplace / f"{name}.tokens")
        for number in range(rounds):
            for name in list(programs)[:: 1 if number % 2 else -1]:  # who comes second finds another machine
                with warder(programs[name], workplace / name, settings=SETTINGS) as server:
                    for path in ("/v1alpha/whoami", "/auth"):
                        loads[name, path].append(wrk_bearers(server, path, tokens[name], ASKED))
        rows = [cpu_row(f"CPU per `{path}` with a bearer token / in the baseline build", loads["this", path], loads["before", path], "<= 1.03")
                for path in ("/v1alpha/whoami", "/auth")]
    return [*rows, Row(f"additional memory for each of {USED:,} used tokens until their uses are stored", f"{bytes_per_used_token(binary, workplace, rounds):.0f} bytes", "<= 48 bytes")]
