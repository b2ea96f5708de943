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
    r"/(?:(?:api/)?v1alpha/(?:whoami|token(?:/[^/]+(?:/renew)?)?|preview|introspect|revoke|session|users(?:/[^/]+(?:/password)?)?|server|audit)"
    r"|(?:api/)?healthz/(?:liveness|readyness|readiness)|openapi\.json)/?"
)
# What differs between responses of one kind: tokens, ids, times, and numbers.
VARIABLE_PARTS = re.compile(rb"eyJ[\w.-]+|[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{40,}|\d[\d.:TZ-]*")
MAX_BODY = 64 * 1024
REQUEST_LINE = re.compile(rb"([A-Za-z]+) (?:http://[^/ ]*)?(/[^ ?#]*)(?:\?[^ ]*)? HTTP/1\.[01]\r\n")


class Recorder:
    """Writes each kind of response once."""

    def __init__(self, directory):
        self.file = (Path(directory) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8")
        self.seen, self.lock = set(), threading.Lock()

    def record(self, method, path, status, headers, body):
        """`path` is without a query, `headers` a list of pairs."""
        if len(body) > MAX_BODY or not CALLS.fullmatch(path):
            return
        names = tuple(sorted(name.lower() for name, _ in headers))
        key = hash((method, VARIABLE_PARTS.sub(b"#", path.encode()), status, names, VARIABLE_PARTS.sub(b"#", body)))
        with self.lock:
            if key in self.seen:
                return
            self.seen.add(key)
            exchange = {"method": method, "path": path, "status": status, "headers": headers, "body": body.decode(errors="replace")}
            self.file.write(json.dumps({**exchange, "test": os.environ.get("PYTEST_CURRENT_TEST", "").removesuffix(" (call)")}) + "\n")
            self.file.flush()


_recorder = None


def recorder():
    global _recorder
    if _recorder is None and VARIABLE in os.environ:
        _recorder = Recorder(os.environ[VARIABLE])
    return _recorder


def record_answer(method, path, answer):
    """Records a response of `requests`. A stream is left alone, since its body may not have arrived."""
    if (active := recorder()) is not None and answer._content is not False:
        active.record(method, path.split("?")[0], answer.status_code, list(answer.raw.headers.items()), answer.content)


def record_raw(request, response):
    """Records the first response on a raw connection, if the request is one that a client could send."""
    if (active := recorder()) is None or response is None or not (line := REQUEST_LINE.match(request)):
        return
    active.record(line[1].decode(), line[2].decode("latin-1"), response.status, response.headers, response.body)


def check(document, directory):
    """Returns whether the document describes all recorded responses, and what the checker says; None if it is not installed."""
    files = sorted(map(str, Path(directory).glob("*.jsonl")))
    if not (CHECKER / "node_modules").is_dir():
        return None
    done = subprocess.run(["node", CHECKER / "check_exchanges.mjs", document, *files], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode == 0, done.stdout + done.stderr
