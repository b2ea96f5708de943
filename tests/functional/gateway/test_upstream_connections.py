# SPDX-License-Identifier: MIT
"""Connections to the upstream, and responses to the client when the upstream fails."""

import socket
import time
from email.utils import parsedate_to_datetime

import pytest
from support.responses import assert_error
from support.upstream import CLOSE, OK, Upstream, chunk, ok, route


# Connections to the upstream


def test_upstream_connection_is_reused(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    for _ in range(5):
        assert gateway.get("/a").status_code == 200
        assert gateway.server.request("POST", "/a", bearer=gateway.token, data=b"x").status_code == 200
    assert upstream.connections == 1


def test_upstream_connection_with_connection_close_is_not_reused(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    upstream.answer = ok(b"ok", "Connection: close")
    with gateway.server.wire() as wire:
        for _ in range(3):
            assert wire.send(gateway.head()).receive().body == b"ok"  # its Connection header does not concern the connection of the client
    assert upstream.connections == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_request_after_an_idle_upstream_connection_was_closed_succeeds(make_gateway, upstream, method):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    assert gateway.get("/a").status_code == 200
    upstream.drop()
    assert gateway.request(method, "/a", data=b"x" if method == "POST" else None).status_code == 200
    assert upstream.connections == 2 and len(upstream.requests) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unsolicited_response_on_an_idle_upstream_connection_is_not_used(make_gateway, upstream, method):
    peers = []
    upstream.answer = lambda request, peer: peers.append(peer) or OK
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().status == 200
        peers[0].send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        assert wire.send(gateway.head(method)).receive().status == 200
    assert upstream.connections == 2


def test_request_body_and_response_body_are_forwarded_simultaneously(make_gateway):
    def echo(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece, raw in peer.pieces(request):
            peer.send(raw)

    with Upstream(echo, reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            assert wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked")).receive_head().status == 200
            for number in range(20):
                wire.send(chunk(b"%d" % number))
                assert wire.chunk() == b"%d" % number
            wire.send(b"0\r\n\r\n")
            assert wire.chunk() == b""


@pytest.mark.parametrize("method, times", [("GET", 2), ("PUT", 2), ("POST", 1), ("PATCH", 1)])
def test_only_idempotent_requests_are_retried_on_a_new_connection(make_gateway, upstream, method, times):
    """The upstream reads the request from an idle connection and closes without a response: it may have executed the request."""
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    assert gateway.get("/a").status_code == 200
    upstream.next()
    upstream.answer = lambda request, peer: CLOSE if peer.number == 1 else OK
    answer = gateway.request(method, "/a")
    assert answer.status_code == (200 if times == 2 else 502)
    assert [request.method for request in upstream.requests[1:]] == [method] * times


# Failures


def test_unreachable_upstream_is_502_for_each_request(make_gateway):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # no other process gets the port, and none listens on it
        gateway = make_gateway(route("/a", f"http://127.0.0.1:{held.getsockname()[1]}"))
        assert_error(gateway.get("/a"), 502, "upstream_failed")
        with gateway.server.wire() as wire:
            for _ in range(2):
                assert_error(wire.send(gateway.head("POST", "/a", "Content-Length: 1") + b"x").receive(), 502, "upstream_failed")


def test_upstream_that_does_not_respond_is_504(make_gateway, upstream):
    upstream.answer = None
    gateway = make_gateway(route("/a", upstream.url, response_timeout="1 s"))
    answer = gateway.get("/a")
    assert_error(answer, 504, "upstream_timeout")
    assert len(upstream.requests) == 1
    # The date is current, although time passed while the request waited.
    assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()) < 1.5


def test_upstream_that_does_not_accept_connections_is_504(make_gateway):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]  # more than the backlog, so the next client has to wait
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        gateway = make_gateway(route("/a", f"http://127.0.0.1:{address[1]}", connect_timeout="1 s"))
        assert_error(gateway.get("/a"), 504, "upstream_timeout")
        for client in waiting:
            client.close()


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b""]
    + [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: half"]
    + [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"],
    ids=lambda answer: repr(answer[:40]),
)
def test_malformed_response_head_is_502_and_the_client_connection_stays_usable(gateway, upstream, answer):
    def send_parts(request, peer):
        peer.send(answer)
        return CLOSE

    upstream.answer = send_parts
    with gateway.server.wire() as wire:
        assert_error(wire.send(gateway.head()).receive(), 502, "upstream_failed")
        upstream.answer = OK
        assert wire.send(gateway.head()).receive().body == b"ok"


@pytest.mark.parametrize("start", [b"Content-Length: 10\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"])
def test_truncated_response_is_not_completed_for_the_client(gateway, upstream, start):
    def send_parts(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n" + start)
        return CLOSE

    upstream.answer = send_parts
    with gateway.server.wire() as wire:
        got = wire.send(gateway.head()).rest()
    assert b"half" in got and not got.endswith(b"0\r\n\r\n")


def test_invalid_chunk_of_the_upstream_truncates_the_response(gateway, upstream):
    peers = []

    def send_parts(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")

    upstream.answer = send_parts
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive_head().status == 200
        assert wire.chunk() == b"half"
        peers[0].send(b"zz\r\n")
        assert wire.rest() == b""
