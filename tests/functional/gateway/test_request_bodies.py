# SPDX-License-Identifier: MIT
"""Request bodies that are forwarded to the upstream."""

import threading

import pytest
from support.responses import assert_error
from support.upstream import OK, PIECE, Upstream, chunk, ok, route
from support.waiting import eventually


def test_body_with_content_length_is_forwarded_with_its_length(gateway, upstream):
    for size in (0, 1, 1000, 70_000, 1 << 20):
        body = (PIECE * 5)[:size]
        assert gateway.request("POST", "/a", data=body).status_code == 200
        request = upstream.next()
        assert request.body == body and request.header("Content-Length") == str(size) and not request.all("Transfer-Encoding")


def test_chunked_body_is_forwarded_complete_with_one_framing_header(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"one") + b"3;x=y\r\n")
        wire.send(b"two\r\n" + chunk(PIECE) + b"0\r\nX-Trailer: 1\r\n\r\n")
        assert wire.receive().status == 200
        request = upstream.next()
        assert request.body == b"onetwo" + PIECE
        assert len(request.all("Transfer-Encoding") + request.all("Content-Length")) == 1
        assert wire.send(gateway.head()).receive().status == 200


def test_chunks_of_a_body_are_forwarded_before_the_body_is_complete(make_gateway):
    seen = threading.Semaphore(0)
    got = []

    def read(request, peer):
        for piece, _ in peer.pieces(request):
            got.append(piece)
            seen.release()
        return OK

    with Upstream(read, reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked"))
            for content in (b"one", b"two", b"three"):
                wire.send(chunk(content))
                assert seen.acquire(timeout=20)
                assert b"".join(got).endswith(content)
            wire.send(b"0\r\n\r\n")
            assert wire.receive().status == 200


def test_invalid_chunks_are_400_and_close_the_connection(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + b"zz\r\n")
        assert_error(wire.receive(), 400, "bad_request")
        assert wire.is_closed()
    assert not upstream.has_requests()
    with gateway.server.wire() as wire:  # after the upstream has received the first bytes
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"one"))
        eventually(lambda: upstream.connections == 1)
        wire.send(b"zz\r\n")
        assert_error(wire.receive(), 400, "bad_request")
        assert wire.is_closed()
    assert not upstream.has_requests()


def test_body_over_the_limit_is_413_and_no_complete_request_reaches_the_upstream(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, body_limit="1 KiB"))
    assert gateway.request("POST", "/a", data=b"x" * 1024).status_code == 200
    with gateway.server.wire() as wire:
        assert_error(wire.send(gateway.head("POST", "/a", "Content-Length: 1025")).receive(), 413, "too_large")
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"x" * 1000))
        eventually(lambda: upstream.connections)
        assert_error(wire.send(chunk(b"x" * 1000)).receive(), 413, "too_large")
        assert wire.is_closed()
    assert len(upstream.requests) == 1


def test_request_with_expect_gets_100_continue(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("PUT", "/a", "Expect: 100-continue", "Content-Length: 5"))
        assert wire.receive().status == 100
        assert wire.send(b"hello").receive().status == 200
    assert upstream.next().body == b"hello"


def test_denied_request_with_expect_gets_401_without_100_continue(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("PUT", "/a", "Expect: 100-continue", "Content-Length: 5", bearer="eyJ.eyJ.x"))
        assert wire.receive().status == 401
        assert wire.is_closed()


def test_early_response_is_forwarded_during_the_upload_and_closes_the_connection(make_gateway):
    with Upstream(lambda request, peer: ok(b"enough", "Connection: close", status="422 No"), reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            wire.send(gateway.head("POST", "/a", "Content-Length: 1000000") + b"x" * 1000)
            response = wire.receive()
            assert (response.status, response.body) == (422, b"enough")
            assert wire.is_closed()


def test_client_that_disconnects_during_its_body_leaves_no_complete_request_at_the_upstream(gateway, upstream):
    wire = gateway.server.wire()
    wire.send(gateway.head("POST", "/a", "Content-Length: 1000") + b"x" * 10)
    eventually(lambda: upstream.connections == 1)
    wire.socket.close()
    assert gateway.get("/a").status_code == 200
    assert [request.method for request in upstream.requests] == ["GET"]


@pytest.mark.parametrize("framing", ["Content-Length: 4000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(
    "target, line, status",
    [("/small", "X-Any: 1", 413), ("/a", "Connection: Cookie", 400), ("/locked", "X-Any: 1", 502), ("/a", "Authorization: Bearer x", 400), ("/a//b", "X-Any: 1", 400)],
)
def test_body_of_a_rejected_request_is_not_parsed_as_the_next_request(make_gateway, upstream, tmp_path, framing, target, line, status):
    gateway = make_gateway(route("/a", upstream.url), route("/small", upstream.url, body_limit="1 KiB"), route("/locked", upstream.url, credential=f"bearer-file:{tmp_path}/none"))
    body = gateway.head("GET", "/a").ljust(4000, b"x")
    with gateway.server.wire() as wire:
        # In a chunked body the hidden request would have to start in place of a chunk size, which only a 413 reads.
        chunked = chunk(body) if status == 413 else body
        wire.send(gateway.head("POST", target, line, framing) + (body if framing.startswith("Content-Length") else chunked))
        answer = wire.receive()
        assert (answer.status, answer.header("Connection")) == (status, "close")
        assert wire.is_closed()
    assert not upstream.has_requests()


@pytest.mark.parametrize("length", [1 << 63, (1 << 64) - 1, 1 << 64, 10**30])
def test_content_length_of_2_to_the_63_or_more_is_413(gateway, upstream, length):
    with gateway.server.wire() as wire:
        assert_error(wire.send(gateway.head("POST", "/a", f"Content-Length: {length}") + b"x").receive(), 413, "too_large")
        assert wire.is_closed()
    assert not upstream.connections
