# SPDX-License-Identifier: MIT
"""Tokens that may make so many requests per unit of time ("rate_limit"). The tests use long units, so that nothing is refilled while they run."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from support.migration import execute
from support.responses import DISABLED, PASSWORD_REQUIRED, assert_error, challenges
from support.scrape import LISTEN, Metrics
from support.server import ADMIN_PASSWORD
from support.stores import store_file
from support.upstream import chunk, route
from support.waiting import eventually

DEBUG = '[log]\nlevel = "debug"\n'


@pytest.fixture
def server(start_with_store):
    return start_with_store()


@pytest.fixture
def owner(server):
    return server.person("admin", ADMIN_PASSWORD)


def set_rate(person, token, rate):
    answer = person.patch(f"/v1alpha/token/{token.id}", {"rate_limit": rate})
    assert answer.status_code == 200, answer.text
    return answer.json()


def statuses(server, token, count, path="/v1alpha/whoami", **options):
    return [server.get(path, bearer=token, **options).status_code for _ in range(count)]


def assert_limited(answer, limit, longest, shortest=1, status=429):
    message = assert_error(answer, status, "rate_limited")
    wait = int(answer.headers["Retry-After"])
    assert shortest <= wait <= longest
    assert message == f"The access token is limited to {limit} requests; try again in {wait} s."
    assert challenges(answer) == []


def test_token_makes_so_many_requests_and_then_gets_429(server, owner):
    for path in ("/v1alpha/whoami", "/auth"):
        token = owner.mint(path, rate_limit="3/hour")
        assert statuses(server, token, 5, path) == [200, 200, 200, 429, 429]
        assert_limited(server.get(path, bearer=token), "3/hour", 1200, 1100)


def test_every_kind_of_request_takes_from_one_bucket(server, owner):
    token = owner.mint("one", rate_limit="4/day")
    assert statuses(server, token, 1, "/v1alpha/whoami") + statuses(server, token, 1, "/auth") == [200, 200]
    assert server.get("/auth", auth=("token", str(token))).status_code == 200
    assert server.get("/api/v1alpha/whoami", headers={"X-Warder-Token": str(token)}).status_code == 200
    assert_limited(server.get("/auth", bearer=token), "4/day", 86400 // 4, 86400 // 4 - 100)


def test_whole_second_is_the_shortest_retry_after(server, owner):
    token = owner.mint("one", rate_limit="1000000/second")
    assert statuses(server, token, 20) == [200] * 20
    set_rate(owner, token, "1/second")
    answers = [server.get("/auth", bearer=token) for _ in range(3)]
    for answer in answers[1:]:
        if answer.status_code != 200:
            assert answer.headers["Retry-After"] == "1"


def test_bucket_is_refilled_evenly(server, owner):
    token = owner.mint("one", rate_limit="120/minute")
    answers = lambda: [server.get("/auth", bearer=token) for _ in range(50)]
    limited = eventually(lambda: [answer for answer in answers() if answer.status_code == 429])
    assert_limited(limited[0], "120/minute", 1)
    eventually(lambda: server.get("/auth", bearer=token).status_code == 200)


def test_bucket_is_its_tokens_own(server, owner):
    first, second = (owner.mint(name, rate_limit="2/hour") for name in ("first", "second"))
    assert statuses(server, first, 3) == [200, 200, 429]
    assert statuses(server, second, 3) == [200, 200, 429]


def test_burst_on_many_connections_lets_exactly_as_many_pass_as_the_limit_says(start_server):
    server = start_server(config_text="threads = 4\n")
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="200/day")
    paths = ["/auth", "/v1alpha/whoami"]
    start = threading.Barrier(16)

    def burst(number):
        with requests.Session() as session:
            start.wait()
            return [server.get(paths[number % 2], bearer=token, session=session).status_code for _ in range(40)]

    with ThreadPoolExecutor(16) as threads:
        answers = [status for part in threads.map(burst, range(16)) for status in part]
    assert (answers.count(200), answers.count(429)) == (200, 16 * 40 - 200)


# The limit as it is read, shown and changed


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("1/second", "1/second"),
        ("100/minute", "100/minute"),
        ("1000 per hour", "1000/hour"),
        ("1000000 PER Day", "1000000/day"),
        ("7/HOUR", "7/hour"),
    ],
)
def test_limit_is_stored_and_shown_in_canonical_form(owner, text, canonical):
    body = {"jwt_token_description": "one", "jwt_token_life": "1 hour", "endpoints": ["/**"], "rate_limit": text, "allowed_from": ["::1"]}
    minted = owner.post("/v1alpha/token/", body).json()
    assert list(minted)[-3:] == ["endpoints", "allowed_from", "rate_limit"]
    owner.patch(f"/v1alpha/token/{minted['jwt_token_id']}", {"enabled": False})
    shown = owner.get(f"/v1alpha/token/{minted['jwt_token_id']}?include=usage").json()
    listed = owner.get("/v1alpha/token/").json()["jwt_tokens"][minted["jwt_token_id"]]
    assert minted["rate_limit"] == shown["rate_limit"] == listed["rate_limit"] == canonical
    assert list(shown)[5:9] == ["endpoints", "allowed_from", "rate_limit", "enabled"]


@pytest.mark.parametrize(
    "text",
    ["", "5", "/minute", "5/", "0/minute", "00/minute", "05/minute", "1000001/minute", "99999999999999999999/day", "-1/minute", "+1/minute", "1.5/minute", "1,000/minute", "5/minutes", "5/min", "5/week"]
    + ["5 / minute", "5/ minute", "5 per  minute", "5per minute", "5 per minute ", " 5/minute", "5 minute", "five per minute", "5\tper\tminute", "5/minute\0", "٥/minute", "1e3/hour", "minute/5", "5//minute", "x" * 5000],
)
def test_bad_text_is_400_that_quotes_it_and_shows_examples(owner, text):
    token = owner.mint("one")
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "rate_limit": text}
    for answer in (owner.post("/v1alpha/token/", body), owner.patch(f"/v1alpha/token/{token.id}", {"rate_limit": text})):
        message = assert_error(answer, 400, "bad_rate")
        assert message.startswith('Invalid rate limit "') and '"10/second"' in message and '"1000 per hour"' in message
    assert "rate_limit" not in owner.get(f"/v1alpha/token/{token.id}").json()


@pytest.mark.parametrize("value", [5, 1.5, True, [], {}, ["5/minute"]])
def test_value_that_is_no_string_is_400(owner, value):
    token = owner.mint("one")
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "rate_limit": value}
    assert '"rate_limit"' in assert_error(owner.post("/v1alpha/token/", body), 400, "bad_field")
    assert '"rate_limit"' in assert_error(owner.patch(f"/v1alpha/token/{token.id}", {"rate_limit": value}), 400, "bad_field")


def test_null_removes_the_limit_in_patch_and_is_400_in_post(server, owner):
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "rate_limit": None}
    assert '"rate_limit"' in assert_error(owner.post("/v1alpha/token/", body), 400, "bad_rate")
    token = owner.mint("one", rate_limit="1/day")
    assert statuses(server, token, 2) == [200, 429]
    assert "rate_limit" not in set_rate(owner, token, None)
    assert statuses(server, token, 5) == [200] * 5


def test_changed_limit_starts_full_and_an_unchanged_one_does_not(server, owner):
    token = owner.mint("one", rate_limit="2/day")
    assert statuses(server, token, 3) == [200, 200, 429]
    for change in ({"rate_limit": "2 per DAY"}, {"jwt_token_description": "two"}, {"endpoints": ["/**"]}, {"allowed_from": ["127.0.0.1"]}, {"enabled": False}, {"enabled": True}):
        assert owner.patch(f"/v1alpha/token/{token.id}", change).status_code == 200
    assert statuses(server, token, 1, "/auth/any") == [429]
    set_rate(owner, token, "3/day")
    assert statuses(server, token, 4) == [200, 200, 200, 429]


def test_limit_survives_a_restart_other_edits_and_a_renewal(server, owner):
    token = owner.mint("one", rate_limit="2/day")
    assert owner.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "two"}).json()["rate_limit"] == "2/day"
    server.restart()
    assert owner.get(f"/v1alpha/token/{token.id}").json()["rate_limit"] == "2/day"
    assert statuses(server, token, 3) == [200, 200, 429]
    renewed = owner.post(f"/v1alpha/token/{token.id}/renew").json()
    assert renewed["rate_limit"] == "2/day"
    assert statuses(server, renewed["jwt_token"], 3) == [200, 200, 429]


def test_whoami_shows_the_limit(server, owner):
    token = owner.mint("one", endpoints=["/**"], allowed_from=["127.0.0.1"], rate_limit="9 per day")
    shown = server.get("/v1alpha/whoami", bearer=token).json()
    assert shown["rate_limit"] == "9/day" and list(shown)[-3:] == ["endpoints", "allowed_from", "rate_limit"]


def test_whoami_of_an_edited_token_counts_once(server, owner):
    """Its description must be read from the store, so the request is handled in two steps."""
    token = owner.mint("one", rate_limit="3/day")
    owner.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "two"})
    assert statuses(server, token, 4) == [200, 200, 200, 429]


# Denied requests


def test_denied_requests_take_nothing(start_server):
    server = start_server(config_text='[decision]\nsource = "forwarded"\n')
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", endpoints=["GET /a"], allowed_from=["127.0.0.1"], rate_limit="1/day")
    other = owner.mint("other")
    ask = lambda uri, **more: server.get("/auth", bearer=token, headers={"X-Forwarded-Method": "GET", "X-Forwarded-Uri": uri, **more}).status_code
    assert [ask("/b"), ask("/a//"), ask("/a", Destination="x:")] == [403, 403, 403]
    assert server.get("/auth", bearer=token).status_code == 403, "no original request"
    assert server.get("/v1alpha/token/", bearer=token).status_code == 401, "a password is required"
    assert server.post("/v1alpha/introspect", bearer=token, data={"token": str(other)}).status_code == 401
    assert server.post("/v1alpha/revoke", bearer=token, data={"token": str(other)}).status_code == 401
    owner.patch(f"/v1alpha/token/{token.id}", {"enabled": False})
    assert ask("/a") == 401
    owner.patch(f"/v1alpha/token/{token.id}", {"enabled": True, "allowed_from": ["::1"]})
    assert ask("/a") == 403
    owner.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["127.0.0.1"]})
    assert [ask("/a"), ask("/a")] == [200, 429]


def test_limit_is_checked_before_the_scope_and_after_the_address(start_server):
    server = start_server()
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", endpoints=["GET /elsewhere"], rate_limit="1/day")
    assert_error(server.get("/auth", bearer=token), 403, "insufficient_scope")
    assert statuses(server, token, 2) == [200, 429], "whoami needs no grant"
    assert_limited(server.get("/auth", bearer=token), "1/day", 86400, 86000)
    owner.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["::1"]})
    assert_error(server.get("/auth", bearer=token), 403, "address_not_allowed")
    owner.patch(f"/v1alpha/token/{token.id}", {"enabled": False})
    assert_error(server.get("/auth", bearer=token), 401, "invalid_token", DISABLED)


def test_call_that_requires_a_password_is_answered_as_for_any_other_token(server, owner):
    token = owner.mint("one", rate_limit="1/day")
    assert statuses(server, token, 2) == [200, 429]
    assert_error(server.get("/v1alpha/token/", bearer=token), 401, "unauthorized", PASSWORD_REQUIRED)


def test_token_beyond_its_limit_revokes_itself_and_does_not_introspect(server, owner):
    token = owner.mint("one", endpoints=["POST /v1alpha/introspect"], rate_limit="2/day")
    introspect = lambda: server.post("/v1alpha/introspect", bearer=token, data={"token": str(token), "method": "POST", "uri": "/v1alpha/introspect"})
    assert [introspect().json()["active"], introspect().json()["active"]] == [True, True]
    assert_limited(introspect(), "2/day", 43200, 43000)
    other = owner.mint("other")
    assert_limited(server.post("/v1alpha/revoke", bearer=token, data={"token": str(other)}), "2/day", 43200, 43000)
    assert owner.request("POST", "/v1alpha/introspect", data={"token": str(token), "method": "POST", "uri": "/v1alpha/introspect"}).json()["active"] is True
    assert server.post("/v1alpha/revoke", bearer=token, data={"token": str(token)}).json() == {}
    assert not server.accepts(token) and server.accepts(other)


# Decisions


@pytest.mark.parametrize("source, status", [("", 429), ("forwarded", 429), ("path", 429), ("original", 403)])
def test_decision_beyond_the_limit_is_429_and_403_for_nginx(start_server, source, status):
    server = start_server(env={"WARDER_DECISION_SOURCE": source} if source else {})
    token = server.person("admin", ADMIN_PASSWORD).mint("one", rate_limit="1/hour")
    assert server.get("/auth", bearer=token).status_code == 200
    assert_limited(server.get("/auth", bearer=token), "1/hour", 3600, 3500, status=status)
    assert_limited(server.get("/v1alpha/whoami", bearer=token), "1/hour", 3600, 3500)


def test_denial_is_logged_counted_and_a_use(start_server):
    server = start_server(config_text=DEBUG + LISTEN)
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="1/hour")
    assert statuses(server, token, 3) + statuses(server, token, 1, "/auth") == [200, 429, 429, 429]
    lines = eventually(lambda: [line for line in server.log().splitlines() if " event=denied " in line])
    fields = dict(field.split("=", 1) for field in lines[0].split())
    assert (fields["reason"], fields["surface"], fields["user"], fields["token"]) == ("rate_limited", "api", "admin", token.id)
    assert owner.get(f"/v1alpha/token/{token.id}?include=usage").json()["use_count"] == 4
    metrics = Metrics(server)
    metrics.becomes(2, "warder_denials_total", surface="api", reason="rate_limited")
    metrics.becomes(1, "warder_denials_total", surface="decision", reason="rate_limited")


# The gateway


@pytest.fixture
def forwarding(start_server, upstream):
    routes = route("/a", upstream.url) + route("/rpc", upstream.url, json_rpc=True) + route("/open", upstream.url, auth="none")
    return start_server(config_text=routes)


def test_gateway_forwards_as_many_requests_as_the_limit_says(forwarding, upstream):
    owner = forwarding.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="2/hour")
    assert statuses(forwarding, token, 3, "/a") == [200, 200, 429]
    assert_limited(forwarding.get("/a", bearer=token), "2/hour", 1800, 1700)
    assert forwarding.get("/open", bearer=token).status_code == 200
    assert len(upstream.requests) == 3


def test_batch_of_rpc_calls_counts_once_and_a_denied_one_not_at_all(forwarding, upstream):
    owner = forwarding.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", endpoints=["POST /rpc rpc:get*"], rate_limit="2/hour")
    calls = lambda *names: [{"jsonrpc": "2.0", "id": number, "method": name} for number, name in enumerate(names)]
    post = lambda body: forwarding.post("/rpc", bearer=token, data=json.dumps(body)).status_code
    assert [post(calls("get", "stop")), post([]), post({})] == [403, 400, 400]
    assert [post(calls("get", "getall", "get")), post(calls("get")), post(calls("get"))] == [200, 200, 429]
    assert len(upstream.requests) == 2


def test_requests_that_the_gateway_denies_take_nothing(forwarding, upstream):
    owner = forwarding.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", endpoints=["/a"], rate_limit="1/hour")
    assert statuses(forwarding, token, 1, "/a/b") == [403]
    assert statuses(forwarding, token, 1, "/a", headers={"Destination": "/a//b"}) == [403]
    assert statuses(forwarding, token, 1, "/a", headers={"Via": "1.1 warder, 1.1 warder, 1.1 warder"}) == [508]
    assert statuses(forwarding, token, 2, "/a") == [200, 429]


def test_stream_in_flight_outlives_the_limit(forwarding, upstream):
    owner = forwarding.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="1/hour")
    peers = []

    def answer(request, peer):
        peers.append(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"first"))

    upstream.answer = answer
    with forwarding.wire() as wire:
        wire.send(f"GET /a HTTP/1.1\r\nHost: warder.test\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        assert wire.receive_head().status == 200 and wire.chunk() == b"first"
        assert statuses(forwarding, token, 1, "/a") == [429]
        wire.socket.settimeout(0.7)
        with pytest.raises(TimeoutError):
            wire.socket.recv(1)
        wire.socket.settimeout(20)
        peers[0].send(chunk(b"last") + b"0\r\n\r\n")
        assert wire.chunk() == b"last" and wire.chunk() == b""


# Stores and commands


def test_command_line_sets_and_shows_the_limit(server, owner):
    created = server.cli("token", "create", "--user", "admin", "--description", "one", "--life", "1 hour", "--rate", "2 per Day", "--json")
    minted = json.loads(created.stdout)
    assert minted["rate_limit"] == "2/day"
    token_id = minted["jwt_token_id"]
    assert "\nRate limit   2/day\n" in server.cli("token", "show", token_id).stdout
    assert statuses(server, minted["jwt_token"], 3) == [200, 200, 429]

    assert json.loads(server.cli("token", "set", token_id, "--rate", "1/hour", "--json").stdout)["rate_limit"] == "1/hour"
    assert statuses(server, minted["jwt_token"], 2) == [200, 429]
    assert "rate_limit" not in json.loads(server.cli("token", "set", token_id, "--no-rate", "--json").stdout)
    assert statuses(server, minted["jwt_token"], 3) == [200] * 3
    assert server.cli("token", "set", token_id, "--no-rate", "--rate", "1/hour").returncode == 2

    refused = server.cli("token", "set", token_id, "--rate", "5/fortnight")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith('warder: Invalid rate limit "5/fortnight": write N/UNIT')


@pytest.mark.parametrize("store", ["users-json"], indirect=True)
def test_users_json_keeps_the_limit_as_a_property_of_the_token(store, server, owner, tmp_path):
    token = owner.mint("one")
    before = (text := lambda: store_file("users-json", tmp_path).read_text())()
    set_rate(owner, token, "5 per minute")
    entries = [entry for user in json.loads(text()) for entry in user.get("jwt_tokens", {}).values()]
    assert [entry["rate_limit"] for entry in entries] == ["5/minute"]
    set_rate(owner, token, None)
    assert text() == before


def test_database_with_a_damaged_limit_does_not_accept_the_token(start_server):
    server = start_server()
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="5/minute")
    assert server.accepts(token)
    server.stop()
    execute(server.data_dir / "warder.db", "UPDATE tokens SET policy = ?", '{"rate_limit":"0/minute"}')
    server.start()
    assert not server.accepts(token)
