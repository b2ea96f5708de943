# SPDX-License-Identifier: MIT
"""Several nodes on one PostgreSQL: what they cost and how fast they are, compared with a single server on SQLite and with fewer nodes."""
import concurrent.futures
import statistics
import subprocess
import time

import many_tokens
import propagation
from clients import mint, run_paced
from decision import ASKED
from minting import SCRIPT
from shared_database import TABLES, SharedDatabase
from tools import PASSWORD, SECONDS, Row, basic, cpu_row, cpu_seconds, mint_many, warder, wrk, wrk_bearers

CLIENTS = 64
OUTAGES = 3  # a round, of what differs by less than two equal loads do on a noisy machine
MOST_NODES = 3
MANY_NODES = 20  # that only follow
AUDIT_SIZE = f"SELECT pg_total_relation_size('{TABLES}.audit') / count(*) FROM {TABLES}.audit"
QUIET_SECONDS = 5
QUIET_RATE = 50  # mints a second, so few that each is a commit of its own


def mint_load(server, label, user="admin", clients=CLIENTS):
    load = wrk(server.url + "/v1alpha/token/", server.pids, SECONDS, SCRIPT, [basic(user), label], clients)
    assert load.refused == 0, load
    return load


def measure_mints(binary, workplace, shared, rounds):
    """Durable mints on SQLite and on PostgreSQL in turn, and the commits of the database."""
    speeds, commits, logged = {"sqlite": [], "postgresql": []}, [], []
    for number in range(rounds):
        with warder(binary, workplace / "sqlite") as server:
            server.call("GET", "/v1alpha/whoami")
            speeds["sqlite"].append(mint_load(server, f"round {number}").per_second)
        before, position = shared.commits(), shared.log_position()
        with shared.node(binary) as server:
            server.call("GET", "/v1alpha/whoami")
            load = mint_load(server, f"round {number}")
        speeds["postgresql"].append(load.per_second)
        commits.append((shared.commits() - before) / load.requests)
        logged.append((shared.log_position() - position) / load.requests)
    median = {name: statistics.median(values) for name, values in speeds.items()}
    return [
        Row(f"tokens created per second by {CLIENTS} clients, PostgreSQL / SQLite", f"{median['postgresql'] / median['sqlite']:.2f} "
            f"({median['postgresql']:.0f} / {median['sqlite']:.0f})", ">= 1/3"),
        Row("PostgreSQL: commits per created token, notifications and heartbeats included", f"1/{1 / statistics.median(commits):.0f}", "<= 1/8"),
        Row("PostgreSQL: write-ahead log per created token", f"{statistics.median(logged):.0f} bytes", "-"),
        Row("PostgreSQL: size of the audit log per event", f"{shared.number(AUDIT_SIZE)} bytes", "-"),
    ]


def measure_outage(binary, workplace, shared, rounds):
    """`/auth` while the database can't be reached, and before."""
    loads = {"before": [], "outage": []}
    with shared.node(binary) as server:
        tokens = mint_many(server, workplace / "outage.tokens")
    for _ in range(rounds):
        # Its log tells of each outage.
        with shared.node(binary, settings={"WARDER_CLUSTER_MAX_STALENESS": "10 minutes"}, log=subprocess.DEVNULL) as server:
            for _ in range(OUTAGES):
                loads["before"].append(wrk_bearers(server, "/auth", tokens, ASKED))
                shared.server.stop()
                loads["outage"].append(wrk_bearers(server, "/auth", tokens, ASKED))
                shared.server.start()
    return [cpu_row("CPU per `/auth` while PostgreSQL is away, within `max_staleness` / before", loads["outage"], loads["before"], "<= 1.03")]


def at_once(work, items):
    """Calls a function for each of the items at the same time. Returns the results."""
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(work, items))


def measure_nodes(binary, workplace, shared, rounds):
    """All nodes at work, each for its part of the clients, and for mints as a user of its own: those of one user wait for each other."""
    with shared.node(binary) as server:
        tokens = mint_many(server, workplace / "nodes.tokens")
        for number in range(MOST_NODES):
            server.call("POST", "/v1alpha/users/", {"username": f"bench{number}", "password": PASSWORD, "is_admin": True})
    counts = range(1, MOST_NODES + 1)
    mints, decisions = {count: [] for count in counts}, {count: [] for count in counts}
    for round_number in range(rounds):
        for count in counts:
            with shared.nodes(binary, count) as nodes:
                for number, node in enumerate(nodes):
                    node.call("GET", "/v1alpha/whoami", user=f"bench{number}")
                loads = at_once(lambda one: mint_load(one[1], f"{count} nodes {round_number}", f"bench{one[0]}", CLIENTS // count),
                                list(enumerate(nodes)))
                mints[count].append(sum(load.per_second for load in loads))
                loads = at_once(lambda node: wrk_bearers(node, "/auth", tokens, ASKED, connections=CLIENTS // count), nodes)
                decisions[count].append(sum(load.per_second for load in loads))

    def row(what, speeds):
        median = [statistics.median(speeds[count]) for count in counts]
        return Row(f"{what} by {', '.join(map(str, counts))} nodes that share a core", ", ".join(f"{speed:.0f}" for speed in median), "-")

    return [row("tokens created per second", mints), row("`/auth` per second", decisions)]


def measure_followers(binary, shared):
    """What nodes cost that only follow the changes of one: the database, and themselves."""
    idle, busy, following = {}, {}, 0.0
    changes = QUIET_SECONDS * QUIET_RATE
    for count in (1, MANY_NODES):
        with shared.nodes(binary, count, core="0,1") as (first, *others):
            first.call("GET", "/v1alpha/whoami")
            used = [shared.cpu_seconds()]
            time.sleep(QUIET_SECONDS)
            used.append(shared.cpu_seconds())
            before = cpu_seconds(node.process.pid for node in others)
            run_paced(first.url, changes, QUIET_RATE, time.monotonic(), lambda connection, number: mint(connection, f"{count} nodes {number}"), clients=8)
            used.append(shared.cpu_seconds())
            if others:
                following = (cpu_seconds(node.process.pid for node in others) - before) / changes / len(others)
        idle[count], busy[count] = used[1] - used[0], used[2] - used[1]
    per_node = (idle[MANY_NODES] - idle[1]) / (MANY_NODES - 1) / QUIET_SECONDS
    per_change = (busy[MANY_NODES] - idle[MANY_NODES] - busy[1] + idle[1]) / (MANY_NODES - 1) / changes
    return [
        Row("PostgreSQL: CPU per idle node", f"{per_node * 1e3:.1f} ms per second", "-"),
        Row(f"PostgreSQL: CPU per change and following node, {QUIET_RATE} changes a second", f"{per_change * 1e6:.0f} µs", "-"),
        Row("CPU of the following node per change", f"{following * 1e6:.0f} µs", "-"),
    ]


def measure(binary, workplace, rounds, many):
    with SharedDatabase(workplace / "shared") as shared:
        rows = [
            *propagation.measure(binary, shared, rounds),
            *measure_mints(binary, workplace, shared, rounds),
            *measure_outage(binary, workplace, shared, rounds),
            *measure_nodes(binary, workplace, shared, rounds),
            *measure_followers(binary, shared),
        ]
    return rows + many_tokens.measure(binary, workplace, rounds, many)
