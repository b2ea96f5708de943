# SPDX-License-Identifier: MIT
"""When memory runs out, requests fail but the server keeps running."""

import contextlib
import select
import socket
import threading

import pytest
from support import limits
from support.upstream import ok, route
from support.waiting import eventually

MORE = 16 << 20  # bytes that the server may allocate beyond its size after the start
MANY = 1000


@pytest.fixture
def early_answering():
    """A port where each request gets a large response before it is read."""
    accepted = []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:

        def accept():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                connection.setblocking(False)
                accepted.append(connection)
                with contextlib.suppress(OSError):
                    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 1_000_000)

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for connection in accepted:
        connection.close()


@pytest.fixture(autouse=True)
def many_descriptors():
    with limits.descriptors():
        yield


def open_many(gateway, data):
    """Opens so many connections with this request that memory runs out at each stage of a request."""
    wires = []
    for _ in range(MANY):
        with contextlib.suppress(OSError):
            wires.append(gateway.server.wire().send(data))
    return wires


@pytest.mark.bare
@pytest.mark.parametrize("framing", ["Content-Length: 100000000", "Transfer-Encoding: chunked"])
def test_uploads_that_exhaust_memory_fail_and_the_server_keeps_running(make_gateway, early_answering, upstream, framing):
    upstream.answer = ok()
    gateway = make_gateway(route("/a", f"http://127.0.0.1:{early_answering}"), route("/ok", upstream.url), top="threads = 1\n")
    body = b"x" * 60_000 if framing.startswith("Content") else b"ea60\r\n" + b"x" * 60_000
    with limits.memory(gateway.server, MORE):
        for _ in range(3):
            wires = open_many(gateway, gateway.head("POST", "/a", framing) + body)
            assert gateway.server.is_running(), gateway.server.log()
            for wire in wires:
                wire.socket.close()
            eventually(lambda: gateway.get("/ok").status_code == 200)
    assert gateway.server.log().count("forwarding_failed") <= 1
