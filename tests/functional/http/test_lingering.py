# SPDX-License-Identifier: MIT
"""A denial reaches clients that send their complete body before they read: the rest of it is read and discarded before the connection closes."""

import http.client
import json
import os
import ssl
import subprocess
import time

import pytest
from support.server import ADMIN_PASSWORD
from support.tls import make_certificate
from support.upstream import Upstream, route
from support.waiting import eventually

MIB = 1 << 20
REQUEST = b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n"

NODE = """
const http = require("http");
const [port, path, headers, size] = JSON.parse(process.argv[1]);
const body = Buffer.alloc(size, "x");
const byHttp = () => new Promise((done) => {
  const request = http.request({ host: "127.0.0.1", port, path, method: "POST", headers: { ...headers, "Content-Length": size }, agent: false }, (response) => {
    response.resume();
    response.on("end", () => done(response.statusCode));
  });
  request.on("error", (error) => done(error.code));
  request.end(body);
});
const byFetch = () => fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body }).then((response) => response.status, (error) => String(error.cause ?? error));
(async () => console.log(JSON.stringify([await byHttp(), await byFetch()])))();
"""


@pytest.fixture
def server_and_tokens(start_server):
    """Yields a server with a route, a scoped token, and an unscoped token."""
    with Upstream() as upstream:
        server = start_server(config_text=route("/a", upstream.url, body_limit="1 MiB"))
        yield server, server.person("admin", ADMIN_PASSWORD).mint("scoped", endpoints=["GET /nowhere"]), server.person("admin", ADMIN_PASSWORD).mint("whole")


def cases(scoped, unscoped):
    bearer = lambda token: {"Authorization": f"Bearer {token}"}  # noqa: E731
    return [("/a", {}, 401), ("/a", bearer(scoped), 403), ("/a", bearer(unscoped), 413), ("/v1alpha/token/", {}, 413), ("/v1alpha/token/", bearer(unscoped), 413), ("/auth", {}, 401), ("/auth", bearer(unscoped), 200), ("/nowhere", {}, 404)]


@pytest.mark.parametrize("size", [8 * MIB, 100 * MIB])
def test_python_http_client_receives_the_denial_of_an_upload(server_and_tokens, size):
    server, scoped, unscoped = server_and_tokens
    body = b"x" * size
    for path, headers, status in cases(scoped, unscoped):
        if path == "/nowhere":
            status = 413  # Content-Length is checked before the path
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", path, body, headers)
        assert connection.getresponse().status == status, (path, status)
        connection.close()


def test_node_client_receives_the_denial_of_an_upload(server_and_tokens):
    server, scoped, unscoped = server_and_tokens
    for path, headers, status in cases(scoped, unscoped)[:6]:
        argument = json.dumps([server.port, path, headers, 8 * MIB])
        done = subprocess.run(["node", "-e", NODE, argument], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.strip() == json.dumps([status, status], separators=(",", ":")), (path, done.stdout, done.stderr)


def test_chunked_upload_receives_its_denial(server_and_tokens):
    server, scoped, unscoped = server_and_tokens
    for path, headers, status in cases(scoped, unscoped)[:6]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", path, iter([b"x" * MIB] * 8), {**headers, "Transfer-Encoding": "chunked"}, encode_chunked=True)
        # The size of a chunked body is known only at its end, so a request without a credential is denied first.
        expected = 401 if path == "/v1alpha/token/" else status
        assert connection.getresponse().status == expected, (path, status)
        connection.close()


def test_upload_over_tls_receives_its_denial(start_server, tmp_path):
    cert, key = make_certificate(tmp_path)
    server = start_server(config_text=f'tls_certificate = "{cert}"\ntls_key = "{key}"\n')
    context = ssl.create_default_context(cafile=str(cert))
    context.check_hostname = False
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=60, context=context)
    connection.request("POST", "/auth", b"x" * (20 * MIB))
    assert connection.getresponse().status == 401
    connection.close()


def test_discarded_body_is_never_parsed_as_a_request(server_and_tokens):
    server, _, _ = server_and_tokens
    body = REQUEST * 40_000
    for path in ("/a", "/auth", "/v1alpha/token/"):
        with server.wire() as wire:
            wire.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            assert wire.receive().status in (401, 413)
            assert wire.is_closed(), "no second response"


def test_denied_upload_with_expect_100_continue_is_answered_at_once(server_and_tokens):
    server, _, _ = server_and_tokens
    for path in ("/a", "/auth", "/v1alpha/token/"):
        with server.wire() as wire:
            answer = wire.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 50000\r\n\r\n".encode()).receive()
            assert answer.status == 401
            assert wire.is_closed()


def test_stopping_server_does_not_wait_for_discarded_bodies(start_server):
    server = start_server(config_text='drain_timeout = "60 s"\n')
    with server.wire() as wire:
        assert wire.send(b"POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 100_000).receive().status == 401
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 30


def test_connections_with_discarded_bodies_close_first_at_max_connections(start_server):
    server = start_server(config_text="max_connections = 4\n")
    idle = server.wire()
    assert idle.send(REQUEST).receive().status == 200
    sending = [server.wire() for _ in range(3)]
    for wire in sending:
        assert wire.send(b"POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n").receive().status == 401
    for _ in range(3):
        with server.wire() as wire:
            assert wire.send(REQUEST).receive().status == 200
    assert idle.send(REQUEST).receive().status == 200, "the idle connection is still open"
    for wire in (idle, *sending):
        wire.socket.close()


def test_connection_with_a_stalled_discarded_body_is_closed(start_server):
    server = start_server()
    descriptors = lambda: len(os.listdir(f"/proc/{server.process.pid}/fd"))  # noqa: E731
    with server.wire() as first:
        first.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive()
        before = descriptors() - 1
    eventually(lambda: descriptors() == before)
    with server.wire() as wire:
        assert wire.send(b"POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n").receive().status == 401
        assert wire.is_closed(), "for writing"
        assert descriptors() == before + 1
        eventually(lambda: descriptors() == before)
