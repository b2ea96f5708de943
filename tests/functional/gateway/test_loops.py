# SPDX-License-Identifier: MIT
"""The `Via` header and request loops."""

import pytest
import requests
from support.ports import free_port
from support.responses import assert_error
from support.upstream import route


def test_forwarded_request_has_via_header(gateway, upstream):
    gateway.raw()
    assert upstream.next().header("Via") == "1.1 warder"


def test_via_of_the_client_precedes_the_entry_of_the_gateway(gateway, upstream):
    gateway.raw("GET", "/a", "Via: 1.0 fred", "Accept: */*", "Via: 1.1 nginx, 1.1 warder (another)")
    assert upstream.next().header("Via") == "1.0 fred, 1.1 nginx, 1.1 warder (another), 1.1 warder"


@pytest.mark.parametrize(
    "lines",
    [
        ["Via: 1.1 warder, 1.1 warder, 1.1 warder"],
        ["Via: 1.1 warder", "Via: 1.1 nginx, 1.1 Warder", "Via: 1.0 warder (x)"],
        ["via: HTTP/1.1 warder , 1.1\twarder,1.1 warder(a comment), 1.1 other"],
        ["Via: 1.1 warder, 1.1 warder, 1.1 warder", "Connection: Via"],
    ],
)
def test_request_with_three_via_entries_of_warder_is_508(gateway, upstream, lines):
    answer = gateway.raw("GET", "/a", *lines)
    assert_error(answer, 508, "loop_detected")
    assert not upstream.has_requests()


@pytest.mark.parametrize("value", ["1.1 warder, 1.1 warder", "1.1 warder, 1.1 warder, 1.1 warder2", "1.1 warder.example, 1.1 a, 1.1 b, 1.1 my-warder", "warder, warder, warder"])
def test_request_with_fewer_than_three_via_entries_of_warder_is_forwarded(gateway, value):
    assert gateway.raw("GET", "/a", f"Via: {value}").status == 200


def test_looping_request_without_a_token_is_401(gateway):
    answer = gateway.server.raw(b"GET /a HTTP/1.1\r\nHost: warder.test\r\nVia: 1.1 warder, 1.1 warder, 1.1 warder\r\n\r\n")
    assert answer.status == 401


def test_route_whose_upstream_is_the_gateway_itself_ends_with_508(start_server):
    port = free_port()
    server = start_server(config_text=f'[gateway]\nlisten = "127.0.0.1:{port}"\n' + route("/a", f"http://127.0.0.1:{port}", auth="none"))
    assert server.process.poll() is None
    answer = requests.get(f"http://127.0.0.1:{port}/a", timeout=20)
    assert answer.status_code == 508 and answer.json()["error"] == "loop_detected"
