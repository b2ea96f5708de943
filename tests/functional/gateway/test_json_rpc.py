# SPDX-License-Identifier: MIT
"""JSON-RPC routes: all calls in a body are authorized before the gateway sends any byte of it to the upstream."""

import json

import pytest
from support.responses import assert_error
from support.upstream import ok, route

GRANTS = ["POST /wallet rpc:getbalance,list*"]
MIB = 1 << 20


@pytest.fixture
def node(make_gateway, upstream, secret_file):
    """A gateway as in front of a Bitcoin node, and a token that may call getbalance and list*."""
    upstream.answer = ok(b'{"result":1}', "Content-Type: application/json")
    gateway = make_gateway(route("/wallet", upstream.url, json_rpc=True, credential=f"basic-file:{secret_file('rpc:pw')}"), route("/plain", upstream.url))
    gateway.limited = gateway.admin.mint("limited", endpoints=GRANTS)
    return gateway


def call(method, number=1, **more):
    return {"jsonrpc": "2.0", "id": number, "method": method, **more}


def post(node, body, bearer=None, **options):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return node.request("POST", "/wallet", bearer=bearer or node.limited, data=content, **options)


def assert_rpc_refused(answer, status, code, slug, number=None):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert answer.headers["Content-Type"].startswith("application/json")
    assert set(body) == {"jsonrpc", "id", "error"} and set(body["error"]) == {"code", "message", "data"}, body
    assert (body["jsonrpc"], body["id"], body["error"]["code"], body["error"]["data"]) == ("2.0", number, code, slug), body


# Allowed calls


@pytest.mark.parametrize("body", [call("getbalance"), call("listunspent", params=[1, {"a": None}]), call("list"), [call("getbalance"), call("listwallets", 2)], {"method": "getbalance"},
                                  {"version": "1.1", "method": "getbalance", "params": [], "id": "x"}])
def test_rpc_call_covered_by_a_grant_is_forwarded(node, upstream, body):
    answer = post(node, body)
    assert answer.status_code == 200 and answer.json() == {"result": 1}
    assert json.loads(upstream.next().body) == body


def test_rpc_body_is_forwarded_byte_for_byte(node, upstream):
    content = b' {"method"\t: "get\\u0062alance", "params":[1.0e2, "\xc3\xa4"] ,"id":1}\r\n'
    assert post(node, content).status_code == 200
    request = upstream.next()
    assert request.body == content
    assert request.header("Content-Length") == str(len(content)) and request.header("Authorization").startswith("Basic ")


def test_chunked_rpc_body_is_authorized(node, upstream):
    content = json.dumps(call("getbalance")).encode()
    for method, status in (("getbalance", 200), ("sendtoaddress", 403)):
        content = json.dumps(call(method)).encode()
        with node.server.wire() as wire:
            wire.send(node.head("POST", "/wallet", "Transfer-Encoding: chunked", bearer=node.limited))
            for byte in content:
                wire.send(b"1\r\n%c\r\n" % byte)
            assert wire.send(b"0\r\n\r\n").receive().status == status
    assert [json.loads(request.body)["method"] for request in upstream.requests] == ["getbalance"]


def test_rpc_request_with_expect_gets_100_continue(node, upstream):
    content = json.dumps(call("getbalance")).encode()
    with node.server.wire() as wire:
        wire.send(node.head("POST", "/wallet", "Expect: 100-continue", f"Content-Length: {len(content)}", bearer=node.limited))
        assert wire.receive().status == 100
        assert wire.send(content).receive().status == 200


def test_unscoped_token_may_make_any_valid_rpc_call(node, upstream):
    assert post(node, call("stop"), bearer=node.token).status_code == 200
    assert_rpc_refused(post(node, b"{", bearer=node.token), 400, -32700, "bad_json")
    assert len(upstream.requests) == 1


def test_http_method_other_than_post_on_rpc_route_is_authorized_by_path(node, upstream):
    token = node.admin.mint("reader", endpoints=["GET /wallet"])
    assert node.get("/wallet", bearer=token).status_code == 200
    assert_error(node.get("/wallet", bearer=node.limited), 403, "insufficient_scope")


# Denied and invalid calls


