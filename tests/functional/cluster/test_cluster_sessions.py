# SPDX-License-Identifier: MIT
"""A session of the web UI holds on every node: whichever began it, from the first request on, until any of them ends it."""

import hashlib
import itertools
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from support.clock import set_clock, write_offset
from support.cluster import soon
from support.cluster_pages import PASSWORD, SLOW, add_alice, listed, on, pages_on, sign_in, stored_sessions
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.tcp_gate import TcpGate
from support.ui_client import PLAIN, UiClient
from support.waiting import eventually

MINT = {"jwt_token_life": "6 minutes"}


@pytest.fixture
def nodes(cluster):
    return cluster.start(3)


def assert_ended(page):
    assert_error(page.get("/v1alpha/session"), 401, "unauthorized")


# From one node to the others


def test_session_is_known_to_every_node_from_the_first_request_on(nodes):
    for number in range(30):
        page = sign_in(nodes[number % 3])
        for other in pages_on(nodes[number % 3 + 1 :] + nodes[: number % 3], page):
            answer = other.get("/v1alpha/session")
            assert answer.status_code == 200, answer.text
            assert answer.json()["username"] == "admin" and answer.json()["csrf_token"] == page.csrf


def test_csrf_token_of_a_session_is_valid_on_every_node_and_still_needed(nodes):
    page = sign_in(nodes[0])
    for number, other in enumerate(pages_on(nodes, page)):
        body = {**MINT, "jwt_token_description": f"by page {number}"}
        assert_error(other.request("POST", "/v1alpha/token/", json=body, headers={"X-Warder-CSRF": None}), 403, "csrf")
        assert_error(other.request("POST", "/v1alpha/token/", json=body, headers={"X-Warder-CSRF": secrets.token_urlsafe(32)}), 403, "csrf")
        assert other.post("/v1alpha/token/", body).status_code == 201


def test_request_with_a_body_finds_a_session_that_the_node_did_not_know(cluster):
    first, second = cluster.start(2, **SLOW)
    page = on(second, sign_in(first))
    assert page.post("/v1alpha/token/", {**MINT, "jwt_token_description": "by page"}).status_code == 201


def test_node_that_has_not_heard_of_the_session_asks_for_it(cluster):
    nodes = cluster.start(3, **SLOW)
    for node, other in itertools.permutations(nodes, 2):
        assert on(other, sign_in(node)).is_signed_in()


def test_node_that_has_not_heard_of_the_user_asks_for_both(cluster):
    first, second = cluster.start(2, **SLOW)
    add_alice(first)
    page = on(second, sign_in(first, "alice", PASSWORD))
    answer = page.get("/v1alpha/session")
    assert answer.status_code == 200, answer.text
    assert answer.json()["username"] == "alice"


def test_node_that_has_not_heard_of_the_new_password_asks_for_it(cluster):
    first, second = cluster.start(2, **SLOW)
    add_alice(first)
    before = sign_in(first, "alice", PASSWORD)
    assert on(second, before).is_signed_in()
    assert first.admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200
    assert on(second, sign_in(first, "alice", "another password")).is_signed_in()
    assert not on(second, before).is_signed_in()


def test_rights_of_a_session_are_those_that_the_user_has_now(nodes):
    first, second, third = nodes
    add_alice(first, second)
    page = sign_in(second, "alice", PASSWORD)
    assert_error(on(third, page).get("/v1alpha/users/"), 403, "forbidden")
    first.admin.patch("/v1alpha/users/alice", {"is_admin": True})
    for other in pages_on(nodes, page):
        soon(lambda other=other: other.get("/v1alpha/users/").status_code == 200)


def test_session_holds_on_nodes_that_ask_for_changes(cluster):
    nodes = cluster.start(2, poll="0.2 s")
    page = sign_in(nodes[0])
    assert on(nodes[1], page).is_signed_in()
    assert on(nodes[1], page).delete("/v1alpha/session").status_code == 200
    soon(lambda: not page.is_signed_in())


def test_session_outlives_a_restart_of_all_nodes(cluster, nodes):
    page = sign_in(nodes[0])
    for node in nodes:
        node.stop()
    for node in nodes:
        node.start()
    assert all(other.is_signed_in() for other in pages_on(nodes, page))
    assert on(nodes[2], page).delete("/v1alpha/session").status_code == 200


def test_session_holds_on_a_node_that_starts_later(cluster, nodes):
    page = sign_in(nodes[0])
    assert on(cluster.start(), page).is_signed_in()


# The end


def test_sign_out_on_one_node_ends_the_session_on_all(nodes):
    page, other = sign_in(nodes[0]), sign_in(nodes[0])
    pages = pages_on(nodes, page)
    assert all(one.is_signed_in() for one in pages)
    assert pages[1].delete("/v1alpha/session").json() == {"message": "Signed out"}
    assert_ended(pages[1])
    for one in pages:
        soon(lambda one=one: not one.is_signed_in())
        assert_ended(one)
    assert all(one.is_signed_in() for one in pages_on(nodes, other))


