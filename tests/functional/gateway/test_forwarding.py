# SPDX-License-Identifier: MIT
"""Which upstream a request reaches, and under which path; what is refused before any upstream hears of it."""

import signal
import threading

import pytest
from support.answers import BASIC, BEARER, assert_refused, challenges
from support.server import ADMIN_PASSWORD
from support.upstream import ok, route
from support.waiting import eventually
from support.wire import Wire


def test_a_request_reaches_the_upstream_and_its_answer_the_client(gateway, upstream):
    upstream.answer = ok(b"hello", "Content-Type: text/x-own", "X-Own: 1", status="203 As it pleases")
    answer = gateway.get("/a/b?c=d")
    assert (answer.status_code, answer.reason, answer.content) == (203, "As it pleases", b"hello")
    assert answer.headers["Content-Type"] == "text/x-own" and answer.headers["X-Own"] == "1"
    (request,) = upstream.requests
    assert request.line == "GET /a/b?c=d HTTP/1.1"


# Routes


def test_the_longest_prefix_of_whole_segments_wins(make_gateway, upstream, other_upstream):
    upstream.answer, other_upstream.answer = ok(b"short"), ok(b"long")
    gateway = make_gateway(route("/a", upstream.url), route("/a/b", other_upstream.url))
    for path, body in [("/a", b"short"), ("/a/", b"short"), ("/a/bc", b"short"), ("/a/b", b"long"), ("/a/b/", b"long"), ("/a/b/c", b"long"), ("/a/%62/c", b"long")]:
        assert gateway.get(path).content == body, path
    for path in ("/ab", "/A", "/b"):
        assert_refused(gateway.get(path), 404, "not_found")


@pytest.mark.parametrize("target", ["/a//b", "/a/../b", "/a/./b", "/a/%2e%2e/b", "/a/..;x/b", "/a%2Fb", "/a/%5Cb", "/a/%00", "/a/%zz", "/a\\b", "/a/%252e"])
def test_a_path_that_cannot_be_judged_is_refused_whoever_asks(gateway, upstream, target):
    with gateway.server.wire() as wire:
        answer = wire.send(gateway.head("GET", target)).receive()
    assert_refused(answer, 400, "bad_path")
    assert not upstream.has_heard()


@pytest.mark.parametrize(
    "prefix, path, sent",
    [("/a", "/x", {"/a/b": "/x/b", "/a": "/x", "/a/": "/x/", "/a?q=%2F": "/x?q=%2F", "/a/b/?q": "/x/b/?q"}), ("/a", "/", {"/a/b": "/b", "/a": "/", "/a/": "/"})]
    + [("/a", "", {"/a/b": "/a/b", "/a": "/a", "/a/": "/a/", "/a/%7Eb%c3%a4;c": "/a/%7Eb%c3%a4;c"}), ("/a", "/x/", {"/a/b": "/x/b", "/a/": "/x/"})]
    + [("/", "/x", {"/b": "/x/b"}), ("/", "", {"/": "/", "/b?": "/b?"}), ("/a", "/x", {"/%61/%41": "/x/%41"})],
)
def test_an_upstreams_path_replaces_the_prefix_and_nothing_else_changes(make_gateway, upstream, prefix, path, sent):
    gateway = make_gateway(route(prefix, upstream.url + path), top='gateway.listen = "127.0.0.1:0"\n')
    port = gateway_port(gateway.server)
    for target, expected in sent.items():
        with Wire(port) as wire:
            assert wire.send(gateway.head("GET", target)).receive().status == 200, target
        assert upstream.next().target == expected, target


def gateway_port(server):
    """Where the gateway listens if it does so by itself: the second line."""
    lines = eventually(lambda: [line for line in server.lines if "listening on" in line][1:])
    return int(lines[0].rsplit(":", 1)[1])


