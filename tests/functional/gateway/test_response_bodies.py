# SPDX-License-Identifier: MIT
"""The bodies of responses on their way to the client."""

import pytest
from support.upstream import CLOSE, OK, PIECE, chunk


@pytest.mark.parametrize("tail", [b"", b"X-Trailer: 1\r\n"])
def test_a_chunked_response_arrives_whole(gateway, upstream, tail):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(PIECE) + b"0\r\n" + tail + b"\r\n"
    with gateway.server.wire() as wire:
        for _ in range(3):
            assert wire.send(gateway.head()).receive().body == b"one" + PIECE
    assert upstream.connections == 1


def test_a_response_that_ends_with_its_connection_arrives_whole(gateway, upstream):
    def answer(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + PIECE)
        return CLOSE

    upstream.answer = answer
    with gateway.server.wire() as wire:
        for _ in range(2):
            assert wire.send(gateway.head()).receive().body == PIECE
    assert upstream.connections == 2


def test_an_http_1_0_client_gets_no_chunks(gateway, upstream):
    upstream.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(b"two") + b"0\r\n\r\n"
    with gateway.server.wire() as wire:
        head, body = wire.send(gateway.head(version="1.0")).rest().split(b"\r\n\r\n", 1)
    assert body == b"onetwo" and b"transfer-encoding" not in head.lower()
    assert upstream.next().line.endswith("HTTP/1.1")


@pytest.mark.parametrize("head", [b"Content-Length: 1234\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_an_answer_to_head_has_no_body_whatever_its_head_says(gateway, upstream, head):
    upstream.answer = lambda request, peer: b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" if request.method == "HEAD" else OK
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head("HEAD")).receive_head()
        assert response.status == 200
        if b"Length" in head:
            assert response.header("Content-Length") == "1234"
        assert wire.send(gateway.head()).receive().body == b"ok"
    assert upstream.connections == 1


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_without_a_body_keep_the_connection(gateway, upstream, status):
    upstream.answer = b"HTTP/1.1 " + status + b'\r\nETag: "x"\r\n\r\n'
    with gateway.server.wire() as wire:
        for _ in range(2):
            response = wire.send(gateway.head()).receive_head()
            assert response.status == int(status[:3]) and response.header("ETag") == '"x"'
            assert response.header("Transfer-Encoding") is None
    assert upstream.connections == 1


def test_informational_answers_are_not_taken_for_the_answer(gateway, upstream):
    upstream.answer = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK
    with gateway.server.wire() as wire:
        response = wire.send(gateway.head()).receive()
        while response.status < 200:
            response = wire.receive()
        assert response.body == b"ok"
