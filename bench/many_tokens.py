# SPDX-License-Identifier: MIT
"""What a node needs for very many tokens in PostgreSQL: its start, its memory, and the time of a decision."""
import dataclasses
import time

from clients import Connection, mint_at_once
from decision import ASKED
from shared_database import FILLED, TABLES, SharedDatabase
from tools import Row, cpu_row, median, resident_bytes, wrk_bearers

FEW, PRESENTED = 1_000, 4_000
ALTERNATIONS = 3  # of what differs by less than two equal loads do on a noisy machine
MIB = 1 << 20


def prepare(binary, shared, workplace, count):
    """Returns a file of tokens that can be presented, one a line."""
    with shared.node(binary) as server:
        minted = mint_at_once(server.url, count, "presented")
    file = workplace / f"{count}.tokens"
    file.write_text("".join(text + "\n" for _, text in minted))
    return file


@dataclasses.dataclass
class Start:
    seconds: float  # until the node is ready
    resident: int  # bytes, then
    database_seconds: float  # of CPU


def start(binary, shared):
    before, began = shared.cpu_seconds(), time.monotonic()
    with shared.node(binary) as server, Connection(server.url) as connection:
        request = connection.request("GET", "/healthz/readiness", [])
        while connection.send(request)[0] != 200:
            time.sleep(0.01)
        return Start(time.monotonic() - began, resident_bytes(server.process.pid), shared.cpu_seconds() - before)


def measure(binary, workplace, rounds, many):
    loads, starts, resident = {"few": [], "many": []}, {}, {}
    sizes = [many // 100, many // 10, many]
    with SharedDatabase(workplace / "few") as few, SharedDatabase(workplace / "many", FILLED) as large:
        few_tokens, many_tokens = prepare(binary, few, workplace, FEW), prepare(binary, large, workplace, PRESENTED)
        present = PRESENTED
        for size in sizes:
            large.fill(size - present)
            present = size
            little = [start(binary, few) for _ in range(rounds)]
            starts[size] = [start(binary, large) for _ in range(rounds)]
            resident[size] = median(starts[size], "resident") - median(little, "resident")
        stored = large.number(f"SELECT pg_total_relation_size('{TABLES}.tokens')") / many
        with few.node(binary) as little, large.node(binary) as big:
            for _ in range(rounds * ALTERNATIONS):
                loads["few"].append(wrk_bearers(little, "/auth", few_tokens, ASKED))
                loads["many"].append(wrk_bearers(big, "/auth", many_tokens, ASKED))
    listed = ", ".join(f"{size:,}" for size in sizes)
    return [
        cpu_row(f"CPU per `/auth` with {many:,} tokens in PostgreSQL / with {FEW:,}", loads["many"], loads["few"], "<= 1.1"),
        Row(f"resident memory per token at {many:,}", f"{resident[many] / (many - FEW):.0f} bytes", "<= 120 bytes"),
        Row(f"start with {many:,} tokens in PostgreSQL, until the node is ready", f"{median(starts[many], 'seconds'):.2f} s", "< 20 s"),
        Row(f"the same with {listed}", ", ".join(f"{median(starts[size], 'seconds'):.2f} s" for size in sizes), "-"),
        Row("the same, CPU of PostgreSQL", ", ".join(f"{median(starts[size], 'database_seconds'):.2f} s" for size in sizes), "-"),
        Row(f"resident memory with {listed}, more than with {FEW:,}", ", ".join(f"{resident[size] / MIB:.1f} MiB" for size in sizes), "-"),
        Row("PostgreSQL: size of tokens and their indexes, per token", f"{stored:.0f} bytes", "-"),
    ]
