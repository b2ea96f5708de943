# SPDX-License-Identifier: MIT
"""Bodies that are too large to be held in memory."""

import hashlib

import pytest
from support.limits import peak_memory
from support.upstream import PIECE, Upstream, chunk, ok, route

MANY = 50 << 20


@pytest.mark.bare
def test_large_upload_is_forwarded_intact_with_bounded_memory(make_gateway):
    digest = hashlib.sha256()

    def read(request, peer):
        size = 0
        for piece, _ in peer.pieces(request):
            size += len(piece)
            digest.update(piece)
        return ok(str(size).encode())

    with Upstream(read, reads_bodies=False) as upstream:
        gateway = make_gateway(route("/a", upstream.url))
        gateway.get("/a")
        before = peak_memory(gateway.server)
        with gateway.server.wire(timeout=60) as wire:
            wire.send(gateway.head("PUT", "/a", f"Content-Length: {MANY}"))
            for _ in range(MANY // len(PIECE)):
                wire.send(PIECE)
            assert wire.receive().body == str(MANY).encode()
        assert digest.digest() == hashlib.sha256(PIECE * (MANY // len(PIECE))).digest()
        assert peak_memory(gateway.server) - before < 8 << 20


@pytest.mark.bare
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_large_download_is_forwarded_intact_with_bounded_memory(gateway, upstream, framing):
    def write(request, peer):
        peer.send(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: %d" % MANY if framing == "length" else b"Transfer-Encoding: chunked") + b"\r\n\r\n")
        for _ in range(MANY // len(PIECE)):
            peer.send(PIECE if framing == "length" else chunk(PIECE))
        return b"" if framing == "length" else b"0\r\n\r\n"

    gateway.get("/a")
    before = peak_memory(gateway.server)
    upstream.answer = write
    with gateway.server.wire(timeout=60) as wire:
        response = wire.send(gateway.head()).receive_head()
        assert response.header("Content-Length") == (str(MANY) if framing == "length" else None)
        got, size = hashlib.sha256(), 0
        while size < MANY:
            part = wire.take(len(PIECE)) if framing == "length" else wire.chunk()
            got.update(part)
            size += len(part)
    assert size == MANY and got.digest() == hashlib.sha256(PIECE * (MANY // len(PIECE))).digest()
    assert peak_memory(gateway.server) - before < 8 << 20
