# SPDX-License-Identifier: MIT
"""Records the responses of the management API in all tests, and checks them against the OpenAPI document at the end."""

import json
import os
import re
import subprocess
import threading
from pathlib import Path

CHECKER = Path(__file__).resolve().parents[1] / "openapi"
# The directory of the records, for the processes that run the tests. Without it, nothing is recorded.
VARIABLE = "EXCHANGES_OF_TESTS"
# Paths of the management API. A path below them that is no call may belong to an upstream.
CALLS = re.compile(
    r"/(?:(?:api/)?v1alpha/(?:whoami|token(?:/[^/]+(?:/renew)?)?|preview|introspect|revoke|session|sessions(?:/[^/]+)?"
    r"|users(?:/[^/]+(?:/(?:password|tokens|sessions))?)?|presets|server|audit)"
    r"|(?:api/)?healthz/(?:liveness|readyness|readiness)|openapi\.json)/?"
)
# What differs between responses of one kind: tokens, ids, times, and numbers.
VARIABLE_PARTS = re.compile(rb"eyJ[\w.-]+|[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{40,}|\d[\d.:TZ-]*")
# Of a longer body, only the head of its response is checked.
MAX_BODY = 64 * 1024 * 1024
# Longer bodies differ if they begin differently: a pattern takes a second for 10 MB.
MAX_SHAPE = 1024 * 1024
REQUEST_LINE = re.compile(rb"(?:\r\n)*([A-Za-z]+) (?:http://[^/ ]*)?(/[^ ?#]*)(?:\?[^ ]*)? HTTP/1\.[01]\r\n")
CONTENT_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*(\d+)[ \t]*(?=\r\n)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\nTransfer-Encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:;[^\r\n]*)?\r\n")


class Recorder:
    """Writes each kind of response once."""

    def __init__(self, directory):
        self.file = (Path(directory) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8")
        self.seen, self.lock = set(), threading.Lock()
        self.ports = set()  # of the servers whose responses are recorded

    def record(self, method, path, status, headers, body, test=None):
        """`path` is without a query, `headers` a list of pairs, `body` None if it was not read. `test` is by default the test that is running."""
        if not CALLS.fullmatch(path):
            return
        if body is not None and len(body) > MAX_BODY:
            body = None
        names = tuple(sorted(name.lower() for name, _ in headers))
        shape = None if body is None else VARIABLE_PARTS.sub(b"#", body[:MAX_SHAPE])
        key = hash((method, VARIABLE_PARTS.sub(b"#", path.encode()), status, names, shape))
        with self.lock:
            if key in self.seen:
                return
            self.seen.add(key)
            exchange = {"method": method, "path": path, "status": status, "headers": headers, "body": None if body is None else body.decode(errors="replace")}
            test = os.environ.get("PYTEST_CURRENT_TEST", "") if test is None else test
            self.file.write(json.dumps({**exchange, "test": test.removesuffix(" (call)")}) + "\n")
            self.file.flush()


_recorder = None


def recorder():
    global _recorder
    if _recorder is None and VARIABLE in os.environ:
        _recorder = Recorder(os.environ[VARIABLE])
    return _recorder


def end_of_chunks(data, at):
    """Returns the position after a body in chunks that starts at `at`, or None if it is not complete and valid."""
    while line := CHUNK_SIZE.match(data, at):
        size = int(line[1], 16)
        if size == 0:
            end = data.find(b"\r\n\r\n", line.end() - 2)  # after the trailers
            return None if end < 0 else end + 4
        at = line.end() + size
        if data[at : at + 2] != b"\r\n":
            return None
        at += 2
    return None


def end_of_request(data, at):
    """Returns the position after the request that starts at `at`, or None if it is not complete and valid."""
    head_end = data.find(b"\r\n\r\n", at)
    if head_end < 0:
        return None
    head = data[at : head_end + 2]
    lengths, is_chunked = CONTENT_LENGTH.findall(head), CHUNKED.search(head)
    if len(lengths) > 1 or (lengths and is_chunked):
        return None
    if is_chunked:
        return end_of_chunks(data, head_end + 4)
    end = head_end + 4 + int(lengths[0] if lengths else 0)
    return end if end <= len(data) else None


class Conversation:
    """Finds out which request on a raw connection a response belongs to, and records both. It gives up at the first request
    that no client could send, or that was answered before it was complete."""

    def __init__(self, test=None, *, passes_proxies=False):
        """With `passes_proxies`, the responses may have the name of a proxy, which is not recorded."""
        self.test, self.passes_proxies, self.is_followed = test, passes_proxies, recorder() is not None
        self.sent, self.at, self.last = bytearray(), 0, None

    def send(self, data):
        if self.is_followed:
            self.sent += data

    def is_head(self):
        """Returns whether the next response has no body, because it answers HEAD."""
        return self.is_followed and self.sent[self.at : self.at + 5] == b"HEAD "

    def receive(self, response, has_body):
        """Takes the next response. Without `has_body`, only its head was read, or the end of the connection delimits its body."""
        self.last = None
        if not self.is_followed or response.status < 200:
            return
        sent = bytes(self.sent)
        line = REQUEST_LINE.match(sent, self.at)
        if line is None:
            self.is_followed = False
            return
        headers = [(name, value) for name, value in response.headers if not (self.passes_proxies and name.lower() == "server")]
        self.last = (line[1].decode(), line[2].decode("latin-1"), response.status, headers)
        recorder().record(*self.last, response.body if has_body else None, self.test)
        end = end_of_request(sent, self.at)
        if end is None or response.status == 101:
            self.is_followed = False
        else:
            self.at = end

    def receive_rest(self, body):
        """Takes the body of the last response, which the end of the connection delimits."""
        if self.last is not None:
            recorder().record(*self.last, body, self.test)


def check(document, directory):
    """Returns whether the document describes all recorded responses, and what the checker says; None if it is not installed."""
    files = sorted(map(str, Path(directory).glob("*.jsonl")))
    if not (CHECKER / "node_modules").is_dir():
        return None
    done = subprocess.run(["node", CHECKER / "check_exchanges.mjs", document, *files], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode == 0, done.stdout + done.stderr