def test_a_url_without_a_path_is_the_root(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    with Wire(gateway_port(gateway.server)) as wire:
        for target, sent in {"http://warder.test": "/", "http://warder.test?a=/b": "/?a=/b"}.items():
            assert wire.send(gateway.head("GET", target)).receive().status == 200, target
            assert upstream.next().target == sent


# Who may


def test_without_a_token_it_is_401_with_both_challenges(gateway, upstream):
    answer = gateway.server.get("/a")
    assert_refused(answer, 401, "unauthorized")
    assert challenges(answer) == [BASIC, BEARER]
    answer = gateway.get("/a", bearer="eyJ.eyJ.x")
    assert_refused(answer, 401, "invalid_token")
    assert any(line.startswith(BEARER) and 'error="invalid_token"' in line for line in challenges(answer))
    assert_refused(gateway.server.get("/a", auth=("admin", ADMIN_PASSWORD)), 401, "unauthorized")
    assert not upstream.has_heard()


def test_a_token_comes_in_any_of_three_ways(gateway, upstream):
    server, token = gateway.server, gateway.token
    assert server.get("/a", headers={"X-Warder-Token": str(token)}).status_code == 200
    assert server.get("/a", auth=("token", token)).status_code == 200
    assert server.get("/a", auth=("admin", token)).status_code == 200
    assert server.get(f"/a?access_token={token}").status_code == 401


def test_two_credentials_are_a_guess_that_nobody_makes(gateway, upstream):
    answer = gateway.request("GET", "/a", headers={"X-Warder-Token": str(gateway.token)})
    assert_refused(answer, 400, "bad_request")
    assert_refused(gateway.raw("GET", "/a", f"Authorization: Bearer {gateway.token}"), 400, "bad_request")
    assert not upstream.has_heard()


def test_grants_judge_the_clients_path_method_and_host(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url + "/elsewhere"))
    token = gateway.admin.mint("limited", endpoints=["GET /a/*/c", "POST //api.example.org/a/x"])
    assert gateway.get("/a/b/c?d", bearer=token).status_code == 200
    assert gateway.request("HEAD", "/a/b/c", bearer=token).status_code == 200
    assert gateway.request("POST", "/a/x", bearer=token, headers={"Host": "api.example.org"}).status_code == 200
    heard = len(upstream.requests)
    for method, path in [("GET", "/a/b"), ("PUT", "/a/b/c"), ("GET", "/elsewhere/b/c"), ("POST", "/a/x")]:
        answer = gateway.request(method, path, bearer=token)
        assert answer.status_code == (404 if path.startswith("/elsewhere") else 403), path
        if answer.status_code == 403:
            assert_refused(answer, 403, "insufficient_scope")
            assert any('error="insufficient_scope"' in line for line in challenges(answer))
    assert len(upstream.requests) == heard


def test_a_route_may_be_open_to_all(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, auth="none"))
    assert gateway.server.get("/a").status_code == 200
    request = upstream.next()
    assert not [name for name, _ in request.headers if name.lower().startswith("x-warder-")]


def test_a_deleted_token_opens_nothing_from_the_next_request_on(gateway, upstream):
    token = gateway.admin.mint("short-lived")
    assert gateway.get("/a", bearer=token).status_code == 200
    gateway.admin.delete(f"/v1alpha/token/{token.id}")
    assert_refused(gateway.get("/a", bearer=token), 401, "invalid_token")
    assert len(upstream.requests) == 1


def test_an_encoded_slash_passes_where_the_route_says_so_and_only_the_rest_covers_it(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, allow_encoded_slash=True))
    assert gateway.get("/a/b%2Fc").status_code == 200
    assert upstream.next().target == "/a/b%2Fc"
    narrow = gateway.admin.mint("narrow", endpoints=["/a/*"])
    wide = gateway.admin.mint("wide", endpoints=["/a/**"])
    assert gateway.get("/a/bc", bearer=narrow).status_code == 200
    assert_refused(gateway.get("/a/b%2Fc", bearer=narrow), 403, "insufficient_scope")
    assert gateway.get("/a/b%2Fc", bearer=wide).status_code == 200
    for path in ("/a/b%2F..%2Fc", "/a/b%2F%2Fc", "/a/.%2Fc"):
        assert_refused(gateway.raw("GET", path), 400, "bad_path")


# Listeners


def test_own_calls_win_on_the_shared_listener(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url))
    assert gateway.get("/v1alpha/whoami").json()["username"] == "admin"
    assert gateway.get("/healthz/liveness").json() == {"message": "i am alive"}
    assert not upstream.has_heard()
    assert gateway.get("/v2/anything").content == b"ok"


