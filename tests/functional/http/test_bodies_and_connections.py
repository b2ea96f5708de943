# SPDX-License-Identifier: MIT
import base64
import concurrent.futures

import pytest
from support.responses import assert_error

BODY = b'{"jwt_token_description":"one","jwt_token_life":60}'


def head(person, *lines, method="POST", path="/v1alpha/token/"):
    secret = base64.b64encode(f"{person.name}:{person.password}".encode()).decode()
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Basic {secret}", *lines, "", ""]).encode()


def chunked(*chunks):
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def test_chunked_request_body_is_accepted(warder, alice):
    with warder.wire() as wire:
        wire.send(head(alice, "Transfer-Encoding: chunked") + chunked(BODY[:5], BODY[5:]))
        assert wire.receive().status == 201
        assert wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive().status == 200


BAD_CHUNKS = {
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "size is not hexadecimal": b"zz\r\n{}\r\n0\r\n\r\n",
    "signed size": b"+2\r\n{}\r\n0\r\n\r\n",
    "size with 0x prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
    "data longer than the size": b"2\r\n{}}\r\n0\r\n\r\n",
    "size overflow": b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "bare LF": b"2\n{}\n0\n\n",
    "white space after the size": b"2 \r\n{}\r\n0\r\n\r\n",
    "CR LF inside a quoted extension": b'2;a="\r\n{}\r\n0\r\n\r\n',
    "CR LF inside a quoted extension that ends": b'2;a="\r\n{}\r\n0\r\n\r\n"\r\n{}\r\n0\r\n\r\n',
    "LF inside a quoted extension": b'2;a="\n"\r\n{}\r\n0\r\n\r\n',
    "control in a quoted extension": b'2;a="\x01"\r\n{}\r\n0\r\n\r\n',
    "CR inside an extension": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "endless extension": b"2;" + b"a" * 20000 + b"\r\n{}\r\n0\r\n\r\n",
    "too many extensions": (b"1;" + b"a" * 1000 + b"\r\n \r\n") * 20 + b"2\r\n{}\r\n0\r\n\r\n",
    "data ended by LF": b"2\r\n{}\n0\r\n\r\n",
    "data ended by CR": b"2\r\n{}\r0\r\n\r\n",
    "last chunk ended by LF": b"2\r\n{}\r\n0\n\r\n",
    "folded trailer": b"2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n",
    "space before a trailer's colon": b"2\r\n{}\r\n0\r\nX : y\r\n\r\n",
    "trailer without colon": b"2\r\n{}\r\n0\r\nX\r\n\r\n",
    "control in a trailer": b"2\r\n{}\r\n0\r\nX: \x00\r\n\r\n",
    "Content-Length as trailer": b"2\r\n{}\r\n0\r\nContent-Length: 2\r\n\r\n",
    "endless trailers": b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 8000,
}


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_invalid_chunk_is_rejected_with_400_and_close(warder, alice, body):
    with warder.wire() as wire:
        assert_error(wire.send(head(alice, "Transfer-Encoding: chunked") + body).receive(), 400, "bad_request")
        assert wire.is_closed()


GOOD_CHUNKS = {
    "extensions": b'2;a;b=c ; d = "e;\\"\xff"\r\n{}\r\n0;f\r\n\r\n',
    "leading zeros": b"00000000000000000000002\r\n{}\r\n000\r\n\r\n",
    "trailers": b"2\r\n{}\r\n0\r\nX: y\r\nAuthorization: none\r\n\r\n",
    "one byte per chunk": chunked(*[b" "] * 10000, b"{", b"}"),
}


@pytest.mark.parametrize("body", GOOD_CHUNKS.values(), ids=GOOD_CHUNKS.keys())
@pytest.mark.parametrize("step", [1, 10**6], ids=["byte by byte", "at once"])
def test_valid_chunked_body_keeps_the_connection_in_sync(warder, alice, body, step):
    with warder.wire() as wire:
        wire.send(head(alice, "Transfer-Encoding: chunked"))
        for at in range(0, len(body), step):
            wire.send(body[at : at + step])
        assert "jwt_token_description" in assert_error(wire.receive(), 400, "bad_field")
        assert wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive().status == 200


def test_body_over_64_kib_is_rejected_with_413(warder, alice):
    assert_error(warder.raw(head(alice, "Content-Length: 65537") + b" " * 65537), 413, "too_large")
    assert_error(warder.raw(head(alice, "Transfer-Encoding: chunked") + chunked(b" " * 40000, b" " * 40000)), 413, "too_large")
    assert_error(warder.raw(head(alice, "Content-Length: 99999999999")), 413, "too_large")


