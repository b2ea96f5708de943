# SPDX-License-Identifier: MIT
"""The bodies of requests on their way to the upstream."""

import threading

import pytest
from support.answers import assert_refused
from support.upstream import OK, PIECE, Upstream, chunk, ok, route
from support.waiting import eventually


def test_a_body_with_a_length_goes_with_its_length(gateway, upstream):
    for size in (0, 1, 1000, 70_000, 1 << 20):
        body = (PIECE * 5)[:size]
        assert gateway.request("POST", "/a", data=body).status_code == 200
        request = upstream.next()
        assert request.body == body and request.header("Content-Length") == str(size) and not request.all("Transfer-Encoding")


def test_a_chunked_body_arrives_whole_and_framed_once(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"one") + b"3;x=y\r\n")
        wire.send(b"two\r\n" + chunk(PIECE) + b"0\r\nX-Trailer: 1\r\n\r\n")
        assert wire.receive().status == 200
        request = upstream.next()
        assert request.body == b"onetwo" + PIECE
        assert len(request.all("Transfer-Encoding") + request.all("Content-Length")) == 1
        assert wire.send(gateway.head()).receive().status == 200


def test_a_bodys_pieces_reach_the_upstream_before_the_body_is_whole(make_gateway):
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


def test_bad_chunks_are_400_and_the_connection_ends(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + b"zz\r\n")
        assert_refused(wire.receive(), 400, "bad_request")
        assert wire.is_closed()
    assert not upstream.has_heard()
    with gateway.server.wire() as wire:  # once the upstream has its first bytes already
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"one"))
        eventually(lambda: upstream.connections == 1)
        wire.send(b"zz\r\n")
        assert_refused(wire.receive(), 400, "bad_request")
        assert wire.is_closed()
    assert not upstream.has_heard()


def test_the_body_limit_is_413_before_the_upstream_hears_of_it_if_it_can_be(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, body_limit="1 KiB"))
    assert gateway.request("POST", "/a", data=b"x" * 1024).status_code == 200
    with gateway.server.wire() as wire:
        assert_refused(wire.send(gateway.head("POST", "/a", "Content-Length: 1025")).receive(), 413, "too_large")
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Transfer-Encoding: chunked") + chunk(b"x" * 1000))
        eventually(lambda: upstream.connections)
        assert_refused(wire.send(chunk(b"x" * 1000)).receive(), 413, "too_large")
        assert wire.is_closed()
    assert len(upstream.requests) == 1


def test_whoever_waits_for_100_continue_gets_it(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("PUT", "/a", "Expect: 100-continue", "Content-Length: 5"))
        assert wire.receive().status == 100
        assert wire.send(b"hello").receive().status == 200
    assert upstream.next().body == b"hello"


def test_who_is_refused_is_not_told_to_continue(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head("PUT", "/a", "Expect: 100-continue", "Content-Length: 5", bearer="eyJ.eyJ.x"))
        assert wire.receive().status == 401
        assert wire.is_closed()


def test_an_early_response_comes_through_while_the_client_still_sends(make_gateway):
    with Upstream(lambda request, peer: ok(b"enough", "Connection: close", status="422 No"), reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        with gateway.server.wire() as wire:
            wire.send(gateway.head("POST", "/a", "Content-Length: 1000000") + b"x" * 1000)
            response = wire.receive()
            assert (response.status, response.body) == (422, b"enough")
            assert wire.is_closed()


def test_a_client_that_leaves_inside_its_body_leaves_no_whole_request_behind(gateway, upstream):
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
def test_the_body_of_a_refused_request_is_never_the_next_request(make_gateway, upstream, tmp_path, framing, target, line, status):
    gateway = make_gateway(route("/a", upstream.url), route("/small", upstream.url, body_limit="1 KiB"), route("/locked", upstream.url, credential=f"bearer-file:{tmp_path}/none"))
    body = gateway.head("GET", "/a").ljust(4000, b"x")
    with gateway.server.wire() as wire:
        # In chunks the hidden request would have to begin where the size of a chunk stands, which only a 413 reads.
        chunked = chunk(body) if status == 413 else body
        wire.send(gateway.head("POST", target, line, framing) + (body if framing.startswith("Content-Length") else chunked))
        answer = wire.receive()
        assert (answer.status, answer.header("Connection")) == (status, "close")
        assert wire.is_closed()
    assert not upstream.has_heard()


@pytest.mark.parametrize("length", [1 << 63, (1 << 64) - 1, 1 << 64, 10**30])
def test_a_length_that_overflows_in_the_upstream_is_413(gateway, upstream, length):
    with gateway.server.wire() as wire:
        assert_refused(wire.send(gateway.head("POST", "/a", f"Content-Length: {length}") + b"x").receive(), 413, "too_large")
        assert wire.is_closed()
    assert not upstream.connections
