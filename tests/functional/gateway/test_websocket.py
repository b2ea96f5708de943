# SPDX-License-Identifier: MIT
"""WebSockets through the gateway, frame by frame."""

import base64
import hashlib
import os
import threading
import time

import pytest
from support.responses import assert_error
from support.upstream import CLOSE, Upstream, route

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSING = 1, 2, 8
POLICY_VIOLATION = (1008).to_bytes(2, "big")


def frame(opcode, payload, is_last=True, is_masked=False):
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big") if size < 1 << 16 else b"\x7f" + size.to_bytes(8, "big")
    head = bytes([opcode | (0x80 if is_last else 0)])
    if not is_masked:
        return head + length + payload
    mask = os.urandom(4)
    return head + bytes([length[0] | 0x80]) + length[1:] + mask + masked(payload, mask)


def masked(payload, mask):
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def read_frame(take):
    """Reads the next frame with `take(count)` and returns (opcode, payload)."""
    first, second = take(2)
    size = second & 0x7F
    if size > 125:
        size = int.from_bytes(take(2 if size == 126 else 8), "big")
    mask = take(4) if second & 0x80 else None
    payload = take(size)
    return first & 0x0F, masked(payload, mask) if mask else payload


def accept(request, peer):
    key = base64.b64encode(hashlib.sha1(request.header("Sec-WebSocket-Key").encode() + GUID).digest())
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + key + b"\r\n\r\n")


def echo(request, peer):
    """An upstream that sends back each message until it receives a close frame."""
    accept(request, peer)
    while True:
        opcode, payload = read_frame(peer.take)
        peer.send(frame(opcode, payload))
        if opcode == CLOSING:
            return CLOSE


OPENING = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: own")


def open_socket(gateway, token=None, target="/a"):
    wire = gateway.server.wire()
    response = wire.send(gateway.head("GET", target, *OPENING, bearer=token)).receive_head()
    assert response.status == 101, response
    assert response.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert response.header("Upgrade") == "websocket" and response.header("Connection").lower() == "upgrade"
    return wire


def test_websocket_messages_are_forwarded_both_ways_until_a_close_frame(gateway, upstream):
    upstream.answer = echo
    with open_socket(gateway) as wire:
        for payload in (b"", b"hello", os.urandom(126), os.urandom(70_000), os.urandom(1 << 20)):
            wire.send(frame(BINARY, payload, is_masked=True))
            assert read_frame(wire.take) == (BINARY, payload)
        wire.send(frame(CLOSING, (1000).to_bytes(2, "big"), is_masked=True))
        assert read_frame(wire.take) == (CLOSING, (1000).to_bytes(2, "big"))
        assert wire.is_closed()
    request = upstream.next()
    assert request.header("Upgrade") == "websocket" and request.header("Connection") == "Upgrade"
    assert request.header("Sec-WebSocket-Protocol") == "own" and request.header("Authorization") is None
    assert request.header("X-Warder-User") == "admin"


def test_websocket_frames_sent_with_the_head_are_forwarded(gateway, upstream):
    def accept_and_send(request, peer):
        key = base64.b64encode(hashlib.sha1(request.header("Sec-WebSocket-Key").encode() + GUID).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + key + b"\r\n\r\n"
        peer.send(head + frame(TEXT, b"welcome"))
        opcode, payload = read_frame(peer.take)
        peer.send(frame(opcode, payload))
        return CLOSE

    upstream.answer = accept_and_send
    with gateway.server.wire() as wire:
        wire.send(gateway.head("GET", "/a", *OPENING) + frame(TEXT, b"early", is_masked=True))
        assert wire.receive_head().status == 101
        assert read_frame(wire.take) == (TEXT, b"welcome")
        assert read_frame(wire.take) == (TEXT, b"early")
        assert wire.is_closed()


def test_declined_websocket_upgrade_forwards_the_response_and_keeps_the_connection(gateway, upstream):
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head("GET", "/a", *OPENING)).receive().body == b"ok"
        assert wire.send(gateway.head()).receive().body == b"ok"


def test_websocket_with_an_invalid_token_is_401(gateway, upstream):
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head("GET", "/a", *OPENING, bearer="eyJ.eyJ.x")).receive().status == 401
    assert not upstream.has_requests()


def test_upgrade_headers_of_other_protocols_are_dropped(gateway, upstream):
    gateway.raw("GET", "/a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: x")
    request = upstream.next()
    assert request.header("Upgrade") is None and request.header("HTTP2-Settings") is None


def test_unrequested_101_of_the_upstream_is_502(gateway, upstream):
    upstream.answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    assert_error(gateway.get("/a"), 502, "upstream_failed")


def test_websocket_closes_when_the_upstream_disconnects(gateway, upstream):
    def disconnect(request, peer):
        accept(request, peer)
        return CLOSE

    upstream.answer = disconnect
    with open_socket(gateway) as wire:
        assert wire.is_closed()