def test_body_of_64_kib_is_accepted(warder, alice):
    assert warder.raw(head(alice, "Content-Length: 65536") + BODY.ljust(65536)).status == 201


def test_expect_100_continue_is_answered_with_100(warder, alice):
    with warder.wire() as wire:
        assert wire.send(head(alice, f"Content-Length: {len(BODY)}", "Expect: 100-continue")).receive().status == 100
        assert wire.send(BODY).receive().status == 201


def test_expect_100_continue_with_too_large_body_is_rejected_with_413(warder, alice):
    with warder.wire() as wire:
        assert wire.send(head(alice, "Content-Length: 70000", "Expect: 100-continue")).receive().status == 413


def test_pipelined_requests_are_answered_in_order(warder, alice):
    one = head(alice, f"Content-Length: {len(BODY)}") + BODY
    with warder.wire() as wire:
        wire.send(one + head(alice, method="GET") + head(alice, method="GET", path="/v1alpha/whoami") + b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = [wire.receive() for _ in range(4)]
    assert [answer.status for answer in answers] == [201, 200, 200, 404]
    assert list(answers[1].json()["jwt_tokens"]) == [answers[0].json()["jwt_token_id"]]


def test_body_bytes_are_never_parsed_as_a_request(warder, alice):
    inner = b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n"
    with warder.wire() as wire:
        assert wire.send(head(alice, f"Content-Length: {len(inner)}") + inner).receive().status == 400
        wire.send(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = wire.receive()
        assert answer is None or answer.status == 404


def test_denied_request_body_keeps_the_connection_in_sync(warder, alice):
    with warder.wire() as wire:
        for _ in range(3):
            wire.send(b"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            answer = wire.receive()
            if answer is None:
                return  # closing is fine too; answering the body as a request is not
            assert answer.status == 401


@pytest.mark.timing
def test_incomplete_request_head_times_out_with_408(start_server):
    server = start_server(config_text='header_timeout = "1 s"\n')
    with server.wire() as wire:
        assert_error(wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost:").receive(), 408, "timeout")
        assert wire.is_closed()


@pytest.mark.timing
def test_idle_connection_is_closed_after_idle_timeout(start_server):
    server = start_server(config_text='idle_timeout = "1 s"\n')
    with server.wire() as wire:
        assert wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive().status == 200
        assert wire.receive() is None


def test_concurrent_connections_are_all_answered(warder, alice):
    token = alice.mint("one")
    request = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    def send_requests(_):
        with warder.wire() as wire:
            return [wire.send(request).receive().status for _ in range(20)]

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert all(status == 200 for statuses in pool.map(send_requests, range(64)) for status in statuses)


@pytest.mark.parametrize("credential", ["", "Authorization: Basic YWRtaW46d3Jvbmc=\r\n", "Authorization: Basic !!!\r\n", "Authorization: Bearer nonsense\r\n", "X-Warder-Token: x\r\n"])
@pytest.mark.parametrize("path", ["/v1alpha/token/", "/v1alpha/users/", "/v1alpha/introspect"])
def test_invalid_credential_is_denied_before_the_body_is_read(warder, path, credential):
    with warder.wire() as wire:
        wire.send(f"POST {path} HTTP/1.1\r\nHost: x\r\n{credential}Content-Length: 50000\r\n\r\n".encode())
        assert wire.receive().status == 401
        wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n".ljust(50_000, b"x"))
        assert wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive().json() == {"message": "i am alive"}


def test_cross_site_and_unknown_requests_are_rejected_before_the_body_is_read(warder):
    for line, extra, status in (("POST /v1alpha/session", "Origin: https://evil.test\r\n", 403), ("POST /v1alpha/nothing", "", 404), ("DELETE /v1alpha/token/", "", 405)):
        with warder.wire() as wire:
            assert wire.send(f"{line} HTTP/1.1\r\nHost: x\r\n{extra}Content-Length: 50000\r\n\r\n".encode()).receive().status == status, line


def test_slow_body_with_valid_password_is_read(warder, alice):
    body = b'{"jwt_token_description": "slow", "jwt_token_life": "1 h"}'
    with warder.wire() as wire:
        wire.send(head(alice, f"Content-Length: {len(body)}"))
        for byte in body:
            wire.send(bytes([byte]))
        assert wire.receive().status == 201
