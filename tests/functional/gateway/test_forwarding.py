# SPDX-License-Identifier: MIT
"""The upstream that a request reaches and the path it is sent with; requests that are rejected before any upstream is contacted."""

import signal
import threading

import pytest
from support.responses import BASIC, BEARER, assert_error, challenges
from support.server import ADMIN_PASSWORD
from support.upstream import ok, route
from support.waiting import eventually
from support.wire import Wire


def test_request_is_forwarded_to_the_upstream_and_its_response_to_the_client(gateway, upstream):
    upstream.answer = ok(b"hello", "Content-Type: text/x-own", "X-Own: 1", status="203 As it pleases")
    answer = gateway.get("/a/b?c=d")
    assert (answer.status_code, answer.reason, answer.content) == (203, "As it pleases", b"hello")
    assert answer.headers["Content-Type"] == "text/x-own" and answer.headers["X-Own"] == "1"
    (request,) = upstream.requests
    assert request.line == "GET /a/b?c=d HTTP/1.1"


# Routes


def test_route_with_the_longest_prefix_of_whole_segments_is_used(make_gateway, upstream, other_upstream):
    upstream.answer, other_upstream.answer = ok(b"short"), ok(b"long")
    gateway = make_gateway(route("/a", upstream.url), route("/a/b", other_upstream.url))
    for path, body in [("/a", b"short"), ("/a/", b"short"), ("/a/bc", b"short"), ("/a/b", b"long"), ("/a/b/", b"long"), ("/a/b/c", b"long"), ("/a/%62/c", b"long")]:
        assert gateway.get(path).content == body, path
    for path in ("/ab", "/A", "/b"):
        assert_error(gateway.get(path), 404, "not_found")


@pytest.mark.parametrize("target", ["/a//b", "/a/../b", "/a/./b", "/a/%2e%2e/b", "/a/..;x/b", "/a%2Fb", "/a/%5Cb", "/a/%00", "/a/%zz", "/a\\b", "/a/%252e"])
def test_ambiguous_path_is_400_even_for_an_unscoped_token(gateway, upstream, target):
    with gateway.server.wire() as wire:
        answer = wire.send(gateway.head("GET", target)).receive()
    assert_error(answer, 400, "bad_path")
    assert not upstream.has_requests()


@pytest.mark.parametrize(
    "prefix, path, sent",
    [("/a", "/x", {"/a/b": "/x/b", "/a": "/x", "/a/": "/x/", "/a?q=%2F": "/x?q=%2F", "/a/b/?q": "/x/b/?q"}), ("/a", "/", {"/a/b": "/b", "/a": "/", "/a/": "/"})]
    + [("/a", "", {"/a/b": "/a/b", "/a": "/a", "/a/": "/a/", "/a/%7Eb%c3%a4;c": "/a/%7Eb%c3%a4;c"}), ("/a", "/x/", {"/a/b": "/x/b", "/a/": "/x/"})]
    + [("/", "/x", {"/b": "/x/b"}), ("/", "", {"/": "/", "/b?": "/b?"}), ("/a", "/x", {"/%61/%41": "/x/%41"})],
)
def test_upstream_path_replaces_the_route_prefix_and_the_rest_is_unchanged(make_gateway, upstream, prefix, path, sent):
    gateway = make_gateway(route(prefix, upstream.url + path), top='gateway.listen = "127.0.0.1:0"\n')
    port = gateway_port(gateway.server)
    for target, expected in sent.items():
        with Wire(port) as wire:
            assert wire.send(gateway.head("GET", target)).receive().status == 200, target
        assert upstream.next().target == expected, target


def gateway_port(server):
    """Returns the port of a separate gateway listener, from the second line that the server prints."""
    lines = eventually(lambda: [line for line in server.lines if "listening on" in line][1:])
    return int(lines[0].rsplit(":", 1)[1])


