# SPDX-License-Identifier: MIT
"""Headers that the gateway adds, headers of the client that it drops, and the upstream credential."""

import base64
import os
import signal

import pytest
from support.responses import assert_error
from support.upstream import ok, route
from support.waiting import eventually

SECRET = "open-sesame-4711"


def names(request):
    return [name.lower() for name, _ in request.headers]


def test_forwarded_request_has_identity_and_forwarding_headers(gateway, upstream):
    gateway.raw()
    request = upstream.next()
    assert request.header("Host") == f"127.0.0.1:{upstream.port}"
    assert request.header("X-Forwarded-For") == "127.0.0.1"
    assert request.header("X-Forwarded-Proto") == "http"
    assert request.header("X-Forwarded-Host") == "warder.test"
    assert request.header("X-Warder-User") == "admin"
    assert request.header("X-Warder-Token-Id") == gateway.token.id
    assert request.header("X-Warder-Admin") == "1"


def test_request_of_an_ordinary_user_has_admin_header_0(gateway, upstream):
    gateway.admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    token = gateway.server.person("alice", "the password of alice").mint("hers")
    gateway.get("/a", bearer=token)
    request = upstream.next()
    assert (request.header("X-Warder-User"), request.header("X-Warder-Admin")) == ("alice", "0")


def test_client_address_and_scheme_are_taken_from_a_trusted_proxy(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top='trusted_proxies = ["127.0.0.1"]\n')
    gateway.raw("GET", "/a", "X-Forwarded-For: 203.0.113.9, 198.51.100.7", "X-Forwarded-Proto: https")
    request = upstream.next()
    assert request.header("X-Forwarded-For") == "198.51.100.7"
    assert request.header("X-Forwarded-Proto") == "https"


def test_other_request_headers_are_forwarded_unchanged_including_repeated_ones(gateway, upstream):
    lines = ["X-One: 1", "Accept: a/b;q=0.5 , */*", "X-One: 2", "Cookie: theme=dark; lang=de", "User-Agent: own/1"]
    gateway.raw("GET", "/a", *lines)
    request = upstream.next()
    for line in lines:
        assert line.encode() + b"\r\n" in request.head, line
    assert request.all("X-One") == ["1", "2"]


def test_hop_by_hop_request_headers_and_those_named_by_connection_are_dropped(gateway, upstream):
    gateway.raw("GET", "/a", "Connection: X-Mine , keep-alive", "X-Mine: 1", "Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: keep-alive", "Trailer: X-T",
                "Proxy-Authorization: Basic eDp5", "Upgrade: h2c", "X-Kept: 1")
    request = upstream.next()
    dropped = {"x-mine", "keep-alive", "te", "proxy-connection", "trailer", "proxy-authorization", "upgrade"}
    assert not dropped & set(names(request))
    assert "x-kept" in names(request)


@pytest.mark.parametrize("name", ["Host", "content-length", "Authorization", "COOKIE", "X-Warder-User", "x-warder-anything"])
def test_connection_header_that_names_a_protected_header_is_400(gateway, upstream, name):
    assert_error(gateway.raw("GET", "/a", f"Connection: close, {name}"), 400, "bad_request")
    assert not upstream.has_requests()


def test_forged_identity_and_forwarding_headers_are_dropped_in_each_spelling(gateway, upstream):
    forged = ["X-Warder-User", "x_warder_user", "X-Warder_Admin", "X-Forwarded-For", "X_Forwarded_For", "X-Forwarded-Port", "X-Original-URI", "x-original_method", "Forwarded"]
    forged += ["X-Real-IP", "X_Real_IP", "Remote-User", "remote_user"]
    gateway.raw("GET", "/a", *(f"{name}: forged" for name in forged))
    assert b"forged" not in upstream.next().head


def test_session_cookie_of_warder_is_dropped_and_other_cookies_are_forwarded(gateway, upstream):
    gateway.raw("GET", "/a", "Cookie: a=1; warder_session=opaque; b=2", "Cookie: __Host-warder_session=opaque")
    request = upstream.next()
    assert b"opaque" not in request.head
    assert "a=1" in request.header("Cookie") and "b=2" in request.header("Cookie")


