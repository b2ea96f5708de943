# SPDX-License-Identifier: MIT
"""Response bodies that are forwarded to the client."""

import queue
import socket
import struct

import pytest
from support.tls import make_certificate, server_context
from support.upstream import CLOSE, OK, PIECE, Upstream, chunk, route


class ResponseWithoutLength:
    """Answers `whole body` without a length, then ends the connection with the function from the queue `ending`."""

    def __init__(self):
        self.ending = queue.Queue()

    def __call__(self, request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\nX-Kind: endless\r\n\r\nwhole body")
        self.ending.get(timeout=20)(peer)
        return CLOSE


def send_close_notify(peer):
    peer.socket.unwrap()  # close_notify


def close_without_close_notify(peer):
    """Sends only the TCP FIN, which an attacker on the path can forge."""
    socket.socket.shutdown(peer.socket, socket.SHUT_RDWR)


def reset(peer):
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.socket.close()


def read_until_end(wire):
    """Returns the bytes until the client connection ends, and whether a reset ended it."""
    rest = wire.pending
    try:
        while data := wire.socket.recv(1 << 16):
            rest += data
    except ConnectionResetError:
        return rest, True
    return rest, False


@pytest.fixture
def secure_gateway(make_gateway, tmp_path):
    pair = make_certificate(tmp_path, "upstream")
    with Upstream(ResponseWithoutLength(), tls=server_context(*pair)) as upstream:
        gateway = make_gateway(route("/a", upstream.url, ca_file=pair[0]))
        gateway.upstream = upstream
        yield gateway


@pytest.mark.parametrize("tail", [b"", b"X-Trailer: 1\r\n"])
def test_chunked_response_is_forwarded_complete_and_keeps_the_upstream_connection(gateway, upstream, tail):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(PIECE) + b"0\r\n" + tail + b"\r\n"
    with gateway.server.wire() as wire:
        for _ in range(3):
            assert wire.send(gateway.head()).receive().body == b"one" + PIECE
    assert upstream.connections == 1


@pytest.mark.parametrize("piece", [b"00000001\r\nx\r\n", b"14;number=12\r\n" + b"x" * 20 + b"\r\n"], ids=["zero-padded sizes", "extensions"])
def test_long_chunked_response_with_padded_sizes_or_extensions_is_forwarded_complete(gateway, upstream, piece):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + piece * 10_000 + b"0\r\n\r\n"
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().body == b"x" * 10_000 * piece.count(b"x")


def test_response_delimited_by_connection_close_is_forwarded_complete(gateway, upstream):
    def answer(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + PIECE)
        return CLOSE

    upstream.answer = answer
    with gateway.server.wire() as wire:
        for _ in range(2):
            assert wire.send(gateway.head()).receive().body == PIECE
    assert upstream.connections == 2


def test_http_1_0_client_gets_a_chunked_response_without_chunking(gateway, upstream):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(b"two") + b"0\r\n\r\n"
    with gateway.server.wire() as wire:
        head, body = wire.send(gateway.head(version="1.0")).rest().split(b"\r\n\r\n", 1)
    assert body == b"onetwo" and b"transfer-encoding" not in head.lower()
    assert upstream.next().line.endswith("HTTP/1.1")


@pytest.mark.parametrize("head", [b"Content-Length: 1234\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_response_to_head_has_no_body_despite_its_framing_headers(gateway, upstream, head):
    upstream.answer = lambda request, peer: b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" if request.method == "HEAD" else OK
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head("HEAD")).receive_head()
        assert response.status == 200
        if b"Length" in head:
            assert response.header("Content-Length") == "1234"
        assert wire.send(gateway.head()).receive().body == b"ok"
    assert upstream.connections == 1


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_responses_204_and_304_keep_both_connections(gateway, upstream, status):
    upstream.answer = b"HTTP/1.1 " + status + b'\r\nETag: "x"\r\n\r\n'
    with gateway.server.wire() as wire:
        for _ in range(2):
            response = wire.send(gateway.head()).receive_head()
            assert response.status == int(status[:3]) and response.header("ETag") == '"x"'
            assert response.header("Transfer-Encoding") is None
    assert upstream.connections == 1


def test_informational_responses_are_not_treated_as_the_final_response(gateway, upstream):
    upstream.answer = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head()).receive()
        while response.status < 200:
            response = wire.receive()
        assert response.body == b"ok"


def test_tls_body_without_a_length_is_complete_only_after_close_notify(secure_gateway):
    for end_connection, is_whole in ((send_close_notify, True), (close_without_close_notify, False)):
        with secure_gateway.server.wire() as wire:
            wire.send(secure_gateway.head("GET", "/a")).receive_head()
            assert wire.chunk() == b"whole body"
            secure_gateway.upstream.answer.ending.put(end_connection)
            if is_whole:
                assert wire.chunk() == b""
            else:
                assert read_until_end(wire)[0] == b"", "the last chunk must not come"


def test_http_1_0_client_gets_a_reset_when_a_tls_body_ends_without_close_notify(secure_gateway):
    for end_connection, is_whole in ((send_close_notify, True), (close_without_close_notify, False)):
        with secure_gateway.server.wire() as wire:
            wire.send(secure_gateway.head("GET", "/a", version="1.0")).receive_head()
            assert wire.take(10) == b"whole body"
            secure_gateway.upstream.answer.ending.put(end_connection)
            assert read_until_end(wire) == (b"", not is_whole)


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_upstream_reset_during_a_body_without_a_length_does_not_complete_the_response(gateway, upstream, version):
    upstream.answer = ResponseWithoutLength()
    with gateway.server.wire() as wire:
        wire.send(gateway.head(version=version)).receive_head()
        assert (wire.chunk() if version == "1.1" else wire.take(10)) == b"whole body"
        upstream.answer.ending.put(reset)
        rest, is_reset = read_until_end(wire)
        assert rest == b"" and (version == "1.1" or is_reset)


@pytest.mark.parametrize("head", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_http_1_0_client_can_detect_a_truncated_body(gateway, upstream, head):
    upstream.answer = lambda request, peer: peer.send(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + chunk(b"part")) or CLOSE
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head(version="1.0")).receive_head()
        rest, is_reset = read_until_end(wire)
        assert len(rest) < int(response.header("Content-Length") or 0) or is_reset
