# SPDX-License-Identifier: MIT
"""What the benchmarks share: servers pinned to a core, wrk, CPU time, the table."""
import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import secrets
import signal
import sqlite3
import statistics
import subprocess
import time
import urllib.request

SERVER_CORE, CLIENT_CORE = 0, 1
PASSWORD = "bench password"
SECONDS = 4  # of one load
BEARER_SCRIPT = pathlib.Path(__file__).with_name("bearer.lua")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Row:
    what: str
    measured: str
    bound: str


def print_table_head():
    print("\n| what | measured | target |\n|---|---|---|", flush=True)


def print_rows(rows):
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.bound} |", flush=True)


def cpu_seconds(pids):
    """User and system time that the processes have used so far."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_bytes(pid, what="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {what}")


@contextlib.contextmanager
def watched_growth(pid):
    """A list that holds, in the end, how many bytes more than before were resident at the worst moment."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak starts anew
    before, growth = resident_bytes(pid), []
    yield growth
    growth.append(resident_bytes(pid, "VmHWM") - before)


@dataclasses.dataclass
class Load:
    requests: int
    per_second: float
    cpu_per_request: float
    busy: float  # the part of its core that the server used
    p99_seconds: float
    refused: int


def wrk(url, pids, seconds, script, arguments=(), connections=64):
    """64 keep-alive connections for some seconds; what it cost the server per request."""
    before = cpu_seconds(pids)
    output = subprocess.run(["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url,
                             "--", *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    used = cpu_seconds(pids) - before
    requests = int(re.search(r"(\d+) requests in", output)[1])
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output)
    return Load(requests, per_second, used / requests, used / requests * per_second, float(p99[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1}[p99[2]],
                int(refused[1]) if refused else 0)


def wrk_bearers(server, path, tokens, headers=(), **options):
    """Each request bears the next of the tokens in a file, and these headers; all must pass."""
    load = wrk(server.url + path, server.pids, SECONDS, BEARER_SCRIPT, [tokens, *headers], **options)
    assert load.refused == 0, load
    return load


def median(loads, what):
    return statistics.median(getattr(load, what) for load in loads)


def cpu_row(what, mine, peers, bound):
    """CPU per request, as a ratio."""
    micros, peer = median(mine, "cpu_per_request") * 1e6, median(peers, "cpu_per_request") * 1e6
    return Row(what, f"{micros / peer:.2f} ({micros:.1f} µs / {peer:.1f} µs)", bound)


def throughput_rows(what, mine, peers, bound):
    """Requests a second, where they tell something: both servers used all of their core, and weren't waiting for the client."""
    if min(median(mine, "busy"), median(peers, "busy")) < 0.95:
        return []
    speed, peer = median(mine, "per_second"), median(peers, "per_second")
    return [Row(what, f"{speed / peer:.2f} ({speed:.0f} / {peer:.0f})", bound)]


class Warder:
    """A server with one I/O thread on a core."""

    def __init__(self, binary, data_dir, wrapper=(), settings=(), options=(), listeners=1, core=SERVER_CORE, log=None):
        self.data_dir = pathlib.Path(data_dir)
        environment = {"PATH": os.environ["PATH"], "WARDER_ADMIN_PASSWORD": PASSWORD, "WARDER_THREADS": "1", "WARDER_LOG_LEVEL": "error",
                       "WARDER_TOKENS_MAX_PER_USER": "100000000", **dict(settings)}
        started = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", str(core), *wrapper, str(binary), "serve", "--listen", "127.0.0.1:0", "--data-dir",
                                         str(data_dir), *map(str, options)], stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        lines = [self.process.stdout.readline() for _ in range(listeners)]
        self.start_seconds = time.monotonic() - started
        self.url = lines[0].strip().removeprefix("warder: listening on ")
        if not self.url.startswith("http") or not lines[-1]:
            raise RuntimeError(f"the server did not start: {lines}")

    @property
    def pids(self):
        return [self.process.pid]

    def call(self, method, path, body=None, user="admin"):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", basic(user))
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def mint(self, description, life="9 years", **more):
        return self.call("POST", "/v1alpha/token/", {"jwt_token_description": description, "jwt_token_life": life, **more})["jwt_token"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise RuntimeError("the server did not end well")


def basic(name):
    return "Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()


@contextlib.contextmanager
def warder(*arguments, **options):
    server = Warder(*arguments, **options)
    try:
        yield server
    finally:
        server.stop()


def mint_many(server, path, count=1_000, **more):
    """Mints tokens into a file, one a line."""
    path.write_text("".join(server.mint(f"{path.name} {number}", **more) + "\n" for number in range(count)))
    return path


def fill(data_dir, count, users=100):
    """Adds tokens to the store of a server that isn't running, as mints would have, but with digests of nothing."""
    now = int(time.time())
    with contextlib.closing(sqlite3.connect(pathlib.Path(data_dir) / "warder.db")) as store, store:
        owners = []
        for number in range(users):
            cursor = store.execute("INSERT INTO users (name, password_hash, is_admin, created_at, token_count) VALUES (?, 'none', 0, ?, ?)",
                                   (f"filler{number}", now, count // users))
            owners.append(cursor.lastrowid)
        store.executemany(
            "INSERT INTO tokens (id, owner, description, life, issued_at, expires_at, ends_at, digest, key_id, is_edited) VALUES (?,?,?,?,?,?,?,?,?,0)",
            ((secrets.token_bytes(16), owners[number % users], f"filler {number}", 31_536_000.0, now, now + 31_536_000, now + 31_536_000,
              secrets.token_bytes(32), "none") for number in range(count)))
