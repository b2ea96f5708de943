# SPDX-License-Identifier: MIT
"""JSON-RPC routes beyond plain calls: upgrades if the route allows them, lone responses, and the body limit of the route."""

import json

import pytest
from support.responses import assert_error
from support.upstream import route

WEBSOCKET = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
RESPONSE = {"jsonrpc": "2.0", "id": 0, "result": {"action": "accept"}}
MIB = 1 << 20


def get(gateway, *lines, bearer=None, target="/eth", method="GET"):
    return gateway.server.raw("\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {bearer or gateway.token}", *lines, "", ""]).encode())


# Upgrade


@pytest.mark.parametrize("lines", [WEBSOCKET, ["Connection: Upgrade", "Upgrade: h2c"], ["Upgrade: websocket"], ["Connection: Upgrade", "Upgrade: other/1, websocket"]])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_upgrade_on_a_json_rpc_route_is_403(make_gateway, upstream, lines, method):
    gateway = make_gateway(route("/eth", upstream.url + "/", json_rpc=True), route("/open", upstream.url, json_rpc=True, auth="none"))
    scoped = gateway.admin.mint("one call", endpoints=["POST /eth rpc:eth_blockNumber", "GET /eth"])
    for bearer in (gateway.token, scoped):
        assert_error(get(gateway, *lines, bearer=bearer, method=method), 403, "forbidden")
    assert_error(get(gateway, *lines, target="/open", method=method), 403, "forbidden")
    assert not upstream.has_requests()


def test_websocket_upgrade_passes_only_if_the_route_allows_it_and_a_grant_covers_it(make_gateway, upstream):
    upstream.answer = SWITCHED
    gateway = make_gateway(route("/eth", upstream.url, json_rpc=True, websocket=True), route("/plain", upstream.url), route("/none", upstream.url, websocket=False))
    for target in ("/eth", "/plain"):
        assert get(gateway, *WEBSOCKET, target=target).status == 101
    assert_error(get(gateway, *WEBSOCKET, target="/none"), 403, "forbidden")
    scoped = gateway.admin.mint("one call", endpoints=["POST /eth rpc:eth_blockNumber"])
    assert get(gateway, *WEBSOCKET, bearer=scoped).status == 403


# Lone responses


@pytest.fixture
def mcp(make_gateway, upstream):
    gateway = make_gateway(route("/mcp", upstream.url, json_rpc=True))
    gateway.tools = gateway.admin.mint("tools", endpoints=["POST /mcp rpc:tools/*"])
    return gateway


def post(gateway, body, bearer):
    return gateway.request("POST", "/mcp", bearer=bearer, data=json.dumps(body).encode())


@pytest.mark.parametrize("body", [RESPONSE, {"jsonrpc": "2.0", "id": "x", "error": {"code": -1, "message": "no"}}, {"id": None, "result": None}, {"id": 1.5, "result": {"method": "inner"}}])
def test_lone_json_rpc_response_is_forwarded_for_each_token_that_may_post(mcp, upstream, body):
    plain = mcp.admin.mint("plain", endpoints=["POST /mcp"])
    for bearer in (mcp.token, mcp.tools, plain):
        assert post(mcp, body, bearer).status_code == 200
        assert json.loads(upstream.next().body) == body


def test_lone_json_rpc_response_without_a_post_grant_for_the_path_is_403(mcp, upstream):
    for index, grant in enumerate(["GET /mcp", "POST /other rpc:*", "POST /mcp/other"]):
        answer = post(mcp, RESPONSE, mcp.admin.mint(f"elsewhere {index}", endpoints=[grant]))
        assert (answer.status_code, answer.json()["error"]["data"]) == (403, "insufficient_scope"), grant
    assert not upstream.has_requests()


def test_lone_json_rpc_response_outside_of_the_ceiling_is_403(mcp):
    for name, ceiling, status in (("carol", "POST /mcp rpc:other", 200), ("dave", "/elsewhere/**", 403)):
        mcp.admin.post("/v1alpha/users/", {"username": name, "password": f"the password of {name}", "endpoints": [ceiling]})
        assert post(mcp, RESPONSE, mcp.server.person(name, f"the password of {name}").mint("hers", endpoints=["POST /mcp rpc:tools/*"])).status_code == status


@pytest.mark.parametrize("body", [[RESPONSE], [RESPONSE, {"id": 1, "method": "tools/call"}], {**RESPONSE, "error": {}}, {"result": 1}, {"id": 1}, {"id": {}, "result": 1}, {"id": [1], "result": 1},
                                  {"id": True, "result": 1}, {**RESPONSE, "Method": "admin/x"}, {**RESPONSE, "METHOD": "admin/x"}, {**RESPONSE, "method\0": "admin/x"}, {**RESPONSE, "Result": 2},
                                  {"id": 1, "Result": 1}, {"ID": 1, "result": 1}])
def test_malformed_or_batched_json_rpc_response_is_400(mcp, upstream, body):
    for bearer in (mcp.token, mcp.tools):
        answer = post(mcp, body, bearer)
        assert answer.status_code == 400 and answer.json()["error"]["code"] == -32700, answer.text
    assert not upstream.has_requests()


def test_json_rpc_response_with_a_method_is_authorized_as_a_call(mcp):
    assert post(mcp, {**RESPONSE, "method": "tools/call"}, mcp.tools).status_code == 200
    assert post(mcp, {**RESPONSE, "method": "admin/x"}, mcp.tools).status_code == 403


# The body limit


def body_of(size):
    head, tail = b'{"method":"tools/call","params":["', b'"],"id":1}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


@pytest.mark.parametrize("settings, limit", [({}, MIB), ({"rpc_body_limit": "4 MiB"}, 4 * MIB), ({"rpc_body_limit": "2 KiB"}, 2048), ({"rpc_body_limit": "4 MiB", "body_limit": "2 MiB"}, 2 * MIB)])
def test_rpc_body_limit_replaces_the_default_limit(make_gateway, upstream, settings, limit):
    gateway = make_gateway(route("/mcp", upstream.url, json_rpc=True, **settings))
    for chunked in (False, True):
        content = body_of(limit)
        assert gateway.request("POST", "/mcp", data=iter([content]) if chunked else content).status_code == 200
        assert len(upstream.next().body) == limit
    assert_error(get(gateway, f"Content-Length: {limit + 1}", target="/mcp", method="POST"), 413, "too_large")
    assert not upstream.news.qsize()