def test_sign_in_ends_the_session_of_the_request_on_all_nodes(cluster, nodes):
    page = sign_in(nodes[0])
    before = pages_on(nodes, page)
    again = on(nodes[1], page)
    again.sign_in("admin", ADMIN_PASSWORD)
    for one in before:
        soon(lambda one=one: not one.is_signed_in())
    assert all(one.is_signed_in() for one in pages_on(nodes, again))
    assert stored_sessions(cluster) == 1


@pytest.mark.parametrize("end", ["own password", "password", "deletion"])
def test_change_of_the_user_on_one_node_ends_their_sessions_on_all(cluster, nodes, end):
    first, second, third = nodes
    add_alice(first, second)
    page, other, admin = sign_in(first, "alice", PASSWORD), sign_in(second, "alice", PASSWORD), sign_in(third)
    assert all(one.is_signed_in() for one in pages_on(nodes, page) + pages_on(nodes, other))
    if end == "own password":
        body = {"password": "another password", "current_password": PASSWORD}
        assert on(third, page).request("PUT", "/v1alpha/users/alice/password", json=body).status_code == 200
    elif end == "password":
        assert third.admin.put("/v1alpha/users/alice/password", {"password": PASSWORD}).status_code == 200
    else:
        assert third.admin.delete("/v1alpha/users/alice").status_code == 200
        add_alice(third)
    for one in pages_on(nodes, page) + pages_on(nodes, other):
        soon(lambda one=one: not one.is_signed_in())
    assert all(one.is_signed_in() for one in pages_on(nodes, admin))
    assert stored_sessions(cluster) == 1


def test_session_beyond_50_ends_the_oldest_of_the_user_on_all_nodes(cluster, nodes):
    add_alice(*nodes)
    admin = sign_in(nodes[0])
    pages = [sign_in(nodes[number % 3], "alice", PASSWORD) for number in range(51)]
    for one in pages_on(nodes, pages[0]):
        soon(lambda one=one: not one.is_signed_in())
    assert all(on(nodes[number % 2], page).is_signed_in() for number, page in enumerate(pages[1:]))
    assert admin.is_signed_in()
    assert stored_sessions(cluster) == 51


# Time


@pytest.fixture
def clock_file(tmp_path):
    file = tmp_path / "offset"
    write_offset(file, "+0")
    return file


@pytest.fixture
def nodes_with_clock(cluster, clock_file):
    """Nodes whose wall clock the test sets."""
    nodes = [cluster.make() for _ in range(3)]
    for node in nodes:
        set_clock(node, clock_file)
        node.start()
    return nodes


def last_use(cluster):
    """Returns how many minutes the stored last use of the only session is after its beginning."""
    return int(cluster.sql("SELECT (used_at - begun_at) / 60000 FROM warder.sessions"))


def minutes_between(begin, end):
    return (datetime.fromisoformat(end.rstrip("Z")) - datetime.fromisoformat(begin.rstrip("Z"))).total_seconds() // 60


def test_session_in_use_on_one_node_is_not_idle_on_another(cluster, nodes_with_clock, clock_file):
    first, second, third = nodes_with_clock
    page = sign_in(first)
    write_offset(clock_file, "+25m")
    assert page.is_signed_in()
    eventually(lambda: last_use(cluster) in (24, 25))
    (session,) = listed(second.admin)
    assert minutes_between(session["created_at"], session["last_used_at"]) in (24, 25), "of the use on another node"
    assert minutes_between(session["created_at"], session["expires_at"]) in (54, 55)
    write_offset(clock_file, "+50m")
    assert on(second, page).is_signed_in()
    (session,) = listed(second.admin)
    assert minutes_between(session["created_at"], session["last_used_at"]) in (49, 50), "of the use that is not stored yet"
    eventually(lambda: last_use(cluster) in (49, 50))
    write_offset(clock_file, "+75m")
    assert on(third, page).is_signed_in() and page.is_signed_in()


def test_session_that_no_node_uses_ends_on_all(cluster, nodes_with_clock, clock_file):
    page = sign_in(nodes_with_clock[0])
    write_offset(clock_file, "+29m")
    assert on(nodes_with_clock[1], page).is_signed_in()
    eventually(lambda: last_use(cluster) in (28, 29))
    write_offset(clock_file, "+60m")
    assert listed(nodes_with_clock[0].admin) == []
    for one in pages_on(nodes_with_clock, page):
        assert_ended(one)


def test_session_in_use_ends_on_all_nodes_at_its_absolute_limit(cluster, nodes_with_clock, clock_file):
    page = sign_in(nodes_with_clock[0])
    cluster.sql("UPDATE warder.sessions SET used_at = used_at + 11 * 3600000 + 3000000")  # as if another node had used it all the time
    write_offset(clock_file, "+719m")
    assert all(one.is_signed_in() for one in pages_on(nodes_with_clock, page))
    write_offset(clock_file, "+721m")
    for one in pages_on(nodes_with_clock, page):
        assert_ended(one)


