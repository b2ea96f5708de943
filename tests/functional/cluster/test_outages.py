# SPDX-License-Identifier: MIT
"""Decisions go on for `max_staleness` without the database; then tokens are refused, until the node has caught up by itself."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from support.cluster import STALENESS, soon
from support.server import START_SECONDS
from support.tcp_gate import TcpGate
from support.upstream import route
from support.waiting import eventually

MINT = {"jwt_token_description": "refused", "jwt_token_life": "6 minutes"}


@pytest.fixture
def gate(postgres):
    with TcpGate(postgres.port) as gate:
        yield gate
        gate.restore()


def assert_is_stale(node, token):
    for path in ("/auth", "/v1alpha/whoami"):
        answer = node.get(path, bearer=token)
        assert answer.status_code == 503 and "database" in answer.text, answer.text
        assert 1 <= int(answer.headers["Retry-After"]) <= 60


def accepts_until_stale(node, token, began):
    """Asks until the node refuses. Returns for how long it accepted the token. No decision waits for the database."""
    status = 200
    while status == 200:
        asked = time.monotonic()
        status = node.auth(token)
        assert time.monotonic() - asked < 1.0
        assert time.monotonic() - began < STALENESS + 2
    return time.monotonic() - began


def recovers(node, token):
    eventually(lambda: node.auth(token) == 200 and node.is_ready())


def test_killed_database_leaves_decisions_unchanged_until_the_index_is_stale(cluster, postgres, upstream):
    nodes = cluster.start(2, more=route("/a", upstream.url))
    first = nodes[0]
    token, revoked = first.admin.mint("one"), first.admin.mint("two")
    first.admin.delete(f"/v1alpha/token/{revoked.id}")
    for node in nodes:
        soon(lambda node=node: node.accepts(token) and not node.accepts(revoked))
    began = time.monotonic()
    postgres.kill()
    assert [first.auth(token), first.auth(revoked), nodes[1].auth(token), nodes[1].auth(revoked)] == [200, 401, 200, 401]
    assert first.admin.post("/v1alpha/token/", MINT).status_code == 503
    assert accepts_until_stale(nodes[1], token, began) >= STALENESS - 1
    for node in nodes:
        eventually(lambda node=node: node.auth(token) == 503)
        assert_is_stale(node, token)
        assert node.auth(revoked) == 503
        gateway = node.get("/a", bearer=token)
        assert gateway.status_code == 503 and gateway.headers["Retry-After"]
        assert not node.is_ready() and node.get("/healthz/liveness").status_code == 200
        assert node.admin.post("/v1alpha/token/", MINT).status_code == 503
        assert node.admin.get("/v1alpha/token/").status_code == 503
        assert "stale_index" in node.log()
    postgres.start()
    for node in nodes:
        recovers(node, token)
        assert node.get("/a", bearer=token).status_code == 200
        assert not node.accepts(revoked)
    eventually(lambda: list(first.admin.tokens()) == [token.id])


def test_restarted_database_interrupts_no_decision_and_loses_no_change(nodes, postgres):
    first, second = nodes
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    postgres.kill()
    assert second.auth(token) == 200
    postgres.start()
    eventually(lambda: first.admin.delete(f"/v1alpha/token/{token.id}").status_code == 200)
    assert not first.accepts(token)
    eventually(lambda: second.auth(token) == 401)


def test_paused_database_makes_tokens_refused_and_is_followed_again(nodes, postgres):
    first, second = nodes
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    began = time.monotonic()
    postgres.pause()
    assert accepts_until_stale(second, token, began) >= STALENESS - 1
    assert_is_stale(second, token)
    postgres.resume()
    recovers(second, token)
    recovers(first, token)


def test_node_whose_connections_are_cut_recovers(cluster, gate):
    first, second = cluster.start(), cluster.start(url=cluster.url(port=gate.port))
    token, other = first.admin.mint("one"), first.admin.mint("two")
    soon(lambda: second.accepts(token))
    gate.cut()
    first.admin.delete(f"/v1alpha/token/{token.id}")
    eventually(lambda: second.auth(token) == 503 and second.auth(other) == 503)
    assert first.auth(other) == 200 and first.auth(token) == 401
    assert second.admin.post("/v1alpha/token/", MINT).status_code == 503
    gate.restore()
    recovers(second, other)
    assert second.auth(token) == 401


def test_node_behind_a_silent_network_refuses_tokens_and_recovers(cluster, gate):
    first, second = cluster.start(), cluster.start(url=cluster.url(port=gate.port))
    token, other = first.admin.mint("one"), first.admin.mint("two")
    soon(lambda: second.accepts(token))
    began = time.monotonic()
    gate.blackhole()
    first.admin.delete(f"/v1alpha/token/{token.id}")
    revoked = time.monotonic()
    accepts_until_stale(second, token, began)
    assert_is_stale(second, other)
    gate.restore()
    # What was on its way when the network fell silent proves that the index is as old as that, and no older than allowed.
    status = None
    while status != 401:
        asked = time.monotonic()
        status = second.auth(token)
        assert status != 200 or asked - revoked <= STALENESS
        assert asked - revoked < 30
    recovers(second, other)


def test_node_behind_a_slow_network_follows_changes(cluster, gate):
    # Proving that the index is fresh takes several round trips.
    first, second = cluster.start(), cluster.start(url=cluster.url(port=gate.port), max_staleness=5)
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    gate.delay = 0.1
    first.admin.delete(f"/v1alpha/token/{token.id}")
    eventually(lambda: not second.accepts(token), 3)
    new = second.admin.mint("two")
    assert second.auth(new) == 200
    soon(lambda: first.auth(new) == 200)


def test_stopped_node_refuses_a_token_revoked_meanwhile_from_its_first_request_on(nodes):
    first, second = nodes
    token, other = first.admin.mint("one"), first.admin.mint("two")
    soon(lambda: second.accepts(token) and second.accepts(other))
    second.pause()
    first.admin.delete(f"/v1alpha/token/{token.id}")
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began > STALENESS)
    second.resume()
    statuses = [second.auth(token)]
    eventually(lambda: statuses.append(second.auth(token)) or statuses[-1] == 401)
    assert set(statuses) <= {401, 503}, statuses
    eventually(lambda: second.auth(other) == 200)


@pytest.fixture
def waiting(cluster, postgres):
    """A node that was started while the database was away, and a token that was minted before."""
    first = cluster.start()
    token = first.admin.mint("one")
    first.stop()
    postgres.stop()
    node = cluster.make()
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(node.start)
        eventually(lambda: "waiting_for_store" in node.log())
        yield node, token
        if not postgres.is_up():
            postgres.start()
        started.result(START_SECONDS)


def test_node_started_while_the_database_is_away_serves_once_it_is_back(waiting, postgres):
    node, token = waiting
    assert node.is_running()
    postgres.start()
    eventually(lambda: any("listening on" in line for line in node.lines))
    recovers(node, token)


def test_node_that_waits_for_the_database_says_so_by_readiness(waiting):
    node, token = waiting
    eventually(lambda: any("listening on" in line for line in node.lines), 3)
    assert node.get("/healthz/readiness").status_code == 503
    assert node.get("/healthz/liveness").status_code == 200
    assert node.auth(token) == 503


def test_management_api_reads_503_and_recovers_with_the_database(nodes, postgres):
    first = nodes[0]
    first.admin.mint("one")
    postgres.stop()
    eventually(lambda: first.admin.get("/v1alpha/token/").status_code == 503)
    postgres.start()
    eventually(lambda: first.admin.get("/v1alpha/token/").status_code == 200)


@pytest.mark.parametrize("command", [["key", "rotate"], ["token", "list"], ["user", "list"], ["check"]], ids=" ".join)
def test_command_without_the_database_fails_and_names_it(cluster, postgres, command):
    node = cluster.make()
    postgres.stop()
    result = node.cli(*command)
    assert result.returncode == 1, result
    assert "store postgresql: can't connect" in result.stdout + result.stderr and "battery" not in result.stdout + result.stderr


def test_schema_that_is_dropped_makes_tokens_refused(cluster, nodes):
    token = nodes[0].admin.mint("one")
    soon(lambda: nodes[1].accepts(token))
    cluster.sql("DROP SCHEMA warder CASCADE")
    for node in nodes:
        eventually(lambda node=node: node.auth(token) == 503)
        assert not node.is_ready()


@pytest.mark.parametrize("is_same_database", [True, False], ids=["same database", "another database"])
def test_open_transaction_of_another_program_delays_no_change(cluster, nodes, postgres, is_same_database):
    first, second = nodes
    with postgres.session(cluster.database if is_same_database else "postgres") as session:
        session.sql("BEGIN; CREATE TABLE not_committed (n int); SELECT pg_current_xact_id()")
        token = first.admin.mint("one")
        soon(lambda: second.accepts(token))
        first.admin.delete(f"/v1alpha/token/{token.id}")
        soon(lambda: not second.accepts(token))


def test_lost_session_that_listens_is_replaced(cluster, nodes, postgres):
    first, second = nodes
    for number in range(3):
        cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'warder' AND datname = current_database()")
        token = eventually(lambda number=number: (answer := first.admin.post("/v1alpha/token/", {**MINT, "jwt_token_description": f"{number}"})).status_code == 201 and answer).json()["jwt_token"]
        soon(lambda token=token: second.auth(token) == 200)


def test_waiting_for_the_database_costs_no_processor_time(cluster, postgres):
    node = cluster.start()
    postgres.stop()
    eventually(lambda: "changes_not_followed" in node.log())

    def used():
        with open(f"/proc/{node.process.pid}/stat") as file:
            return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")

    # By then, attempts to connect are as rare as they get.
    eventually(lambda: not node.is_ready())
    before, began = used(), time.monotonic()
    eventually(lambda: time.monotonic() - began > 2)
    assert used() - before < 0.1


@pytest.mark.parametrize("fault", ["cut", "blackhole"])
def test_node_without_the_database_stops_in_time(cluster, gate, fault):
    node = cluster.start(url=cluster.url(port=gate.port))
    getattr(gate, fault)()
    eventually(lambda: not node.is_ready())
    node.terminate()
    assert node.wait(15) == 0


def test_change_during_a_silent_network_is_answered_truthfully(cluster, gate):
    first, second = cluster.start(), cluster.start(url=cluster.url(port=gate.port))
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    gate.blackhole()
    try:
        status = second.admin.post("/v1alpha/token/", MINT).status_code
    except requests.ConnectionError:
        status = None
    gate.restore()
    eventually(second.is_ready, 30)
    descriptions = {entry["jwt_token_description"] for entry in first.admin.tokens().values()}
    assert status in (503, None)
    if status == 503:
        assert descriptions == {"one"}
