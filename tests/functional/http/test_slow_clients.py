# SPDX-License-Identifier: MIT
"""Requests that never complete: their connections are closed, because each occupies one of `max_connections`."""

import base64
import contextlib
import selectors
import time

import pytest

from support.server import ADMIN_PASSWORD

HEAD = b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\nX-A: "
ADMIN = b"Authorization: Basic " + base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()) + b"\r\n"  # without a credential the server answers before the body
BODY = b"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\n" + ADMIN + b"Content-Length: 60000\r\n\r\n"
MAX_BYTES = 10_000  # bytes per connection: below the limit of a head and the length of the bodies
CHUNKS = b"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\n" + ADMIN + b"Transfer-Encoding: chunked\r\n\r\nEA60\r\n"


def send_byte_by_byte(wires, send_for, wait_for):
    """Sends single bytes on all connections for `drip_for` seconds, then nothing. Returns what each received until it was closed, or None if it was not closed."""
    answers, sent = {wire: b"" for wire in wires}, dict.fromkeys(wires, 0)
    open_ones, began = set(wires), time.monotonic()
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            wire.socket.setblocking(False)
            selector.register(wire.socket, selectors.EVENT_READ, wire)
        while open_ones and time.monotonic() < began + wait_for:
            is_sending = time.monotonic() < began + send_for
            for wire in [*open_ones] * 10 if is_sending else ():
                with contextlib.suppress(OSError):
                    sent[wire] += wire.socket.send(b"a") if sent[wire] < MAX_BYTES else 0
            for key, _ in selector.select(0 if is_sending else 0.1):
                try:
                    data = key.fileobj.recv(4096)
                except ConnectionResetError:
                    data = b""
                answers[key.data] += data
                if not data:
                    selector.unregister(key.fileobj)
                    open_ones.discard(key.data)
    return [None if wire in open_ones else answers[wire] for wire in wires]


@pytest.mark.timing
@pytest.mark.parametrize("start", [HEAD, BODY, CHUNKS], ids=["head", "body", "chunks"])
def test_request_sent_byte_by_byte_is_closed_after_header_timeout(start_server, start):
    server = start_server(config_text='header_timeout = "1 s"\nthreads = 1\n')
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(server.wire()) for _ in range(200)]
        for wire in wires:
            wire.send(start)
        answers = send_byte_by_byte(wires, send_for=2, wait_for=15)
    assert None not in answers, f"{answers.count(None)} of {len(answers)} connections stayed"
    assert all(answer == b"" or b" 408 " in answer.split(b"\r\n")[0] for answer in answers)
    assert any(answers), "no client received a reason"
