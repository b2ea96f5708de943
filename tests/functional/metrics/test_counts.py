# SPDX-License-Identifier: MIT
"""What makes each metric change, and by how much."""

import contextlib
import resource
import sqlite3
import threading

import pytest
from support.scrape import Metrics
from support.server import ADMIN_PASSWORD
from support.ui_client import UiClient
from support.upstream import CLOSE, chunk, ok, route
from support.waiting import eventually

PROBE = b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n"
REQUESTS, DENIALS = "warder_requests_total", "warder_denials_total"
SCOPED = '[decision]\nsource = "forwarded"\n'


@pytest.fixture
def token(admin):
    return admin.mint("of the tests")


def forwarded(method, uri):
    return {"X-Forwarded-Method": method, "X-Forwarded-Uri": uri}


# Requests


@pytest.mark.parametrize(
    "path, surface, code",
    [("/v1alpha/whoami", "api", "200"), ("/healthz/liveness", "api", "200"), ("/nothing", "api", "404"), ("/auth", "decision", "200"), ("/", "ui", "200")],
)
def test_answered_request_counts_once_for_its_surface(warder, metrics, token, path, surface, code):
    before = metrics.read()
    answer = warder.get(path, bearer=token)
    assert str(answer.status_code) == code
    after = metrics.read()
    changed = {key: after[key] - before[key] for key in before if key[0] in (REQUESTS, "warder_request_duration_seconds_count") and after[key] != before[key]}
    assert changed == {
        (REQUESTS, frozenset({("surface", surface), ("code", code)})): 1,
        ("warder_request_duration_seconds_count", frozenset({("surface", surface)})): 1,
    }


@pytest.mark.parametrize("data, code", [(b"nonsense\r\n\r\n", "400"), (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 20_000 + b"\r\n\r\n", "431")], ids=["invalid", "too large"])
def test_request_that_cannot_be_routed_counts_as_api(warder, metrics, data, code):
    assert metrics.increase(lambda: warder.raw(data), REQUESTS, surface="api", code=code) == 1


def test_request_with_a_body_counts_once(warder, metrics, admin):
    assert metrics.increase(lambda: admin.mint("one"), REQUESTS, surface="api", code="201") == 1


def test_request_of_the_gateway_counts_with_the_status_of_the_upstream(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url))
    upstream.answer = ok(status="418 I'm a teapot")
    assert metrics.increase(lambda: server.get("/a/b", bearer=token), REQUESTS, surface="gateway", code="418") == 1
    upstream.answer = ok(status="299 Unheard Of")
    assert metrics.increase(lambda: server.get("/a/b", bearer=token), REQUESTS, surface="gateway", code="other") == 1


def test_path_without_a_route_counts_as_api_on_every_listener(start_with_metrics, upstream):
    server, metrics = start_with_metrics(route("/a", upstream.url), env={"WARDER_GATEWAY_LISTEN": "127.0.0.1:0"})
    gateway = [line for line in server.lines if "listening on" in line][1].removeprefix("warder: listening on ")
    assert metrics.increase(lambda: server.session.get(gateway + "/nothing"), REQUESTS, surface="api", code="404") == 1


def test_duration_of_a_request_is_in_the_sum(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url))
    is_slow = threading.Event()

    def answer(request, peer):
        is_slow.wait(0.3)
        return ok()

    upstream.answer = answer
    took = metrics.increase(lambda: server.get("/a", bearer=token), "warder_request_duration_seconds_sum", surface="gateway")
    assert 0.3 <= took < 10


# Denials


