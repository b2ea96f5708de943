# SPDX-License-Identifier: MIT
"""1xx responses of the upstream."""

import pytest
from support.upstream import ok, route

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Hop: 1\r\nConnection: X-Hop\r\nKeep-Alive: 1\r\nSet-Cookie: warder_session=x\r\nSet-Cookie: a=b\r\n\r\n"


def answer_with(upstream, *interim):
    upstream.answer = b"".join(interim) + ok(b"done")


def test_early_hints_are_forwarded_without_hop_by_hop_headers(gateway, upstream):
    answer_with(upstream, HINTS)
    with gateway.server.wire() as wire:
        hints = wire.send(gateway.head()).receive()
        assert hints.status == 103
        assert hints.headers == [("Link", "</a.css>; rel=preload"), ("Set-Cookie", "a=b")]
        final = wire.receive()
        assert (final.status, final.body) == (200, b"done")
        assert wire.send(gateway.head()).receive().status == 103, "the connection stays usable"


@pytest.mark.parametrize("status", [b"102 Processing", b"104 Upload Resumption Supported", b"199 Other"])
def test_interim_responses_of_unknown_status_are_forwarded(gateway, upstream, status):
    answer_with(upstream, b"HTTP/1.1 " + status + b"\r\nX: 1\r\n\r\n", HINTS)
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().status == int(status[:3])
        assert wire.receive().status == 103
        assert wire.receive().status == 200


def test_interim_response_is_forwarded_before_the_final_response(gateway, upstream):
    def answer(_request, peer):
        peer.send(HINTS)
        peer.take(1)  # sent by the client only after it received the hints
        return ok(b"done")

    upstream.answer, upstream.reads_bodies = answer, False
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head("POST", "/a", "Content-Length: 1")).receive().status == 103
        assert wire.send(b"x").receive().body == b"done"


def test_unrequested_100_continue_of_the_upstream_is_not_forwarded(gateway, upstream):
    answer_with(upstream, b"HTTP/1.1 100 Continue\r\n\r\n")
    assert gateway.raw().status == 200


def test_http_1_0_client_gets_only_the_final_response(gateway, upstream):
    answer_with(upstream, HINTS, b"HTTP/1.1 102 Processing\r\n\r\n")
    answer = gateway.raw("GET", "/a", version="1.0")
    assert (answer.status, answer.body) == (200, b"done")


def test_at_most_16_interim_responses_are_forwarded(gateway, upstream):
    answer_with(upstream, *[HINTS] * 100)
    with gateway.server.wire() as wire:
        wire.send(gateway.head())
        statuses = [wire.receive().status]
        while statuses[-1] < 200:
            statuses.append(wire.receive().status)
    assert statuses == [103] * 16 + [200]


def test_malformed_response_after_an_interim_response_is_502(gateway, upstream):
    upstream.answer = HINTS + b"garbage\r\n\r\n"
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().status == 103
        assert wire.receive().status == 502


def test_interim_responses_before_a_websocket_are_forwarded(make_gateway, upstream):
    upstream.answer = HINTS + b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    gateway = make_gateway(route("/a", upstream.url))
    with gateway.server.wire() as wire:
        wire.send(gateway.head("GET", "/a", "Connection: Upgrade", "Upgrade: websocket"))
        assert wire.receive().status == 103
        assert wire.receive().status == 101
