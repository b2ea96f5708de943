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
import subprocess
import time
import urllib.request

SERVER_CORE, CLIENT_CORE = 0, 1
PASSWORD = "bench password"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Row:
    what: str
    measured: str
    bound: str


def print_table(rows):
    print("\n| what | measured | aim |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.bound} |")


def cpu_seconds(pids):
    """User and system time that the processes have used so far."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


@dataclasses.dataclass
class Load:
    requests: int
    per_second: float
    cpu_per_request: float
    refused: int


def wrk(url, pids, seconds, script, arguments=(), connections=64):
    """64 keep-alive connections for some seconds; what it cost the server per request."""
    before = cpu_seconds(pids)
    output = subprocess.run(["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url, "--",
                             *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    used = cpu_seconds(pids) - before
    requests = int(re.search(r"(\d+) requests in", output)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return Load(requests, float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), used / requests, int(refused[1]) if refused else 0)


class Warder:
    """A server with one I/O thread on the server's core."""

    def __init__(self, binary, data_dir, wrapper=(), settings=()):
        self.data_dir = pathlib.Path(data_dir)
        environment = {"PATH": os.environ["PATH"], "WARDER_ADMIN_PASSWORD": PASSWORD, "WARDER_THREADS": "1", "WARDER_LOG_LEVEL": "error",
                       "WARDER_TOKENS_MAX_PER_USER": "100000000", **dict(settings)}
        started = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *wrapper, str(binary), "serve", "--listen", "127.0.0.1:0", "--data-dir",
                                         str(data_dir)], stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        self.start_seconds = time.monotonic() - started
        self.url = line.strip().removeprefix("warder: listening on ")
        if not self.url.startswith("http"):
            raise RuntimeError(f"the server did not start: {line!r}")

    @property
    def pids(self):
        return [self.process.pid]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", basic("admin"))
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


@contextlib.contextmanager
def nginx(folder):
    """One worker that answers 204 to everything: as little as an HTTP server can do."""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    port = 18_204
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 1024; }}
        http {{ access_log off; keepalive_requests 1000000000;
                server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}""")
    process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), "nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)],
                               stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url).close()
            break
        time.sleep(0.02)
    process.url, process.pids = url, [process.pid]
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


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