def test_rpc_request_with_one_uncovered_call_is_denied_with_403(node, upstream):
    assert_rpc_refused(post(node, call("sendtoaddress", 7)), 403, -32001, "insufficient_scope", 7)
    assert_rpc_refused(post(node, call("sendtoaddress", "abc")), 403, -32001, "insufficient_scope", "abc")
    assert_rpc_refused(post(node, [call("getbalance"), call("sendtoaddress")]), 403, -32001, "insufficient_scope")
    assert_rpc_refused(post(node, call("GetBalance")), 403, -32001, "insufficient_scope", 1)
    assert not upstream.has_requests()


def denial(node, body):
    answer = post(node, body)
    assert answer.status_code == 403, answer.text
    return answer.json()["error"]["message"]


def test_rpc_denial_names_the_methods_that_no_grant_covers(node):
    assert denial(node, call("sendtoaddress")) == 'No grant of this token covers the method "sendtoaddress".'
    assert denial(node, [call("getbalance"), call("stop")]) == 'No grant of this token covers the method "stop".'
    assert denial(node, [call("stop"), call("listunspent"), call("stop"), call("dumpwallet")]) == 'No grant of this token covers the methods "dumpwallet", "stop".'
    assert denial(node, [call(name) for name in "dcba"]) == 'No grant of this token covers the methods "a", "b", "c" and others.'


def test_rpc_denial_of_a_batch_that_only_several_grants_cover_says_so(node):
    token = node.admin.mint("two grants", endpoints=["POST /wallet rpc:getbalance", "POST /wallet rpc:stop"])
    answer = post(node, [call("getbalance"), call("stop")], bearer=token)
    assert answer.json()["error"]["message"] == "No single grant of this token covers every call of the request."


@pytest.mark.parametrize(
    "name, shown",
    [("a\r\nb\0\x1b[31m", r"a\x0D\x0Ab\x00\x1B[31m"), ("m" * 100_000, "m" * 64 + "..."), ("", ""), ('"};', '"};'), ("\u00e4\u202e", "\u00e4\\xE2\\x80\\xAE"), ("get balance", "get balance")],
    ids=["control characters", "long", "empty", "quotes", "not ASCII", "a space"],
)
def test_hostile_rpc_method_name_is_escaped_and_truncated_in_the_denial(node, name, shown):
    assert denial(node, call(name)) == f'No grant of this token covers the method "{shown}".'
    assert all(byte >= 0x20 and byte != 0x7F for byte in post(node, call(name)).content)


def test_rpc_denial_of_very_many_methods_has_a_bounded_message(node):
    assert len(denial(node, [{"method": f"{number}" + "\x7f" * 3} for number in range(20_000)])) < 1000
    many_covered = [{"method": f"list{number}"} for number in range(15_000)] + [{"method": "stop"}]
    assert denial(node, many_covered).startswith("No ")


def test_rpc_method_that_is_not_utf8_is_400_and_not_echoed(node):
    answer = post(node, b'{"id":1,"method":"stop\xff"}')
    assert_rpc_refused(answer, 400, -32700, "bad_json")
    assert b"stop" not in answer.content


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"1", b"null", b'"getbalance"', b'[{"method":"getbalance"},1]', b'{"id":1}', b'{"method":1}', b'{"method":null}', b'{"method":"getbalance",}', b"[[]]"]
    + [b'{"method":"getbalance","method":"stop"}', b'{"method":"getbalance","m\\u0065thod":"stop"}', b'{"method":"getbalance","METHOD":"stop"}', b'{"method":"getbalance"} x']
    + [b'\xef\xbb\xbf{"method":"getbalance"}', b'{"method":"getbalance","a":"\xff"}', b"{'method':'getbalance'}", b'{"method":"getbalance","params":' + b"[" * 32 + b"]" * 32 + b"}"]
    + [b'{"method":"getbalance"}{"method":"stop"}', b'{"method":"getbalance","id":NaN}', b'{"method":"getbalance","a":"\\ud800"}'],
    ids=lambda content: repr(content[:45]),
)
def test_ambiguous_or_invalid_rpc_body_is_400_for_each_token(node, upstream, content):
    for token in (node.limited, node.token):
        answer = post(node, content, bearer=token)
        assert answer.status_code == 400 and answer.json()["error"]["code"] == -32700, answer.text
    assert not upstream.has_requests()


