# SPDX-License-Identifier: MIT
"""Request heads that are invalid according to RFC 9112, and valid ones that no client library sends."""

import pytest
from support.responses import assert_error

GET = b"GET /healthz/liveness HTTP/1.1\r\n"
POST = b"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\n"

INVALID = {
    "obs-fold": GET + b"Host: x\r\nX-A: one\r\n two\r\n\r\n",
    "obs-fold by tab": GET + b"Host: x\r\nX-A: one\r\n\ttwo\r\n\r\n",
    "folded first header": GET + b" Host: x\r\n\r\n",
    "bare LF after the request line": b"GET /healthz/liveness HTTP/1.1\nHost: x\r\n\r\n",
    "bare LF after a header": GET + b"Host: x\nX-A: one\r\n\r\n",
    "bare LF everywhere": b"GET /healthz/liveness HTTP/1.1\nHost: x\n\n",
    "bare CR in a value": GET + b"Host: x\r\nX-A: one\rtwo\r\n\r\n",
    "space before the colon": GET + b"Host : x\r\n\r\n",
    "tab before the colon": GET + b"Host: x\r\nX-A\t: y\r\n\r\n",
    "NUL in a value": GET + b"Host: x\r\nX-A: a\x00b\r\n\r\n",
    "DEL in a value": GET + b"Host: x\r\nX-A: a\x7fb\r\n\r\n",
    "control in a value": GET + b"Host: x\r\nX-A: a\x01b\r\n\r\n",
    "control in the target": b"GET /healthz\x01/liveness HTTP/1.1\r\nHost: x\r\n\r\n",
    "space in the target": b"GET /healthz/ liveness HTTP/1.1\r\nHost: x\r\n\r\n",
    "no Host": GET + b"X-A: y\r\n\r\n",
    "two Host headers": GET + b"Host: x\r\nHost: x\r\n\r\n",
    "empty header name": GET + b"Host: x\r\n: y\r\n\r\n",
    "no colon": GET + b"Host: x\r\nnonsense\r\n\r\n",
    "two Content-Lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "list of Content-Lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "signed Content-Length": POST + b"Content-Length: +2\r\n\r\n{}",
    "negative Content-Length": POST + b"Content-Length: -2\r\n\r\n{}",
    "hexadecimal Content-Length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "empty Content-Length": POST + b"Content-Length: \r\n\r\n",
    "Content-Length before Transfer-Encoding": POST + b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "Content-Length after Transfer-Encoding": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two lines": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "no chunked": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "Transfer-Encoding in HTTP/1.0": b"POST /v1alpha/token/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "authority differs from Host": b"GET http://other.example/healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n",
    "no request line": b"nonsense\r\n\r\n",
    "no version": b"GET /healthz/liveness\r\n\r\n",
    "TLS ClientHello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
}


@pytest.mark.parametrize("head", INVALID.values(), ids=INVALID.keys())
def test_invalid_request_head_is_rejected_with_400_and_close(warder, head):
    with warder.wire() as wire:
        assert_error(wire.send(head).receive(), 400, "bad_request")
        assert wire.is_closed()


HEAD = b"HEAD /healthz/liveness HTTP/1.1\r\n"
REFUSED = {
    "head": (HEAD + b"\r\n", 400),
    "bare LF": (HEAD + b"Host: x\n\n", 400),
    "long": (HEAD + b"X: " + b"a" * 17000, 431),
    "body": (HEAD + b"Host: x\r\nContent-Length: 65537\r\n\r\n", 413),
    "chunks": (HEAD + b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    "coding": (HEAD + b"Host: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
}


@pytest.mark.parametrize("before", [b"", GET + b"Host: x\r\n\r\n"], ids=["first", "after another request"])
@pytest.mark.parametrize("request_, status", REFUSED.values(), ids=REFUSED.keys())
def test_rejected_head_request_has_no_response_body(warder, request_, status, before):
    with warder.wire() as wire:
        wire.send(before + request_)
        assert not before or wire.receive().status == 200
        answer = wire.receive(head_only=True)
        assert answer.status == status and int(answer.header("Content-Length")) > 0
        assert wire.is_closed()


def test_request_pipelined_after_an_invalid_head_is_discarded(warder):
    with warder.wire() as wire:
        wire.send(INVALID["Content-Length before Transfer-Encoding"] + GET + b"Host: x\r\n\r\n")
        assert wire.receive().status == 400
        assert wire.receive() is None


@pytest.mark.parametrize("coding", ["gzip, chunked", "identity, chunked", "x, chunked"])
def test_unsupported_transfer_coding_before_chunked_is_501(warder, coding):
    assert_error(warder.raw(POST + f"Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n".encode()), 501, "not_implemented")


VALID = {
    "plain": GET + b"Host: x\r\n\r\n",
    "white space around a value": GET + b"Host:   x\t \r\nX-A:\r\n\r\n",
    "absolute target of the same host": b"GET http://x.example:81/healthz/liveness HTTP/1.1\r\nHost: X.example:81\r\n\r\n",
    "empty Host": GET + b"Host:\r\n\r\n",
    "bytes over 127 in a value": GET + b"Host: x\r\nX-A: \xff\xe9\r\n\r\n",
    "empty line first": b"\r\n" + GET + b"Host: x\r\n\r\n",
    "HTTP/1.0 without Host": b"GET /healthz/liveness HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("name", VALID)
def test_unusual_valid_request_head_is_served(warder, name):
    answer = warder.raw(VALID[name])
    assert answer.status == 200, answer


def test_http_1_0_connection_closes_without_keep_alive(warder):
    with warder.wire() as wire:
        assert wire.send(VALID["HTTP/1.0 without Host"]).receive().status == 200
        assert wire.is_closed()


def test_request_with_connection_close_closes_the_connection(warder):
    with warder.wire() as wire:
        answer = wire.send(GET + b"Host: x\r\nConnection: close\r\n\r\n").receive()
        assert answer.status == 200 and answer.header("Connection").lower() == "close"
        assert wire.is_closed()


def test_request_head_over_16_kib_is_rejected_with_431(warder):
    assert_error(warder.raw(GET + b"Host: x\r\nX-A: " + b"a" * 17000 + b"\r\n\r\n"), 431, "headers_too_large")
    assert_error(warder.raw(GET + b"Host: x\r\n" + b"X-A: a\r\n" * 2500 + b"\r\n"), 431, "headers_too_large")
    assert_error(warder.raw(b"GET /" + b"a" * 17000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 431, "headers_too_large")


def test_request_head_just_below_16_kib_is_served(warder):
    assert warder.raw(GET + b"Host: x\r\nX-A: " + b"a" * 16000 + b"\r\n\r\n").status == 200


def test_http_2_preface_is_rejected_on_a_plain_connection(warder):
    answer = warder.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert answer is None or answer.status in (400, 505)