def test_denial_counts_with_surface_and_reason(start_with_metrics):
    server, metrics = start_with_metrics(SCOPED)
    admin = server.person("admin", ADMIN_PASSWORD)
    scoped = admin.mint("scoped", endpoints=["GET /a"])
    cases = [
        (lambda: server.get("/v1alpha/whoami"), "api", "no_credential"),
        (lambda: server.get("/v1alpha/whoami", bearer="x.y.z"), "api", "malformed_token"),
        (lambda: server.get("/v1alpha/users/", bearer=scoped), "api", "password_required"),
        (lambda: server.get("/v1alpha/whoami", headers={"Host": "foreign.org"}), "api", "misdirected"),
        (lambda: server.get("/auth"), "decision", "no_credential"),
        (lambda: server.get("/auth", bearer=scoped, headers=forwarded("GET", "/b")), "decision", "out_of_scope"),
        (lambda: server.get("/auth", bearer=scoped), "decision", "ambiguous_request"),
    ]
    for ask, surface, reason in cases:
        before = metrics.read()
        assert ask().status_code >= 400
        after = metrics.read()
        changed = {key: after[key] - before[key] for key in before if key[0] == DENIALS and after[key] != before[key]}
        assert changed == {(DENIALS, frozenset({("surface", surface), ("reason", reason)})): 1}


def test_denial_of_the_gateway_counts(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url))
    server.person("admin", ADMIN_PASSWORD).delete(f"/v1alpha/token/{token.id}")
    assert metrics.increase(lambda: server.get("/a", bearer=token), DENIALS, surface="gateway", reason="revoked") == 1


# Sign-ins


def sign_ins(metrics):
    return {dict(pairs)["outcome"]: value for (name, pairs), value in metrics.read().items() if name == "warder_sign_ins_total" and value}


def test_sign_in_counts_by_outcome(warder, metrics, admin):
    assert admin.get("/v1alpha/whoami").status_code == 200
    assert sign_ins(metrics) == {"ok": 1}
    assert admin.get("/v1alpha/whoami").status_code == 200
    assert sign_ins(metrics) == {"ok": 1, "cached": 1}
    assert warder.person("admin", "wrong").get("/v1alpha/whoami").status_code == 401
    assert sign_ins(metrics) == {"ok": 1, "cached": 1, "wrong": 1}


def test_sign_in_of_a_request_with_a_body_counts_once(metrics, admin):
    admin.mint("one")
    admin.mint("two")
    assert sign_ins(metrics) == {"ok": 1, "cached": 1}


def test_sign_in_on_the_page_counts(warder, metrics, admin):
    UiClient(warder).sign_in("admin", ADMIN_PASSWORD)
    assert sign_ins(metrics) == {"ok": 1}
    UiClient(warder).sign_in("admin", ADMIN_PASSWORD)
    assert sign_ins(metrics) == {"ok": 1, "cached": 1}


def test_throttled_sign_in_counts(warder, metrics):
    guesser = warder.person("nobody", "wrong")
    eventually(lambda: guesser.get("/v1alpha/whoami").status_code == 429)
    assert sign_ins(metrics)["throttled"] == 1