def test_a_listener_of_its_own_serves_routes_and_nothing_else(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    assert_refused(gateway.get("/anything"), 404, "not_found")
    assert not upstream.has_heard()
    with Wire(gateway_port(gateway.server)) as wire:
        for path in ("/v1alpha/whoami", "/healthz/liveness", "/", "/openapi.json", "/auth"):
            assert wire.send(gateway.head("GET", path)).receive().body == b"ok", path
            assert upstream.next().target == path


def test_where_no_route_is_the_gateways_listener_answers_404(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top='gateway.listen = "127.0.0.1:0"\n')
    with Wire(gateway_port(gateway.server)) as wire:
        for path in ("/v1alpha/whoami", "/healthz/liveness", "/"):
            assert_refused(wire.send(gateway.head("GET", path)).receive(), 404, "not_found")


# Forms of a request


def test_an_absolute_target_is_judged_and_sent_by_its_path(gateway, upstream):
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
        assert_refused(answer, 405, "method_not_allowed")
        assert "GET" in answer.header("Allow")
    assert not upstream.has_heard()


def test_methods_are_the_upstreams_affair(gateway, upstream):
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "X-OWN"):
        assert gateway.raw(method).status == 200
        assert upstream.next().method == method


# Preflights


PREFLIGHT = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "PUT"}


def test_a_preflight_passes_without_a_token_where_the_route_says_so(make_gateway, upstream, other_upstream):
    upstream.answer = b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n\r\n"
    gateway = make_gateway(route("/a", upstream.url, pass_preflight=True), route("/b", other_upstream.url))
    answer = gateway.server.request("OPTIONS", "/a", headers=PREFLIGHT)
    assert answer.status_code == 204 and answer.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert gateway.server.request("OPTIONS", "/b", headers=PREFLIGHT).status_code == 401
    for name in PREFLIGHT:
        assert gateway.server.request("OPTIONS", "/a", headers={name: PREFLIGHT[name]}).status_code == 401
    assert gateway.server.request("GET", "/a", headers=PREFLIGHT).status_code == 401
    assert len(upstream.requests) == 1 and not other_upstream.has_heard()


# The access log


def test_the_access_log_has_what_was_forwarded_and_what_was_refused(make_gateway, upstream):
    upstream.answer = ok(b"", status="203 Own")
    gateway = make_gateway(route("/a", upstream.url), top="log.access = true\n")
    gateway.get("/a/b?secret=1")
    gateway.server.get("/a/c")
    gateway.get(f"/a/{gateway.token}")  # where it opens nothing; that it isn't logged the server's fixture looks at
    eventually(lambda: "path=/a/eyJ" in gateway.server.log())
    lines = [line for line in gateway.server.log().splitlines() if "path=/a" in line]
    assert "path=/a/b status=203 user=admin" in lines[0] and "secret" not in lines[0]
    assert "path=/a/c status=401" in lines[1] and "user=" not in lines[1]
    assert "path=/a/eyJ status=203" in lines[2]


# Reloading, ending


def test_sighup_reloads_the_routes(make_gateway, upstream, other_upstream):
    other_upstream.answer = ok(b"other")
    gateway = make_gateway(route("/a", upstream.url))
    assert gateway.get("/a").content == b"ok"
    gateway.server.config.write_text(route("/a", other_upstream.url) + route("/b", upstream.url))
    gateway.server.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.get("/b").status_code == 200)
    assert gateway.get("/a").content == b"other"


def test_a_request_in_flight_is_finished_before_the_server_ends(gateway, upstream):
    may_go_on = threading.Event()

    def slowly(request, peer):
        assert may_go_on.wait(20)
        return ok(b"done")

    upstream.answer = slowly
    with gateway.server.wire() as wire:
        wire.send(gateway.head())
        upstream.next()
        gateway.server.terminate()
        eventually(lambda: not can_connect(gateway.server.port))
        may_go_on.set()
        assert wire.receive().body == b"done"
        assert wire.is_closed()
    assert gateway.server.wait() == 0


def can_connect(port):
    try:
        Wire(port).socket.close()
    except ConnectionError:  # refused, or reset where it was waiting to be accepted
        return False
    return True
