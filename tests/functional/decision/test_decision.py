# SPDX-License-Identifier: MIT
"""The decision endpoint as proxies use it."""

import base64

import pytest

GRANT = "GET /v1alpha/wallets/*/psbt"
PASSED = "/v1alpha/wallets/hot/psbt"
HEADERS = {
    "forwarded": ("X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"),
    "original": ("X-Original-Method", "X-Original-URI", "X-Original-Host"),
}
BEARER = 'Bearer realm="warder"'
BASIC = 'Basic realm="warder", charset="UTF-8"'


@pytest.fixture
def start_with_source(start_server):
    def start(source):
        return start_server(directory=source or "unset", env={"WARDER_DECISION_SOURCE": source} if source else {})

    return start


def admin_of(server):
    return server.person("admin", "correct horse battery staple")


def original(source, method="GET", uri=PASSED, host="api.example.org"):
    names = HEADERS[source]
    return {name: value for name, value in zip(names, (method, uri, host)) if value is not None}


def wire_request(fields, method="GET", path="/auth"):
    lines = [f"{method} {path} HTTP/1.1", "Host: warder", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode()


def decide(server, source, token, path="/auth", **parts):
    return server.get(path, bearer=token, headers=original(source, **parts))


@pytest.mark.parametrize("source", ["", "forwarded", "original", "path"])
def test_unscoped_token_is_allowed_with_user_and_token_headers(start_with_source, source):
    server = start_with_source(source)
    token = admin_of(server).mint("free")
    for path in ("/auth", "/auth/", "/auth/any%2fthing//..", "/auth?x=y"):
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "TRACE", "PURGE"):
            answer = server.request(method, path, bearer=token)
            assert (answer.status_code, answer.content) == (200, b""), (method, path)
            assert answer.headers["X-Warder-User"] == "admin"
            assert answer.headers["X-Warder-Token-Id"] == token.id
            assert answer.headers["X-Warder-Admin"] == "1"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Length"] == "0"


def test_decision_for_non_administrator_has_x_warder_admin_0(warder, alice):
    answer = warder.get("/auth", bearer=alice.mint("one"))
    assert (answer.headers["X-Warder-User"], answer.headers["X-Warder-Admin"]) == ("alice", "0")


def test_paths_similar_to_the_decision_endpoint_are_404(warder, admin):
    token = admin.mint("free")
    assert warder.get("/authx", bearer=token).status_code == 404
    assert warder.get("/api/auth", bearer=token).status_code == 404
    assert warder.request("CONNECT", "/auth", bearer=token).status_code == 405


@pytest.mark.parametrize("source", ["forwarded", "original"])
def test_scoped_token_is_allowed_only_covered_requests(start_with_source, source):
    server = start_with_source(source)
    token = admin_of(server).mint("narrow", endpoints=[GRANT])
    assert decide(server, source, token).status_code == 200
    assert decide(server, source, token, uri=PASSED + "?a=b%2f").status_code == 200
    assert decide(server, source, token, method="HEAD").status_code == 200
    assert decide(server, source, token, host=None).status_code == 200
    assert decide(server, source, token, path="/auth/").status_code == 200
    for parts in ({"method": "POST"}, {"method": "get"}, {"uri": "/v1alpha/wallets"}, {"uri": "/v1alpha/wallets/a/b/psbt"}):
        refused = decide(server, source, token, **parts)
        assert refused.status_code == 403, parts
        assert refused.json()["error"] == "insufficient_scope"
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="warder", error="insufficient_scope"'


@pytest.mark.parametrize("uri", ["/pub/../v1alpha/wallets/hot/psbt", "/v1alpha//wallets/hot/psbt", "/v1alpha/wallets/a%2fb/psbt",
                                 "/v1alpha/wallets/..;/psbt", "/v1alpha/wallets/%2e%2e/psbt", "v1alpha/wallets/hot/psbt", "http://a/v1alpha/wallets/hot/psbt",
                                 "/v1alpha/wallets/h%zzt/psbt", "/v1alpha/wallets/a\\b/psbt"])
def test_ambiguous_path_is_denied_as_bad_path_for_scoped_token(start_with_source, uri):
    server = start_with_source("original")
    token = admin_of(server).mint("wide", endpoints=["/**"])
    refused = decide(server, "original", token, uri=uri)
    assert (refused.status_code, refused.json()["error"]) == (403, "bad_path")
    assert decide(server, "original", admin_of(server).mint("free"), uri=uri).status_code == 200, "only requests of scoped tokens need a valid path"


