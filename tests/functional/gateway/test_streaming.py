# SPDX-License-Identifier: MIT
"""Streams: timely delivery, their end, and clients that disconnect."""

import socket
import threading
import time

import pytest
from support.responses import assert_error
from support.upstream import CLOSE, PIECE, Upstream, chunk, ok, route
from support.waiting import eventually


# Streams and their tokens


def begin_events(gateway, upstream, token, target="/a"):
    """Opens an event stream and waits for its first event. Returns the wire of the client."""
    upstream.answer = lambda request, peer: peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"data: 0\n\n"))
    wire = gateway.server.wire()
    response = wire.send(gateway.head("GET", target, bearer=token)).receive_head()
    assert response.status == 200 and response.header("Content-Type") == "text/event-stream"
    assert wire.chunk() == b"data: 0\n\n"
    return wire


def test_events_are_forwarded_one_by_one_without_buffering(gateway, upstream):
    peers = []

    def answer(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")

    upstream.answer = answer
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive_head().status == 200
        for number in range(20):  # each is read before the next is sent
            peers[0].send(chunk(b"data: %d\n\n" % number))
            assert wire.chunk() == b"data: %d\n\n" % number
        peers[0].send(b"0\r\n\r\n")
        assert wire.chunk() == b""


def ends_within(wire, seconds):
    start = time.monotonic()
    assert not wire.rest().endswith(b"0\r\n\r\n")
    took = time.monotonic() - start
    assert took < seconds, took


def revoke(gateway, token):
    gateway.admin.delete(f"/v1alpha/token/{token.id}")


def narrow(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["/b"]}).status_code == 200


def pause(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"enabled": False}).status_code == 200


def move(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["192.0.2.0/24"]}).status_code == 200


@pytest.mark.parametrize("end", [revoke, narrow, pause, move])
def test_stream_ends_within_one_second_when_its_token_is_revoked_narrowed_paused_or_bound_to_other_addresses(gateway, upstream, end):
    token = gateway.admin.mint("of a stream")
    with begin_events(gateway, upstream, token) as wire:
        end(gateway, token)
        ends_within(wire, 1.0)


def test_stream_ends_within_three_seconds_when_its_token_expires(gateway, upstream):
    token = gateway.admin.mint("of a stream", life="2 seconds")
    with begin_events(gateway, upstream, token) as wire:
        ends_within(wire, 3.0)


def test_stream_continues_when_another_token_is_revoked(gateway, upstream):
    token, other = gateway.admin.mint("of a stream"), gateway.admin.mint("of another")
    with begin_events(gateway, upstream, token) as wire, begin_events(gateway, upstream, other) as ending:
        revoke(gateway, other)
        ends_within(ending, 1.0)
        wire.socket.settimeout(0.7)
        with pytest.raises(TimeoutError):
            wire.socket.recv(1)


def test_request_to_a_silent_upstream_ends_with_401_when_its_token_is_revoked(gateway, upstream):
    upstream.answer = None
    token = gateway.admin.mint("of a request")
    with gateway.server.wire() as wire:
        wire.send(gateway.head(bearer=token))
        upstream.next()
        revoke(gateway, token)
        assert wire.receive().status == 401


def test_stream_continues_when_its_client_stays_allowed(gateway, upstream):
    token = gateway.admin.mint("of a stream", allowed_from=["127.0.0.1"])
    with begin_events(gateway, upstream, token) as wire:
        assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["127.0.0.0/8"]}).status_code == 200
        wire.socket.settimeout(0.7)
        with pytest.raises(TimeoutError):
            wire.socket.recv(1)


def test_upload_ends_with_401_when_its_token_is_revoked(gateway, upstream):
    token = gateway.admin.mint("of an upload")
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Content-Length: 100000", bearer=token) + b"x" * 1000)
        eventually(lambda: upstream.connections)
        revoke(gateway, token)
        assert wire.receive().status == 401
        assert wire.is_closed()
    assert not upstream.has_requests()


@pytest.mark.parametrize("change", [lambda admin: admin.delete("/v1alpha/users/alice"), lambda admin: admin.patch("/v1alpha/users/alice", {"endpoints": ["/b"]})], ids=["deleted", "narrowed"])
def test_stream_ends_within_one_second_when_its_user_is_deleted_or_narrowed(gateway, upstream, change):
    gateway.admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    token = gateway.server.person("alice", "the password of alice").mint("hers")
    with begin_events(gateway, upstream, token) as wire:
        assert change(gateway.admin).status_code == 200
        ends_within(wire, 1.0)


def test_stream_ends_within_one_second_when_the_command_line_revokes_its_token(gateway, upstream):
    token = gateway.admin.mint("of a stream")
    with begin_events(gateway, upstream, token) as wire:
        assert gateway.server.cli("token", "revoke", token.id).returncode == 0
        ends_within(wire, 1.0)


def test_stream_to_a_client_that_reads_nothing_ends_when_its_token_is_revoked(gateway, upstream):
    has_ended = threading.Event()

    def send_endlessly(request, peer):
        try:
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                peer.send(PIECE)
        except OSError:
            has_ended.set()
            raise

    upstream.answer = send_endlessly
    token = gateway.admin.mint("of a stream")
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head(bearer=token)).receive_head().status == 200  # and the client reads no more
        revoke(gateway, token)
        assert has_ended.wait(1.0)