def test_absolute_target_without_a_path_is_sent_as_root(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    with Wire(gateway_port(gateway.server)) as wire:
        for target, sent in {"http://warder.test": "/", "http://warder.test?a=/b": "/?a=/b"}.items():
            assert wire.send(gateway.head("GET", target)).receive().status == 200, target
            assert upstream.next().target == sent


# Authentication and authorization


def test_request_without_a_valid_token_is_401_with_both_challenges(gateway, upstream):
    answer = gateway.server.get("/a")
    assert_error(answer, 401, "unauthorized")
    assert challenges(answer) == [BASIC, BEARER]
    answer = gateway.get("/a", bearer="eyJ.eyJ.x")
    assert_error(answer, 401, "invalid_token")
    assert any(line.startswith(BEARER) and 'error="invalid_token"' in line for line in challenges(answer))
    assert_error(gateway.server.get("/a", auth=("admin", ADMIN_PASSWORD)), 401, "unauthorized")
    assert not upstream.has_requests()


def test_token_is_accepted_in_its_own_header_and_as_basic_password_but_not_in_the_query(gateway, upstream):
    server, token = gateway.server, gateway.token
    assert server.get("/a", headers={"X-Warder-Token": str(token)}).status_code == 200
    assert server.get("/a", auth=("token", token)).status_code == 200
    assert server.get("/a", auth=("admin", token)).status_code == 200
    assert server.get(f"/a?access_token={token}").status_code == 401


def test_request_with_two_credentials_is_400(gateway, upstream):
    answer = gateway.request("GET", "/a", headers={"X-Warder-Token": str(gateway.token)})
    assert_error(answer, 400, "bad_request")
    assert_error(gateway.raw("GET", "/a", f"Authorization: Bearer {gateway.token}"), 400, "bad_request")
    assert not upstream.has_requests()


def test_grants_authorize_the_path_method_and_host_of_the_client_request(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url + "/elsewhere"))
    token = gateway.admin.mint("limited", endpoints=["GET /a/*/c", "POST //api.example.org/a/x"])
    assert gateway.get("/a/b/c?d", bearer=token).status_code == 200
    assert gateway.request("HEAD", "/a/b/c", bearer=token).status_code == 200
    assert gateway.request("POST", "/a/x", bearer=token, headers={"Host": "api.example.org"}).status_code == 200
    count = len(upstream.requests)
    for method, path in [("GET", "/a/b"), ("PUT", "/a/b/c"), ("GET", "/elsewhere/b/c"), ("POST", "/a/x")]:
        answer = gateway.request(method, path, bearer=token)
        assert answer.status_code == (404 if path.startswith("/elsewhere") else 403), path
        if answer.status_code == 403:
            assert_error(answer, 403, "insufficient_scope")
            assert any('error="insufficient_scope"' in line for line in challenges(answer))
    assert len(upstream.requests) == count


def test_route_without_auth_forwards_anonymous_requests_without_identity_headers(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, auth="none"))
    assert gateway.server.get("/a").status_code == 200
    request = upstream.next()
    assert not [name for name, _ in request.headers if name.lower().startswith("x-warder-")]


def test_deleted_token_is_rejected_on_the_next_request(gateway, upstream):
    token = gateway.admin.mint("short-lived")
    assert gateway.get("/a", bearer=token).status_code == 200
    gateway.admin.delete(f"/v1alpha/token/{token.id}")
    assert_error(gateway.get("/a", bearer=token), 401, "invalid_token")
    assert len(upstream.requests) == 1


def test_encoded_slash_is_forwarded_if_the_route_allows_it_and_is_covered_only_by_a_double_star(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, allow_encoded_slash=True))
    assert gateway.get("/a/b%2Fc").status_code == 200
    assert upstream.next().target == "/a/b%2Fc"
    narrow = gateway.admin.mint("narrow", endpoints=["/a/*"])
    wide = gateway.admin.mint("wide", endpoints=["/a/**"])
    assert gateway.get("/a/bc", bearer=narrow).status_code == 200
    assert_error(gateway.get("/a/b%2Fc", bearer=narrow), 403, "insufficient_scope")
    assert gateway.get("/a/b%2Fc", bearer=wide).status_code == 200
    for path in ("/a/b%2F..%2Fc", "/a/b%2F%2Fc", "/a/.%2Fc"):
        assert_error(gateway.raw("GET", path), 400, "bad_path")


# Listeners


def test_management_api_takes_precedence_over_routes_on_the_shared_listener(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url))
    assert gateway.get("/v1alpha/whoami").json()["username"] == "admin"
    assert gateway.get("/healthz/liveness").json() == {"message": "i am alive"}
    assert not upstream.has_requests()
    assert gateway.get("/v2/anything").content == b"ok"