@pytest.mark.parametrize("header", ["Content-Encoding: gzip", "Content_Encoding: deflate", "Content-Encoding: identity, gzip", "Content-Type: text/x; charset=utf-7",
                                    'content_type: text/x;CHARSET = "utf-16"', "Content-Type: text/x; charset=utf-8; charset=cp037", "Content-Type: text/x; charset*=''utf-7",
                                    "Content-Type: text/x; charset=utf-8-sig"])
def test_rpc_body_with_content_encoding_or_other_charset_is_400(node, upstream, header):
    # Decoded as UTF-7 it is a call of "stop".
    content = b'{"method":"getbalance","a":"+ACIALAAi-method+ACIAOgAi-stop"}'
    answer = node.raw("POST", "/wallet", header, f"Content-Length: {len(content)}", bearer=node.limited, body=content)
    assert (answer.status, answer.json()["error"]["code"], answer.json()["error"]["data"]) == (400, -32700, "bad_request")
    assert not upstream.has_requests()


@pytest.mark.parametrize("header", ["Content-Encoding: identity", "Content-Type: application/json; charset=UTF-8", 'Content-Type: application/json;charset="utf8" ; x=y', "Content-Type: text/plain;"])
def test_rpc_body_declared_as_plain_utf_8_is_forwarded(node, header):
    name, value = header.split(": ")
    assert post(node, call("getbalance"), headers={name: value}).status_code == 200


def test_rpc_body_of_one_mebibyte_is_forwarded_and_a_larger_one_is_413(node, upstream):
    frame = json.dumps(call("getbalance", params=["@"])).encode()
    content = frame.replace(b"@", b"x" * (MIB - len(frame) + 1))
    assert len(content) == MIB
    assert post(node, content).status_code == 200
    assert upstream.next().body == content
    assert post(node, content + b" ").status_code == 413
    with node.server.wire() as wire:
        wire.send(node.head("POST", "/wallet", "Transfer-Encoding: chunked", bearer=node.limited))
        wire.send(b"%x\r\n%s \r\n" % (MIB + 1, content))
        assert wire.receive().status == 413
    assert len(upstream.requests) == 1


def test_upstream_is_not_contacted_before_the_rpc_body_is_complete(node, upstream):
    with node.server.wire() as wire:
        wire.send(node.head("POST", "/wallet", "Content-Length: 1000", bearer=node.limited) + b'{"method":"getbalance"}')
        assert node.get("/plain").status_code == 200  # all that the gateway would do before this has happened
        assert upstream.connections == 1 and upstream.next().target == "/plain"
        wire.send(b" " * (1000 - 23))
        assert wire.receive().status == 200


def test_rpc_request_whose_token_is_revoked_during_the_body_is_401(node, upstream):
    token = node.admin.mint("of a call", endpoints=GRANTS)
    content = json.dumps(call("getbalance")).encode()
    with node.server.wire() as wire:
        wire.send(node.head("POST", "/wallet", f"Content-Length: {len(content)}", bearer=token) + content[:5])
        node.admin.delete(f"/v1alpha/token/{token.id}")
        assert wire.send(content[5:]).receive().status == 401
    assert not upstream.has_requests()


def test_rpc_grant_covers_no_request_on_a_route_without_json_rpc(node, upstream):
    token = node.admin.mint("astray", endpoints=["POST /plain rpc:getbalance"])
    assert_error(node.request("POST", "/plain", bearer=token, json=call("getbalance")), 403, "insufficient_scope")
    assert not upstream.has_requests()


def test_rpc_call_in_flight_ends_with_403_when_no_grant_covers_it_anymore(node, upstream):
    upstream.answer = None
    token = node.admin.mint("of a call", endpoints=GRANTS)
    content = json.dumps(call("getbalance")).encode()
    with node.server.wire() as wire:
        wire.send(node.head("POST", "/wallet", f"Content-Length: {len(content)}", bearer=token) + content)
        upstream.next()
        node.admin.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["POST /wallet rpc:list*"]})
        assert wire.receive().status == 403


def test_client_connection_stays_usable_after_an_rpc_denial(node, upstream):
    bad = json.dumps(call("stop")).encode()
    good = json.dumps(call("getbalance")).encode()
    with node.server.wire() as wire:
        for content, status in ((bad, 403), (good, 200), (b"{", 400), (good, 200)):
            wire.send(node.head("POST", "/wallet", f"Content-Length: {len(content)}", bearer=node.limited) + content)
            assert wire.receive().status == status
