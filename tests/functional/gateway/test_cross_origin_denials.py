# SPDX-License-Identifier: MIT
"""Scripts of other origins can read the error responses of the gateway, on routes that pass preflights."""

import base64

import pytest
from support.ports import free_port
from support.upstream import CLOSE, route

ORIGIN = "https://app.example.org"


@pytest.fixture
def gateway(make_gateway, upstream):
    return make_gateway(
        route("/a", upstream.url, pass_preflight=True, body_limit="1 KiB"),
        route("/rpc", upstream.url, pass_preflight=True, json_rpc=True),
        route("/down", f"http://127.0.0.1:{free_port()}", pass_preflight=True),
        route("/slow", upstream.url, pass_preflight=True, response_timeout="1 s"),
        route("/plain", upstream.url),
    )


def send(gateway, method, path, *lines, token=True, body=b"", origin=ORIGIN):
    more = [f"Origin: {origin}"] if origin else []
    more += [f"Authorization: Bearer {gateway.token}"] if token is True else [f"Authorization: Bearer {token}"] if token else []
    text = "".join(f"{line}\r\n" for line in (*more, *lines))
    return gateway.server.raw(f"{method} {path} HTTP/1.1\r\nHost: warder.test\r\n{text}\r\n".encode() + body)


def assert_readable(answer, status, origin=ORIGIN):
    assert answer.status == status, answer.body
    assert answer.header("Access-Control-Allow-Origin") == origin
    assert "Origin" in answer.header("Vary")
    assert answer.header("Access-Control-Allow-Credentials") is None


def test_response_to_a_missing_token_is_readable_cross_origin(gateway):
    answer = send(gateway, "GET", "/a", token=None)
    assert_readable(answer, 401)
    assert "WWW-Authenticate" in answer.header("Access-Control-Expose-Headers")


def test_denial_for_insufficient_scope_is_readable_cross_origin(gateway):
    narrow = gateway.admin.mint("narrow", endpoints=["GET /elsewhere"])
    assert_readable(send(gateway, "GET", "/a", token=narrow), 403)


def test_response_to_a_too_large_body_is_readable_cross_origin(gateway):
    assert_readable(send(gateway, "POST", "/a", "Content-Length: 5000", body=b"x" * 5000), 413)


def test_denial_of_a_json_rpc_call_is_readable_cross_origin(gateway):
    narrow = gateway.admin.mint("one call", endpoints=["POST /rpc rpc:getinfo"])
    body = b'{"jsonrpc":"2.0","id":1,"method":"send"}'
    assert_readable(send(gateway, "POST", "/rpc", f"Content-Length: {len(body)}", token=narrow, body=body), 403)


def test_response_to_two_credentials_is_readable_cross_origin(gateway):
    basic = base64.b64encode(b"a:b").decode()
    assert_readable(send(gateway, "GET", "/a", f"Authorization: Basic {basic}"), 400)


def test_response_to_an_ambiguous_path_is_readable_cross_origin(gateway):
    assert_readable(send(gateway, "GET", "/a/x%2Fy"), 400)


def test_response_to_a_request_loop_is_readable_cross_origin(gateway):
    assert_readable(send(gateway, "GET", "/a", "Via: 1.1 warder, 1.1 warder, 1.1 warder"), 508)


def test_response_for_an_unreachable_upstream_is_readable_cross_origin(gateway):
    assert_readable(send(gateway, "GET", "/down"), 502)


def test_response_for_a_silent_upstream_is_readable_cross_origin(gateway, upstream):
    upstream.answer = lambda request, peer: CLOSE if not peer.receive_more() else None
    assert_readable(send(gateway, "GET", "/slow"), 504)


def test_denial_is_readable_by_an_opaque_origin(gateway):
    assert_readable(send(gateway, "GET", "/a", token=None, origin="null"), 401, origin="null")


def test_denial_without_an_origin_has_vary_but_no_allow_origin(gateway):
    answer = send(gateway, "GET", "/a", token=None, origin=None)
    assert answer.header("Access-Control-Allow-Origin") is None and answer.header("Vary") == "Origin"


def test_denial_with_two_origins_has_no_allow_origin(gateway):
    assert send(gateway, "GET", "/a", "Origin: https://b.example", token=None).header("Access-Control-Allow-Origin") is None


def test_denial_on_a_route_without_pass_preflight_has_no_cors_headers(gateway):
    answer = send(gateway, "GET", "/plain", token=None)
    assert answer.status == 401
    assert answer.header("Access-Control-Allow-Origin") is None and answer.header("Vary") is None


def test_response_of_the_upstream_gets_no_cors_headers(gateway):
    answer = send(gateway, "GET", "/a")
    assert answer.status == 200 and answer.header("Access-Control-Allow-Origin") is None