@pytest.mark.parametrize("source", ["forwarded", "original"])
def test_missing_or_duplicate_proxy_headers_are_denied_as_ambiguous(start_with_source, source):
    server = start_with_source(source)
    token = admin_of(server).mint("narrow", endpoints=[GRANT])
    method, uri, host = HEADERS[source]
    whole = [(method, "GET"), (uri, PASSED), (host, "a")]
    bearer = ("Authorization", f"Bearer {token}")
    assert server.raw(wire_request([bearer, *whole])).status == 200
    for fields in (whole[1:], [whole[0], whole[2]], [], [*whole, whole[0]], [*whole, whole[1]], [*whole, whole[2]], [(method, ""), *whole[1:]],
                   [whole[0], (uri, ""), whole[2]]):
        refused = server.raw(wire_request([bearer, *fields]))
        assert (refused.status, refused.json()["error"]) == (403, "ambiguous_request"), fields


def test_decision_ignores_headers_of_other_sources(start_with_source):
    server = start_with_source("original")
    token = admin_of(server).mint("narrow", endpoints=[GRANT])
    assert server.get("/auth", bearer=token, headers=original("forwarded")).json()["error"] == "ambiguous_request"
    both = {**original("original", uri="/secret"), **original("forwarded"), "X_Original_URI": PASSED, "X-Rewrite-Url": PASSED}
    assert server.get("/auth", bearer=token, headers=both).json()["error"] == "insufficient_scope"
    refused = server.get("/auth" + PASSED, bearer=token, headers=original("original"))
    assert (refused.status_code, refused.json()["error"]) == (403, "ambiguous_request")


def test_scoped_token_without_decision_source_is_denied_and_names_the_setting(warder, admin):
    token = admin.mint("narrow", endpoints=[GRANT])
    for path in ("/auth", "/auth" + PASSED):
        refused = warder.get(path, bearer=token, headers={**original("original"), **original("forwarded")})
        assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
        assert "decision.source" in refused.json()["message"]


def test_path_source_authorizes_the_path_after_the_endpoint(start_with_source):
    server = start_with_source("path")
    token = admin_of(server).mint("narrow", endpoints=["GET //warder.example" + PASSED])
    good = {"Host": "warder.example:443"}
    assert server.get("/auth" + PASSED + "?x", bearer=token, headers=good).status_code == 200
    assert server.request("POST", "/auth" + PASSED, bearer=token, headers=good).json()["error"] == "insufficient_scope"
    assert server.get("/auth" + PASSED, bearer=token, headers={"Host": "other.example"}).json()["error"] == "insufficient_scope"
    assert server.get("/auth", bearer=token, headers=good).json()["error"] == "ambiguous_request"
    assert server.get("/auth//v1alpha", bearer=token, headers=good).json()["error"] == "bad_path"


def test_grant_with_a_host_denies_other_hosts(start_with_source):
    server = start_with_source("forwarded")
    token = admin_of(server).mint("photos", endpoints=["//photos.example.org/**"])
    assert decide(server, "forwarded", token, host="Photos.example.org").status_code == 200
    for host in (None, "photos.example.org.", "photos.example.org:", "", "example.org"):
        assert decide(server, "forwarded", token, host=host).json()["error"] == "insufficient_scope", host


def test_ceiling_bounds_decisions_for_a_token_without_grants(start_with_source):
    server = start_with_source("original")
    admin = admin_of(server)
    assert admin.post("/v1alpha/users/", {"username": "bob", "password": "bob's password", "endpoints": ["GET /pub/**"]}).status_code == 201
    token = server.person("bob", "bob's password").mint("one")
    assert decide(server, "original", token, uri="/pub/a").status_code == 200
    assert decide(server, "original", token, uri="/secret").json()["error"] == "insufficient_scope"
    assert admin.patch("/v1alpha/users/bob", {"endpoints": ["GET /other"]}).status_code == 200
    assert decide(server, "original", token, uri="/pub/a").status_code == 403, "the narrower grants apply from the next request"


def test_json_rpc_grant_is_denied_at_the_decision_endpoint(start_with_source):
    server = start_with_source("original")
    token = admin_of(server).mint("rpc", endpoints=["POST /wallet rpc:getbalance"])
    refused = decide(server, "original", token, method="POST", uri="/wallet")
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert "rpc:" in refused.json()["message"]
    assert "rpc:" not in decide(server, "original", token, method="POST", uri="/other").json()["message"]


def test_invalid_token_is_denied_with_401_before_other_errors(start_with_source):
    server = start_with_source("original")
    admin = admin_of(server)
    token = admin.mint("gone", endpoints=[GRANT])
    assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    with server.wire() as wire:
        for credential in (f"Bearer {token}", "Bearer nonsense", "Basic " + base64.b64encode(f"admin:{token}".encode()).decode()):
            refused = wire.send(wire_request([("Authorization", credential)])).receive()
            assert refused.status == 401
            description = "not valid" if credential == "Bearer nonsense" else "revoked"
            assert refused.all("WWW-Authenticate") == [BASIC, f'{BEARER}, error="invalid_token", error_description="{description}"']
            assert refused.json()["error"] == "invalid_token"