def test_websocket_to_the_upstream_closes_when_the_client_disconnects(make_gateway):
    has_ended = threading.Event()

    def wait(request, peer):
        accept(request, peer)
        if peer.is_closed():
            has_ended.set()
        return CLOSE

    with Upstream(wait) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        open_socket(gateway).socket.close()
        assert has_ended.wait(20)


# Revocation, expiry and limits


def test_websocket_takes_one_request_from_the_rate_limit(gateway, upstream):
    upstream.answer = echo
    token = gateway.admin.mint("of two sockets", rate_limit="2/day")
    for _ in range(2):
        with open_socket(gateway, token) as wire:
            for _ in range(5):
                wire.send(frame(BINARY, b"hello", is_masked=True))
                assert read_frame(wire.take) == (BINARY, b"hello")
    assert gateway.raw("GET", "/a", *OPENING, bearer=token).status == 429


def revoke(gateway, token):
    gateway.admin.delete(f"/v1alpha/token/{token.id}")


def narrow(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["/b"]}).status_code == 200


def pause(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"enabled": False}).status_code == 200


def move(gateway, token):
    assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["192.0.2.0/24"]}).status_code == 200


@pytest.mark.parametrize("end", [revoke, narrow, pause, move])
def test_websocket_is_closed_with_1008_within_one_second_when_its_token_is_revoked_narrowed_paused_or_bound_to_other_addresses(make_gateway, end):
    has_ended = threading.Event()

    def accept_and_send(request, peer):
        accept(request, peer)
        peer.send(frame(TEXT, b"welcome"))
        if peer.is_closed():
            has_ended.set()
        return CLOSE

    with Upstream(accept_and_send) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        token = gateway.admin.mint("of a socket")
        with open_socket(gateway, token) as wire:
            assert read_frame(wire.take) == (TEXT, b"welcome")
            end(gateway, token)
            start = time.monotonic()
            opcode, payload = read_frame(wire.take)
            assert (opcode, payload[:2]) == (CLOSING, POLICY_VIOLATION)
            assert wire.is_closed()
            assert time.monotonic() - start < 1.0
        assert has_ended.wait(20)


def test_websocket_is_closed_with_1008_when_its_token_expires(gateway, upstream):
    upstream.answer = echo
    token = gateway.admin.mint("of a socket", life="2 seconds")
    with open_socket(gateway, token) as wire:
        start = time.monotonic()
        opcode, payload = read_frame(wire.take)
        assert (opcode, payload[:2]) == (CLOSING, POLICY_VIOLATION)
        assert time.monotonic() - start < 3.0
        assert wire.is_closed()


def test_websocket_close_after_revocation_never_splits_a_frame(gateway, upstream):
    """The upstream sends frames without end; the close frame comes between two of them, and each frame arrives unchanged."""

    def send_endlessly(request, peer):
        accept(request, peer)
        while True:
            peer.send(frame(BINARY, b"x" * 100_000))

    upstream.answer = send_endlessly
    token = gateway.admin.mint("of a socket")
    with open_socket(gateway, token) as wire:
        assert read_frame(wire.take) == (BINARY, b"x" * 100_000)
        revoke(gateway, token)
        start = time.monotonic()
        opcode, payload = read_frame(wire.take)
        while opcode == BINARY:
            assert payload == b"x" * 100_000
            opcode, payload = read_frame(wire.take)
        assert (opcode, payload[:2]) == (CLOSING, POLICY_VIOLATION)
        assert time.monotonic() - start < 1.0


def test_websocket_with_an_incomplete_frame_ends_within_one_second_of_revocation(gateway, upstream):
    def begin(request, peer):
        accept(request, peer)
        peer.send(frame(BINARY, b"x" * 1000)[:500])

    upstream.answer = begin
    token = gateway.admin.mint("of a socket")
    with open_socket(gateway, token) as wire:
        assert len(wire.take(500)) == 500
        revoke(gateway, token)
        start = time.monotonic()
        wire.rest()
        assert time.monotonic() - start < 1.0


def test_websocket_of_a_client_that_reads_nothing_ends_within_one_second_of_revocation(make_gateway):
    has_ended = threading.Event()

    def send_endlessly(request, peer):
        accept(request, peer)
        try:
            while True:
                peer.send(b"".join(frame(BINARY, b"x" * 60_000) for _ in range(10)))
        except OSError:
            has_ended.set()
            raise

    with Upstream(send_endlessly) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        token = gateway.admin.mint("of a socket")
        with open_socket(gateway, token):  # the client never reads
            revoke(gateway, token)
            assert has_ended.wait(1.0)


def test_idle_websocket_is_closed_after_idle_timeout(make_gateway, upstream):
    upstream.answer = echo
    gateway = make_gateway(route("/a", upstream.url, idle_timeout="1 s"))
    with open_socket(gateway) as wire:
        wire.rest()


def test_websocket_is_closed_at_shutdown(make_gateway, upstream):
    upstream.answer = echo
    gateway = make_gateway(route("/a", upstream.url), top='drain_timeout = "1 s"\n')
    with open_socket(gateway) as wire:
        gateway.server.terminate()
        wire.rest()
    assert gateway.server.wait() == 0