def test_separate_gateway_listener_serves_only_routes(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    assert_error(gateway.get("/anything"), 404, "not_found")
    assert not upstream.has_requests()
    with Wire(gateway_port(gateway.server)) as wire:
        for path in ("/v1alpha/whoami", "/healthz/liveness", "/", "/openapi.json", "/auth"):
            assert wire.send(gateway.head("GET", path)).receive().body == b"ok", path
            assert upstream.next().target == path


def test_separate_gateway_listener_answers_404_without_a_matching_route(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    with Wire(gateway_port(gateway.server)) as wire:
        for path in ("/v1alpha/whoami", "/healthz/liveness", "/"):
            assert_error(wire.send(gateway.head("GET", path)).receive(), 404, "not_found")


# Forms of a request


def test_absolute_target_is_forwarded_as_path_and_rejected_if_its_host_differs(gateway, upstream):
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head("GET", "http://warder.test/a/b?c")).receive().status == 200
        assert upstream.next().target == "/a/b?c"
        assert wire.send(gateway.head("GET", "http://other.test/a")).receive().status == 400
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("method, target", [("TRACE", "/a"), ("CONNECT", "/a"), ("CONNECT", "warder.test")])
def test_trace_and_connect_are_405(make_gateway, upstream, method, target):
    gateway = make_gateway(route("/", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    with Wire(gateway_port(gateway.server)) as wire:
        answer = wire.send(gateway.head(method, target)).receive()
        assert_error(answer, 405, "method_not_allowed")
        assert "GET" in answer.header("Allow")
    assert not upstream.has_requests()


def test_other_methods_are_forwarded_unchanged(gateway, upstream):
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "X-OWN"):
        assert gateway.raw(method).status == 200
        assert upstream.next().method == method


# Preflights


PREFLIGHT = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "PUT"}


def test_preflight_without_a_token_is_forwarded_only_if_the_route_passes_preflights(make_gateway, upstream, other_upstream):
    upstream.answer = b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n\r\n"
    gateway = make_gateway(route("/a", upstream.url, pass_preflight=True), route("/b", other_upstream.url))
    answer = gateway.server.request("OPTIONS", "/a", headers=PREFLIGHT)
    assert answer.status_code == 204 and answer.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert gateway.server.request("OPTIONS", "/b", headers=PREFLIGHT).status_code == 401
    for name in PREFLIGHT:
        assert gateway.server.request("OPTIONS", "/a", headers={name: PREFLIGHT[name]}).status_code == 401
    assert gateway.server.request("GET", "/a", headers=PREFLIGHT).status_code == 401
    assert len(upstream.requests) == 1 and not other_upstream.has_requests()


# The access log


def test_access_log_contains_forwarded_and_denied_requests_without_queries(make_gateway, upstream):
    upstream.answer = ok(b"", status="203 Own")
    gateway = make_gateway(route("/a", upstream.url), top="log.access = true\n")
    gateway.get("/a/b?secret=1")
    gateway.server.get("/a/c")
    gateway.get(f"/a/{gateway.token}")  # as a path segment it is no credential; the fixture of the server checks that it is not logged
    eventually(lambda: "path=/a/eyJ" in gateway.server.log())
    lines = [line for line in gateway.server.log().splitlines() if "event=request" in line and "path=/a" in line]
    assert f"path=/a/b status=203 user=admin token={gateway.token.id} micros=" in lines[0] and "secret" not in lines[0]
    assert "path=/a/c status=401 reason=no_credential micros=" in lines[1]
    assert "path=/a/eyJ status=203" in lines[2]


def test_access_log_names_rpc_methods_and_why_they_are_denied(make_gateway, upstream):
    upstream.answer = ok(b"{}")
    gateway = make_gateway(route("/rpc", upstream.url, json_rpc=True), top="log.access = true\n")
    token = gateway.admin.mint("limited", endpoints=["POST /rpc rpc:get*"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for body in (b'[{"method":"getinfo"},{"method":"getbalance"}]', b'{"method":"stop"}', b"no JSON"):
        gateway.server.request("POST", "/rpc", headers=headers, data=body)
    eventually(lambda: gateway.server.log().count("event=request method=POST path=/rpc ") == 3)
    lines = [line for line in gateway.server.log().splitlines() if "event=request method=POST path=/rpc " in line]
    known = f"user=admin token={token.id}"
    assert f"status=200 {known} rpc_method=getbalance,getinfo micros=" in lines[0]
    assert f"status=403 {known} reason=out_of_scope rpc_method=stop micros=" in lines[1]
    assert f"status=400 {known} reason=bad_rpc micros=" in lines[2]


def test_destination_outside_the_route_is_logged_as_a_denial(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url))
    headers = {"Destination": "/b/c"}
    assert gateway.request("MOVE", "/a/b", headers=headers).status_code == 403
    eventually(lambda: "event=denied reason=forbidden surface=gateway method=MOVE path=/a/b user=admin" in gateway.server.log())


# Reload and shutdown


def test_sighup_reloads_the_routes(make_gateway, upstream, other_upstream):
    other_upstream.answer = ok(b"other")
    gateway = make_gateway(route("/a", upstream.url))
    assert gateway.get("/a").content == b"ok"
    gateway.server.config.write_text(route("/a", other_upstream.url) + route("/b", upstream.url))
    gateway.server.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.get("/b").status_code == 200)
    assert gateway.get("/a").content == b"other"


def test_request_in_flight_is_finished_before_shutdown(gateway, upstream):
    may_respond = threading.Event()

    def slowly(request, peer):
        assert may_respond.wait(20)
        return ok(b"done")

    upstream.answer = slowly
    with gateway.server.wire() as wire:
        wire.send(gateway.head())
        upstream.next()
        gateway.server.terminate()
        eventually(lambda: not can_connect(gateway.server.port))
        may_respond.set()
        assert wire.receive().body == b"done"
        assert wire.is_closed()
    assert gateway.server.wait() == 0


def can_connect(port):
    try:
        Wire(port).socket.close()
    except ConnectionError:  # connection refused, or reset while it waited to be accepted
        return False
    return True
