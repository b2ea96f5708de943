# SPDX-License-Identifier: MIT
"""The gateway compared with proxies to the same upstream: nginx that checks nothing, HAProxy that checks a token; large bodies; idle connections."""
import contextlib
import http.client
import resource
import urllib.parse

from big_upstream import big_upstream, download, upload
from peers import Peer, TokensForHaproxy, free_port, haproxy, nginx_proxy, nginx_upstream
from tools import Row, cpu_row, median, mint_many, resident_bytes, throughput_rows, warder, watched_growth, wrk_bearers

PATH = "/wallets/savings"
IDLE = 10_000
IDLE_PER_ADDRESS = 2_500
MIB = 1 << 20


@contextlib.contextmanager
def gateway(binary, data_dir, upstream):
    """A server that has a route for everything, and the gateway's address."""
    port = free_port()
    config = data_dir.with_suffix(".toml")
    config.write_text(f'[gateway]\nlisten = "127.0.0.1:{port}"\n\n[[route]]\nprefix = "/"\nupstream = "{upstream}"\n')
    with warder(binary, data_dir, settings={"WARDER_MAX_CONNECTIONS": str(2 * IDLE)}, options=["--config", config], listeners=2) as server:
        yield server, Peer(f"http://127.0.0.1:{port}", server.pids)


def bearer(server, description):
    return {"Authorization": "Bearer " + server.mint(description)}


def measure_proxying(binary, workplace, rounds):
    data_dir, for_haproxy = workplace / "gateway", TokensForHaproxy(workplace / "haproxy")
    with warder(binary, data_dir) as server:
        tokens = mint_many(server, workplace / "tokens")

    loads = {"warder": [], "nginx": [], "haproxy": []}
    with nginx_upstream(workplace / "upstream") as upstream:
        for _ in range(rounds):
            with nginx_proxy(workplace / "nginx", upstream.url) as peer:
                loads["nginx"].append(wrk_bearers(peer, PATH, tokens))
            with haproxy(workplace / "haproxy", for_haproxy, upstream.url) as peer:
                loads["haproxy"].append(wrk_bearers(peer, PATH, for_haproxy.file))
            with gateway(binary, data_dir, upstream.url) as (_, itself):
                loads["warder"].append(wrk_bearers(itself, PATH, tokens))

    p99 = {name: median(of_one, "p99_seconds") * 1e3 for name, of_one in loads.items()}
    return [
        cpu_row("gateway: CPU per request with a bearer token / nginx `proxy_pass` without authentication", loads["warder"], loads["nginx"], "<= 1.1"),
        cpu_row("the same / HAProxy with `jwt_verify` and a map lookup of the token id", loads["warder"], loads["haproxy"], "<= 0.7"),
        Row("gateway: 99th percentile of the response time / nginx, HAProxy", f"{p99['warder']:.1f} ms / {p99['nginx']:.1f} ms, {p99['haproxy']:.1f} ms",
            "no higher"),
        *throughput_rows("gateway: requests a second / nginx", loads["warder"], loads["nginx"], ">= 0.9"),
    ]


def measure_against_baseline(binary, baseline, workplace, rounds):
    programs, tokens = {"this": binary, "before": baseline}, {}
    for name, program in programs.items():  # a baseline build may refuse the store of this one: each has its own
        with warder(program, workplace / name) as server:
            tokens[name] = mint_many(server, workplace / f"tokens-{name}")
    loads = {name: [] for name in programs}
    with nginx_upstream(workplace / "upstream") as upstream:
        for number in range(rounds):
            for name in list(programs)[:: 1 if number % 2 else -1]:  # who comes second finds another machine
                with gateway(programs[name], workplace / name, upstream.url) as (_, itself):
                    loads[name].append(wrk_bearers(itself, PATH, tokens[name]))
    return [cpu_row("gateway: CPU per request with a bearer token / in the baseline build", loads["this"], loads["before"], "<= 1.03")]


def measure_bodies(binary, data_dir):
    growths = {}
    with big_upstream() as upstream, gateway(binary, data_dir, upstream) as (server, itself):
        headers = bearer(server, "large bodies")
        for name, transfer in (("download", download), ("upload", upload)):
            with watched_growth(server.process.pid) as growth:
                transfer(itself.url, headers)
            growths[name] = growth[0] / MIB
    return [Row(f"gateway: growth of resident memory in a 1 GiB {name}", f"{growth:.1f} MiB", "< 32 MiB") for name, growth in growths.items()]


def connect_many(url, headers, count):
    """Connections that have each been used once, from several addresses: one has no ports for so many."""
    host = urllib.parse.urlsplit(url).netloc
    for number in range(count):
        connection = http.client.HTTPConnection(host, timeout=30, source_address=(f"127.0.0.{2 + number // IDLE_PER_ADDRESS}", 0))
        ask(connection, headers)
        yield connection


def ask(connection, headers):
    connection.request("GET", PATH, headers=headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def measure_idle(binary, workplace, data_dir):
    raise_file_limit(IDLE + 1_000)
    with nginx_upstream(workplace / "upstream") as upstream, gateway(binary, data_dir, upstream.url) as (server, itself):
        headers = bearer(server, "idle connections")
        with contextlib.ExitStack() as opened:
            connections = [opened.enter_context(contextlib.closing(one)) for one in connect_many(itself.url, headers, IDLE)]
            resident = resident_bytes(server.process.pid) / MIB
            # None of them was closed to make room.
            for connection in connections:
                connection.auto_open = False
                ask(connection, headers)
    return [Row(f"gateway: resident memory with {IDLE:,} idle connections", f"{resident:.0f} MiB", "< 200 MiB")]


def raise_file_limit(wanted):
    """For this process and those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))


def measure(binary, workplace, rounds, baseline=None):
    rows = measure_proxying(binary, workplace, rounds)
    if baseline:
        rows += measure_against_baseline(binary, baseline, workplace, rounds)
    return rows + measure_bodies(binary, workplace / "gateway") + measure_idle(binary, workplace, workplace / "gateway")