def test_full_hashing_queue_counts_as_busy_and_as_limit(start_with_metrics):
    server, metrics = start_with_metrics(env={"WARDER_PASSWORDS_MEMORY": "32 MiB", "WARDER_PASSWORDS_WORKERS": "1", "WARDER_PASSWORDS_QUEUE": "1"})
    answers = []
    threads = [
        threading.Thread(target=lambda n=number: answers.append(server.person(f"user{n}", "wrong").get("/v1alpha/whoami", session=server.session.__class__()).status_code))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 503 in answers
    assert sign_ins(metrics)["busy"] == answers.count(503)
    assert metrics.value("warder_limits_hit_total", limit="password_queue") == answers.count(503)
    assert metrics.value("warder_password_queue_length") == 0


# Tokens


def test_tokens_are_counted_by_state_and_expiry(warder, metrics, admin):
    admin.mint("hour", life="1 hour")
    admin.mint("week", life="6 days")
    admin.mint("month", life="29 days")
    year = admin.mint("year", life="1 year")
    disabled = admin.mint("disabled", life="1 hour")
    assert admin.patch(f"/v1alpha/token/{disabled.id}", {"enabled": False}).status_code == 200
    admin.mint("short", life="1 s")
    metrics.becomes(1, "warder_tokens", state="expired")
    assert metrics.value("warder_tokens", state="live") == 4
    assert metrics.value("warder_tokens", state="disabled") == 1
    assert [metrics.value("warder_tokens_expiring", within=within) for within in ("1d", "7d", "30d")] == [1, 2, 3]
    admin.delete(f"/v1alpha/token/{year.id}")
    assert metrics.value("warder_tokens", state="live") == 3


def minted_and_revoked(metrics):
    return metrics.value("warder_tokens_minted_total"), metrics.value("warder_tokens_revoked_total")


def test_minted_and_revoked_tokens_count(metrics, admin):
    one, two = admin.mint("one"), admin.mint("two")
    assert minted_and_revoked(metrics) == (2, 0)
    assert admin.delete(f"/v1alpha/token/{one.id}").status_code == 200
    assert admin.delete(f"/v1alpha/token/{one.id}").status_code == 404
    assert minted_and_revoked(metrics) == (2, 1)
    assert admin.post(f"/v1alpha/token/{two.id}/renew", {}).status_code == 201
    assert minted_and_revoked(metrics) == (3, 2)


def test_renewed_token_counts_as_revoked_when_its_overlap_ends(metrics, admin):
    old = admin.mint("one", life="1 hour")
    assert admin.post(f"/v1alpha/token/{old.id}/renew", {"overlap": "1 s"}).status_code == 201
    assert minted_and_revoked(metrics) == (2, 0)
    metrics.becomes(1, "warder_tokens_revoked_total")


def test_tokens_of_a_deleted_user_count_one_each(metrics, admin, alice):
    for number in range(3):
        alice.mint(f"number {number}")
    assert admin.delete("/v1alpha/users/alice").status_code == 200
    assert minted_and_revoked(metrics) == (3, 3)


def test_tokens_of_the_command_line_do_not_count(warder, metrics):
    assert warder.cli("token", "create", "--user", "admin", "--life", "1 hour", "--description", "cli").returncode == 0
    metrics.becomes(1, "warder_tokens", state="live")
    assert minted_and_revoked(metrics) == (0, 0)


# Store


def test_commit_counts_with_its_duration(metrics, admin, token):
    commits = "warder_store_commit_duration_seconds"
    before = metrics.value(f"{commits}_sum")
    assert metrics.increase(lambda: admin.mint("one"), f"{commits}_count") >= 1
    assert metrics.value(f"{commits}_sum") > before


def test_full_disk_counts(warder, metrics, admin, token):
    resource.prlimit(warder.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    answer = admin.post("/v1alpha/token/", {"jwt_token_description": "two", "jwt_token_life": "1 hour"})
    resource.prlimit(warder.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert answer.status_code == 507
    assert metrics.value("warder_store_errors_total", kind="full") >= 1
    assert metrics.value("warder_store_errors_total", kind="unavailable") == 0


def test_moved_database_counts_as_unavailable_and_lets_the_index_age(warder, metrics, admin, token):
    database = warder.data_dir / "warder.db"
    database.rename(warder.data_dir / "away.db")
    answer = admin.post("/v1alpha/token/", {"jwt_token_description": "two", "jwt_token_life": "1 hour"})
    assert answer.status_code == 503
    assert metrics.value("warder_store_errors_total", kind="unavailable") >= 1
    eventually(lambda: metrics.value("warder_index_age_seconds") > 2.5)
    (warder.data_dir / "away.db").rename(database)
    eventually(lambda: metrics.value("warder_index_age_seconds") < 2)


def test_damaged_row_counts(warder, metrics, token):
    warder.stop()
    with contextlib.closing(sqlite3.connect(warder.data_dir / "warder.db")) as database, database:
        database.execute("UPDATE tokens SET policy = 'nonsense'")
    warder.start()
    assert Metrics(warder).value("warder_store_errors_total", kind="damaged") >= 1


# Connections, streams and limits


def test_open_connections_are_counted(warder, metrics):
    with warder.wire() as one, warder.wire() as two:
        for wire in (one, two):
            assert wire.send(PROBE).receive().status == 200
        assert metrics.value("warder_connections") == 2
    metrics.becomes(0, "warder_connections")


def test_open_streams_are_counted(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url))
    peers = []

    def answer(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"data: 0\n\n"))

    upstream.answer = answer
    with server.wire() as wire:
        wire.send(f"GET /a HTTP/1.1\r\nHost: warder.test\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        assert wire.receive_head().status == 200
        metrics.becomes(1, "warder_streams")
        peers[0].send(b"0\r\n\r\n")
        metrics.becomes(0, "warder_streams")


def limit_hits(metrics):
    return {dict(pairs)["limit"]: value for (name, pairs), value in metrics.read().items() if name == "warder_limits_hit_total" and value}


def test_too_large_head_and_body_count_as_limits(warder, metrics, admin):
    assert warder.get("/healthz/liveness", headers={"X-A": "a" * 20_000}).status_code == 431
    assert limit_hits(metrics) == {"header": 1}
    assert admin.request("POST", "/v1alpha/token/", data=b"x" * 70_000).status_code == 413
    assert limit_hits(metrics) == {"header": 1, "body": 1}


def test_too_large_body_of_the_gateway_counts_as_limit(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url, body_limit="1 KiB"))
    assert server.post("/a", bearer=token, data=b"x" * 2000).status_code == 413
    assert limit_hits(metrics) == {"body": 1}


def test_timeouts_count_as_limits(start_with_metrics):
    server, metrics = start_with_metrics('header_timeout = "0.5 s"\nidle_timeout = "0.5 s"\n')
    with server.wire() as slow:
        assert slow.send(PROBE[:-2]).receive().status == 408
    assert limit_hits(metrics) == {"header_timeout": 1}
    with server.wire() as silent:
        assert silent.is_closed()
    assert limit_hits(metrics) == {"header_timeout": 2}
    with server.wire() as idle:
        assert idle.send(PROBE).receive().status == 200
        assert idle.is_closed()
    assert limit_hits(metrics) == {"header_timeout": 2, "idle_timeout": 1}


def test_connections_beyond_the_limit_count(start_with_metrics):
    server, metrics = start_with_metrics("max_connections = 1\n")
    with server.wire() as one:
        assert one.send(PROBE).receive().status == 200
        with server.wire() as two:
            assert two.send(PROBE).receive().status == 200
            assert one.is_closed()
    assert limit_hits(metrics) == {"connections": 1}


# Upstreams


def test_answer_of_an_upstream_counts_with_its_route(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url), route("/b", upstream.url))
    upstream.answer = ok(status="404 Not Found")
    assert server.get("/b/c", bearer=token).status_code == 404
    assert server.get("/b/c").status_code == 401  # the upstream doesn't see it
    assert metrics.value("warder_upstream_requests_total", route="/b", code="404") == 1
    assert metrics.value("warder_upstream_duration_seconds_count", route="/b") == 1
    assert metrics.value("warder_upstream_duration_seconds_count", route="/a") == 0
    assert sum(value for (name, _), value in metrics.read().items() if name == "warder_upstream_requests_total") == 1


def test_failure_of_an_upstream_counts_by_kind_and_not_as_answer(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url), route("/b", "http://127.0.0.1:1"))
    for answer, kind in ((lambda request, peer: CLOSE, "reset"), (b"nonsense\r\n\r\n", "protocol")):
        upstream.answer = answer
        assert metrics.increase(lambda: server.get("/a", bearer=token), "warder_upstream_errors_total", route="/a", kind=kind) == 1
    assert metrics.increase(lambda: server.get("/b", bearer=token), "warder_upstream_errors_total", route="/b", kind="connect") == 1
    assert not any(value for (name, _), value in metrics.read().items() if name == "warder_upstream_requests_total")


def test_counts_of_a_route_survive_a_reload(start_gateway, upstream):
    server, metrics, token = start_gateway(route("/a", upstream.url))
    assert server.get("/a", bearer=token).status_code == 200
    server.config.write_text(server.config.read_text().replace('"/a"', '"/b"') + route("/a", upstream.url))
    server.process.send_signal(1)
    eventually(lambda: "event=reloaded" in server.log())
    assert metrics.value("warder_upstream_requests_total", route="/a", code="200") == 1
    assert metrics.value("warder_upstream_requests_total", route="/b", code="200") == 0