@pytest.mark.parametrize("column", ["used_at", "begun_at"])
def test_ended_sessions_are_deleted_from_the_database(cluster, nodes, column):
    sign_in(nodes[0])
    kept = sign_in(nodes[1])
    digest = hashlib.sha256(kept.id.encode()).hexdigest()
    cluster.sql(f"UPDATE warder.sessions SET {column} = {column} - 13 * 3600000 WHERE id_digest <> '\\x{digest}'")
    eventually(lambda: cluster.sql("SELECT encode(id_digest, 'hex') FROM warder.sessions") == digest)
    assert on(nodes[2], kept).is_signed_in()


def test_purge_keeps_the_newest_10000_sessions(cluster, nodes):
    kept = sign_in(nodes[0])
    cluster.sql(
        "INSERT INTO warder.sessions (id_digest, owner, password_digest, begun_at, used_at) "
        "SELECT sha256(number::text::bytea), owner, password_digest, begun_at, used_at FROM warder.sessions, generate_series(1, 10200) number"
    )
    eventually(lambda: stored_sessions(cluster) == 10000)
    newest = "SELECT count(*) FROM warder.sessions WHERE id_digest IN (SELECT sha256(number::text::bytea) FROM generate_series(201, 10200) number)"
    assert cluster.sql(newest) == "10000", "the oldest go"
    soon(lambda: not kept.is_signed_in())


# What the database has


def test_database_has_neither_the_id_nor_the_csrf_token_of_a_session(cluster, nodes):
    page = sign_in(nodes[0])
    assert cluster.sql("SELECT encode(id_digest, 'hex') FROM warder.sessions") == hashlib.sha256(page.id.encode()).hexdigest()
    tables = cluster.sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'warder'::regnamespace").splitlines()
    content = "".join(cluster.sql(f"SELECT t::text FROM warder.{table} t") for table in tables)
    for secret in (page.id, page.csrf):
        assert secret not in content and secret.encode().hex() not in content
    for node in nodes:
        assert page.id not in node.log() and page.csrf not in node.log()


# Unknown ids


def test_unknown_id_is_no_session_on_any_node(nodes):
    for node in nodes:
        for value in (secrets.token_urlsafe(32), "A" * 43, "A" * 42, "x", "\\", "é" * 43, "A" * 4000):
            page = UiClient(node)
            page.cookie = f"{PLAIN}={value}".encode()
            assert_ended(page)


def test_flood_of_unknown_ids_ends_no_session_and_passes(nodes):
    first, second, _ = nodes
    known = sign_in(second)
    assert known.is_signed_in()

    def guess(_):
        page = UiClient(second)
        page.cookie = f"{PLAIN}={secrets.token_urlsafe(32)}"
        return [page.get("/v1alpha/session").status_code for _ in range(20)]

    with ThreadPoolExecutor(40) as pool:
        guesses = [pool.submit(guess, number) for number in range(40)]
        while not all(one.done() for one in guesses):
            assert known.is_signed_in()
            # At worst, the node is too busy to tell; it never says that there is no session.
            assert on(second, sign_in(first)).get("/v1alpha/session").status_code in (200, 503)
        assert {status for one in guesses for status in one.result()} <= {401, 503}
    assert on(second, sign_in(first)).is_signed_in()


# Without the database


@pytest.fixture
def gate(postgres):
    with TcpGate(postgres.port) as gate:
        yield gate
        gate.restore()


def test_known_sessions_work_without_the_database_until_the_index_is_stale(cluster, gate):
    near, far = cluster.start(), cluster.start(url=cluster.url(port=gate.port), max_staleness=6)
    page, other = sign_in(near), sign_in(near)
    known = on(far, page)
    assert known.is_signed_in()
    gate.cut()
    assert known.is_signed_in()
    unknown = UiClient(far)
    unknown.cookie = f"{PLAIN}={secrets.token_urlsafe(32)}"
    assert_error(unknown.get("/v1alpha/session"), 503, "unavailable")
    refused = UiClient(far).try_to_sign_in("admin", ADMIN_PASSWORD)
    assert refused.status_code == 503 and "Set-Cookie" not in refused.headers
    refused = known.delete("/v1alpha/session")
    assert refused.status_code == 503 and "Set-Cookie" not in refused.headers

    eventually(lambda: known.get("/v1alpha/session").status_code == 503)
    assert "database" in known.get("/v1alpha/session").text
    assert page.is_signed_in() and other.is_signed_in()
    gate.restore()
    soon(lambda: known.get("/v1alpha/session").status_code == 200)
    assert on(far, other).is_signed_in()


def test_sign_out_while_a_node_is_cut_off_holds_there_when_it_is_back(cluster, gate):
    near, far = cluster.start(), cluster.start(url=cluster.url(port=gate.port))
    page = sign_in(near)
    assert on(far, page).is_signed_in()
    gate.cut()
    assert page.delete("/v1alpha/session").status_code == 200
    eventually(lambda: not far.is_ready())
    gate.restore()
    soon(far.is_ready)
    assert_ended(on(far, page))


def test_sessions_survive_a_restart_of_the_database(cluster, nodes, postgres):
    page = sign_in(nodes[0])
    postgres.restart()
    for one in pages_on(nodes, page):
        soon(lambda one=one: one.get("/v1alpha/session").status_code == 200)