def test_idle_stream_is_closed_after_idle_timeout(make_gateway, upstream):
    upstream.answer = lambda request, peer: peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    gateway = make_gateway(route("/a", upstream.url, idle_timeout="1 s"))
    with gateway.server.wire() as wire:
        got = wire.send(gateway.head()).rest()
    assert got.endswith(b"4\r\nhalf\r\n")


# Clients


@pytest.mark.parametrize("begins", [True, False], ids=["in the stream", "before the response head"])
def test_upstream_connection_closes_when_the_client_disconnects(make_gateway, begins):
    has_ended = threading.Event()

    def answer(request, peer):
        if begins:
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        if peer.is_closed():
            has_ended.set()
        return CLOSE

    with Upstream(answer) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        wire = gateway.server.wire()
        wire.send(gateway.head())
        if begins:
            assert wire.receive_head().status == 200
        upstream.next()
        wire.socket.close()
        assert has_ended.wait(10)


def test_half_closed_client_gets_its_response(gateway, upstream):
    with gateway.server.wire() as wire:
        wire.send(gateway.head())
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.receive().body == b"ok"


def test_pipelined_requests_are_answered_in_order(gateway, upstream):
    upstream.answer = lambda request, peer: ok(request.target.encode() + request.body)
    with gateway.server.wire() as wire:
        wire.send(b"".join(gateway.head("POST", f"/a/{number}", "Content-Length: 2") + b"%02d" % number for number in range(20)))
        for number in range(20):
            assert wire.receive().body == b"/a/%d%02d" % (number, number)


def test_stalled_request_body_times_out_with_408(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top='idle_timeout = "1 s"\n')
    with gateway.server.wire() as wire:
        wire.send(gateway.head("POST", "/a", "Content-Length: 100000") + b"x")
        assert_error(wire.receive(), 408, "timeout")
        assert wire.is_closed()


@pytest.mark.parametrize("lines", [("Content-Length: 5", "Transfer-Encoding: chunked"), ("Content-Length: 1", "Content-Length: 2"), ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
                                   ("Transfer-Encoding : chunked",), ("X: a", " Transfer-Encoding: chunked")])
def test_ambiguous_request_framing_is_400_and_closes_the_connection(gateway, upstream, lines):
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head("POST", "/a", *lines) + b"0\r\n\r\nGET /b HTTP/1.1\r\nHost: b\r\n\r\n").receive().status == 400
        assert wire.is_closed()
    assert not upstream.has_requests()


def test_concurrent_clients_each_get_their_own_responses(gateway, upstream):
    upstream.answer = lambda request, peer: ok(request.target.encode() + b" " + request.body)
    faults = []

    def send_request(name):
        with gateway.server.wire() as wire:
            for number in range(50):
                body = b"%d" % number * number
                got = wire.send(gateway.head("PUT", f"/a/{name}/{number}", f"Content-Length: {len(body)}") + body).receive().body
                if got != f"/a/{name}/{number} ".encode() + body:
                    faults.append(got)

    threads = [threading.Thread(target=send_request, args=(name,)) for name in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults and len(upstream.requests) == 1000
    assert upstream.connections < 100


def test_response_of_an_http_1_0_upstream_is_forwarded(gateway, upstream):
    def answer(request, peer):
        peer.send(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return CLOSE

    upstream.answer = answer
    with gateway.server.wire() as wire:
        for _ in range(2):
            assert wire.send(gateway.head()).receive().body == b"ok"


# Shutdown


def test_requests_in_flight_after_drain_timeout_are_cut_and_the_server_exits_cleanly(make_gateway, upstream):
    """One request of each kind is in flight; the server must still exit cleanly."""
    gateway = make_gateway(route("/a", upstream.url), top='drain_timeout = "1 s"\n')
    with begin_events(gateway, upstream, gateway.token) as stream, gateway.server.wire() as upload, gateway.server.wire() as waiting:
        upload.send(gateway.head("POST", "/a", "Content-Length: 100000") + b"x" * 1000)
        eventually(lambda: upstream.connections == 2)
        upstream.answer = None
        waiting.send(gateway.head())
        eventually(lambda: len(upstream.requests) == 2)
        gateway.server.terminate()
        assert gateway.server.wait() == 0
        assert stream.rest() == b""


def test_request_on_a_reused_upstream_connection_is_not_repeated_when_it_is_cut_at_the_end(make_gateway, upstream):
    """A GET on a connection that the upstream has closed is sent again. After the drain timeout, nothing would end its second wait."""
    gateway = make_gateway(route("/a", upstream.url), top='drain_timeout = "1 s"\n')
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().status == 200
        upstream.answer = None
        wire.send(gateway.head())
        eventually(lambda: len(upstream.requests) == 2)
        gateway.server.terminate()
        assert gateway.server.wait() == 0
        assert wire.rest() == b""
    assert (len(upstream.requests), upstream.connections) == (2, 1)
