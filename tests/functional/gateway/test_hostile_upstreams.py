# SPDX-License-Identifier: MIT
"""Upstreams that send ambiguous or endless responses: they must not deceive the client or affect other clients."""

import threading

import pytest
from support.responses import assert_error
from support.tls import make_certificate, server_context
from support.upstream import CLOSE, OK, PIECE, Upstream, chunk, ok, route

START = b"HTTP/1.1 200 OK\r\n"


def send_parts(*parts):
    """Returns an answer that sends these pieces and closes the connection."""

    def answer(request, peer):
        for part in parts:
            peer.send(part)
        return CLOSE

    return answer


@pytest.mark.parametrize(
    "answer",
    {
        "unrequested transfer coding": START + b"Transfer-Encoding: gzip\r\n\r\nxx",
        "unrequested transfer coding before chunked": START + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "chunked twice in one header": START + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + chunk(chunk(b"xx") + b"0\r\n\r\n") + b"0\r\n\r\n",
        "chunked in two headers": START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "chunked is not last": START + b"Transfer-Encoding: chunked, identity\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "unknown transfer coding": START + b"Transfer-Encoding: xchunked\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "Content-Length before Transfer-Encoding": START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "Content-Length after Transfer-Encoding": START + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "list of Content-Lengths": START + b"Content-Length: 2, 3\r\n\r\nxxx",
        "signed Content-Length": START + b"Content-Length: +2\r\n\r\nxx",
        "negative Content-Length": START + b"Content-Length: -2\r\n\r\nxx",
        "Content-Length overflow": START + b"Content-Length: 99999999999999999999999\r\n\r\nxx",
        "empty Content-Length": START + b"Content-Length: \r\n\r\nxx",
        "space before the colon": START + b"Content-Length : 2\r\n\r\nxx",
        "bare CR in a value": START + b"X: a\rSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nxx",
        "bare LF after a header": START + b"X: a\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nxx",
        "NUL in the reason phrase": b"HTTP/1.1 200 O\x00K\r\nContent-Length: 2\r\n\r\nxx",
        "bare CR in the reason phrase": b"HTTP/1.1 200 O\rK: x\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/2 status line": b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nxx",
        "status below 100": b"HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nxx",
        "folded status line": START + b" X: y\r\nContent-Length: 2\r\n\r\nxx",
        "folded Content-Length": START + b"Content-Length: 2\r\n 2\r\n\r\nxx",
        "folded Transfer-Encoding": START + b"Transfer-Encoding: chunked,\r\n gzip\r\n\r\n" + chunk(b"xx") + b"0\r\n\r\n",
        "NUL in a value": START + b"X: a\x00b\r\nContent-Length: 2\r\n\r\nxx",
        "NUL in a name": START + b"Content-Length\x00: 2\r\n\r\nxx",
        "hexadecimal Content-Length": START + b"Content-Length: 0x2\r\n\r\nxx",
        "chunk size with 0x prefix": START + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\nxx\r\n0\r\n\r\n",
        "chunk size overflow": START + b"Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\nxx\r\n0\r\n\r\n",
        "Content-Length as trailer": START + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"xx") + b"0\r\nContent-Length: 3\r\n\r\n",
        "unrequested upgrade": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n" + OK,
        "more than 256 headers": START + b"X: y\r\n" * 257 + b"Content-Length: 2\r\n\r\nxx",
    }.items(),
    ids=lambda item: item[0],
)
def test_ambiguous_or_malformed_response_framing_is_502(gateway, upstream, answer):
    upstream.answer = send_parts(answer[1])
    with gateway.server.wire() as wire:
        assert_error(wire.send(gateway.head()).receive(), 502, "upstream_failed")
        upstream.answer = OK
        assert wire.send(gateway.head()).receive().body == b"ok"


def test_folded_response_header_is_forwarded_as_one_line(gateway, upstream):
    upstream.answer = ok(b"ok", "X-Folded: a", "\tb", " ", "  c", "X-Next: d")
    with gateway.server.wire() as wire:
        answer = wire.send(gateway.head()).receive()
    assert answer.header("X-Folded").split() == ["a", "b", "c"] and answer.header("X-Next") == "d" and answer.body == b"ok"


@pytest.mark.parametrize("method, status", [("HEAD", b"200 OK"), ("GET", b"204 No Content"), ("GET", b"304 Not Modified")])
def test_body_of_a_response_without_body_is_not_sent_to_the_next_request(make_gateway, upstream, method, status):
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    upstream.answer = lambda request, peer: b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(forged) + forged if len(upstream.requests) == 1 else OK
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head(method)).receive_head().status == int(status[:3])
        for _ in range(2):
            assert wire.send(gateway.head()).receive().body == b"ok"
    assert upstream.connections == 2


def test_response_bytes_after_the_body_are_not_sent_to_the_next_request(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top="threads = 1\n")
    upstream.answer = lambda request, peer: OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged" if len(upstream.requests) == 1 else OK
    with gateway.server.wire() as wire:
        for _ in range(3):
            assert wire.send(gateway.head()).receive().body == b"ok"