def test_token_is_never_forwarded_to_the_upstream(gateway, upstream):
    gateway.get("/a")
    gateway.server.get("/a", headers={"X-Warder-Token": str(gateway.token)})
    gateway.server.get("/a", auth=("token", gateway.token))
    for request in upstream.requests:
        assert gateway.token.encode() not in request.head
        assert "authorization" not in names(request) and "x-warder-token" not in names(request)
    assert len(upstream.requests) == 3


# Responses


def test_hop_by_hop_response_headers_are_dropped(gateway, upstream):
    upstream.answer = ok(b"ok", "Connection: X-Mine", "X-Mine: 1", "Keep-Alive: timeout=5", "Proxy-Authenticate: Basic", "Upgrade: h2c", "X-Kept: 1", "Set-Cookie: a=1", "Set-Cookie: b=2")
    answer = gateway.raw()
    assert answer.header("X-Kept") == "1" and answer.all("Set-Cookie") == ["a=1", "b=2"]
    for name in ("X-Mine", "Keep-Alive", "Upgrade"):
        assert answer.header(name) is None, name


# Credentials


@pytest.mark.parametrize(
    "kind, text, name, value",
    [("basic-file", "alice:" + SECRET + "\n", "Authorization", "Basic " + base64.b64encode(f"alice:{SECRET}".encode()).decode())]
    + [("bearer-file", SECRET, "Authorization", f"Bearer {SECRET}"), ("header-file:X-Api-Key", SECRET + "\r\n", "X-Api-Key", SECRET)],
)
def test_upstream_credential_from_a_file_replaces_the_clients_header(make_gateway, upstream, secret_file, kind, text, name, value):
    gateway = make_gateway(route("/a", upstream.url, credential=f"{kind}:{secret_file(text)}"))
    gateway.raw("GET", "/a", "X-Api-Key: mine", "x_api_key: mine")
    request = upstream.next()
    assert request.header(name) == value
    if name == "X-Api-Key":
        assert b"mine" not in request.head and "authorization" not in names(request)
    assert SECRET not in gateway.server.log()


def test_changed_upstream_credential_file_is_used_without_a_restart(make_gateway, upstream, secret_file):
    path = secret_file("first")
    gateway = make_gateway(route("/a", upstream.url, credential=f"bearer-file:{path}"))

    def sent():
        gateway.get("/a")
        return upstream.next().header("Authorization")

    assert sent() == "Bearer first"
    path.write_text("second")
    eventually(lambda: sent() == "Bearer second")
    fresh = secret_file("third", name="fresh")
    os.replace(fresh, path)
    gateway.server.process.send_signal(signal.SIGHUP)
    eventually(lambda: sent() == "Bearer third")


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.chmod(0o640), lambda path: path.write_text(f"{SECRET}\nX-Evil: 1"), lambda path: path.write_text("")],
                         ids=["missing", "open to others", "two lines", "empty"])
def test_unusable_upstream_credential_file_is_502_and_logged_without_the_secret(make_gateway, upstream, secret_file, damage):
    path = secret_file(SECRET)
    gateway = make_gateway(route("/a", upstream.url, credential=f"bearer-file:{path}"))
    assert gateway.get("/a").status_code == 200
    damage(path)
    eventually(lambda: gateway.get("/a").status_code == 502)
    answer = gateway.get("/a")
    assert_error(answer, 502, "upstream_failed")
    assert str(path) not in answer.text and SECRET not in answer.text
    log = gateway.server.log()
    assert path.name in log and SECRET not in log
    path.unlink(missing_ok=True)
    secret_file(SECRET)
    eventually(lambda: gateway.get("/a").status_code == 200)


def test_route_with_credential_pass_forwards_authorization_and_takes_the_token_from_its_own_header(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, credential="pass"))
    answer = gateway.server.get("/a", headers={"X-Warder-Token": str(gateway.token), "Authorization": "Basic bWU6aHVudGVyMg=="})
    assert answer.status_code == 200
    request = upstream.next()
    assert request.header("Authorization") == "Basic bWU6aHVudGVyMg=="
    assert "x-warder-token" not in names(request)
    assert gateway.server.get("/a", headers={"X-Warder-Token": str(gateway.token)}).status_code == 200
    assert "authorization" not in names(upstream.next())
    assert gateway.get("/a").status_code == 401