def test_request_without_a_token_is_401_with_challenges(warder, admin):
    for credential in (None, "Basic " + base64.b64encode(f"admin:{admin.password}".encode()).decode(), "Digest x"):
        refused = warder.raw(wire_request([("Authorization", credential)] if credential else []))
        assert (refused.status, refused.json()["error"]) == (401, "unauthorized"), credential
        assert refused.all("WWW-Authenticate") == [BASIC, 'Bearer realm="warder"']
    scripted = warder.raw(wire_request([("Sec-Fetch-Mode", "cors")]))
    assert scripted.all("WWW-Authenticate") == ['Bearer realm="warder"']


def test_decision_accepts_token_in_each_header_but_not_in_two(warder, admin):
    token = admin.mint("one")
    basic = base64.b64encode(f"token:{token}".encode()).decode()
    assert warder.get("/auth", headers={"X-Warder-Token": str(token)}).status_code == 200
    assert warder.get("/auth", headers={"Authorization": f"Basic {basic}"}).status_code == 200
    for fields in ([("Authorization", f"Bearer {token}")] * 2, [("Authorization", f"Bearer {token}"), ("X-Warder-Token", token)]):
        refused = warder.raw(wire_request(fields))
        assert (refused.status, refused.json()["error"]) == (403, "ambiguous_request")


def test_decision_discards_the_body_and_keeps_or_closes_the_connection(warder, admin):
    bearer = f"Authorization: Bearer {admin.mint('one')}\r\n".encode()
    head = b"POST /auth HTTP/1.1\r\nHost: x\r\n" + bearer
    with warder.wire() as wire:
        wire.send(head + b"Content-Length: 5\r\n\r\nhello" + head + b"Content-Length: 0\r\n\r\n")
        assert [wire.receive().status, wire.receive().status] == [200, 200]
        wire.send(head + b"Content-Length: 1000000\r\n\r\n")
        last = wire.receive()
        assert (last.status, last.header("Connection")) == (200, "close")
        assert wire.is_closed()
    with warder.wire() as wire:
        last = wire.send(head + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n").receive()
        assert (last.status, last.header("Connection")) == (200, "close")


def test_decision_is_answered_before_the_body_arrives(warder, admin):
    bearer = f"Authorization: Bearer {admin.mint('one')}\r\n".encode()
    head = b"POST /auth HTTP/1.1\r\nHost: x\r\n" + bearer + b"Content-Length: 50000\r\n\r\n"
    with warder.wire() as wire:
        body = b"GET /auth HTTP/1.1\r\nHost: x\r\n\r\n".ljust(50_000, b"x")
        assert wire.send(head + body[:10]).receive().status == 200
        wire.send(body[10:30_000])
        assert wire.send(body[30_000:] + head).receive().status == 200, "the next request"


def test_missing_body_after_a_decision_closes_the_connection(start_server):
    server = start_server(env={"WARDER_HEADER_TIMEOUT": "1 s"})
    with server.wire() as wire:
        wire.send(b"POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        assert wire.receive().status == 401
        assert wire.is_closed()


def test_decisions_work_pipelined_and_over_http_1_0(warder, admin):
    bearer = f"Authorization: Bearer {admin.mint('one')}\r\n".encode()
    with warder.wire() as wire:
        wire.send((b"GET /auth HTTP/1.1\r\nHost: x\r\n" + bearer + b"\r\n") * 100)
        assert [wire.receive().status for _ in range(100)] == [200] * 100
    with warder.wire() as wire:
        answer = wire.send(b"GET /auth HTTP/1.0\r\nConnection: keep-alive\r\n" + bearer + b"\r\n").receive()
        assert (answer.status, answer.header("Connection")) == (200, "keep-alive")


def test_deleted_token_is_denied_on_the_next_decision(warder, admin):
    token = admin.mint("one")
    with warder.wire() as wire:
        request = wire_request([("Authorization", f"Bearer {token}")])
        assert wire.send(request).receive().status == 200
        admin.delete(f"/v1alpha/token/{token.id}")
        assert wire.send(request).receive().status == 401


def test_access_log_contains_decisions_without_query(start_server):
    server = start_server(env={"WARDER_LOG_ACCESS": "true"})
    token = admin_of(server).mint("one")
    server.get("/auth?secret=1", bearer=token)
    line = next(line for line in server.log().splitlines() if "path=/auth" in line)
    assert "status=200" in line and "user=admin" in line and "secret" not in line