def test_response_bytes_after_the_body_in_one_tls_record_are_not_sent_to_the_next_request(make_gateway, tmp_path):
    """The buffer of the gateway ends with the response: the rest of the record stays in the TLS library, and the socket is not readable."""
    window, forged = 16 * 1024, ok(b"forged")
    start = b"HTTP/1.1 200 OK\r\nX: " + b"x" * (window - 1000)
    end = b"\r\nContent-Length: 2\r\n\r\nok"
    end = b"x" * (window - len(start) - len(end)) + end
    records = [start, end + forged]

    def answer(request, peer):
        for record in records if peer.number == 1 else [OK]:
            peer.send(record)

    pair = make_certificate(tmp_path, "upstream")
    with Upstream(answer, tls=server_context(*pair)) as upstream:
        gateway = make_gateway(route("/a", upstream.url, ca_file=pair[0]), top="threads = 1\n")
        with gateway.server.wire() as wire:
            for _ in range(3):
                assert wire.send(gateway.head()).receive().body == b"ok"
        assert upstream.connections == 2


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_endless_interim_responses_are_504_and_do_not_starve_other_requests(make_gateway, tmp_path, secure):
    """Only the first few are forwarded to the client; no final response follows."""

    def send_interim_responses(request, peer):
        while True:
            peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 5000)

    pair = make_certificate(tmp_path, "upstream")
    with Upstream(send_interim_responses, tls=server_context(*pair) if secure else None) as upstream:
        gateway = make_gateway(route("/a", upstream.url, response_timeout="1 s", **({"ca_file": pair[0]} if secure else {})), top="threads = 1\n")
        with gateway.server.wire() as wire:
            wire.send(gateway.head())
            upstream.next()
            assert gateway.server.get("/healthz/liveness").status_code == 200
            answer = wire.receive()
            while answer.status == 103:
                answer = wire.receive()
            assert_error(answer, 504, "upstream_timeout")


def test_response_head_that_never_completes_is_504(make_gateway, upstream):
    ended = threading.Event()

    def send_slowly(request, peer):
        peer.send(START)
        while not ended.wait(0.05):
            peer.send(b"X: y\r\n")

    upstream.answer = send_slowly
    gateway = make_gateway(route("/a", upstream.url, response_timeout="1 s"))
    assert_error(gateway.get("/a"), 504, "upstream_timeout")
    ended.set()


@pytest.mark.parametrize("tail", [b"1;" + b"x" * 300_000, b"0\r\n" + b"X: y\r\n" * 50_000], ids=["extension of a chunk", "trailers"])
def test_chunked_response_with_endless_extension_or_trailers_is_truncated(gateway, upstream, tail):
    upstream.answer = send_parts(START + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"half"), tail)
    with gateway.server.wire() as wire:
        assert b"\r\n0\r\n\r\n" not in wire.send(gateway.head()).rest()


@pytest.mark.parametrize("cookie", ["warder_session=x; Path=/", " warder_session = x", "__Host-warder_session=x; Secure; Path=/", "=warder_session=x", "\twarder_session=x", "\r\n\twarder_session=x", "warder_session"])
def test_session_cookie_of_warder_set_by_an_upstream_is_dropped(gateway, upstream, cookie):
    """Browsers share cookies among the ports of a host, so the UI would use the session that the upstream chose."""
    upstream.answer = ok(b"ok", "Set-Cookie: other=1", f"Set-Cookie: {cookie}", "Set-Cookie: my_warder_session=2", "set-cookie: a=warder_session=x")
    with gateway.server.wire() as wire:
        answer = wire.send(gateway.head()).receive()
    assert answer.all("Set-Cookie") == ["other=1", "my_warder_session=2", "a=warder_session=x"]


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_stream_at_full_speed_does_not_starve_other_requests_and_ends_with_its_token(make_gateway, tmp_path, secure):
    def flood(request, peer):
        peer.send(START + b"\r\n")
        while True:
            peer.send(PIECE * 4)

    pair = make_certificate(tmp_path, "upstream")
    with Upstream(flood, tls=server_context(*pair) if secure else None) as upstream:
        gateway = make_gateway(route("/a", upstream.url, **({"ca_file": pair[0]} if secure else {})), top="threads = 1\n")
        doomed = gateway.admin.mint("doomed")
        with gateway.server.wire() as wire:
            wire.send(gateway.head(bearer=doomed)).receive_head()
            got, ended = [0], threading.Event()

            def receive_all():
                try:
                    while data := wire.socket.recv(1 << 20):
                        got[0] += len(data)
                except OSError:
                    pass
                ended.set()

            threading.Thread(target=receive_all, daemon=True).start()
            for _ in range(20):
                assert gateway.server.get("/healthz/liveness").status_code == 200
            assert not ended.is_set() and got[0] > 0
            assert gateway.admin.delete(f"/v1alpha/token/{doomed.id}").status_code == 200
            assert ended.wait(20)
