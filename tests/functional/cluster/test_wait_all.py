# SPDX-License-Identifier: MIT
"""`DELETE /v1alpha/token/<id>?wait=all` answers when every node has applied the revocation, or says which have not."""

import os
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from support.cluster import soon
from support.server import ADMIN_PASSWORD
from support.tcp_gate import TcpGate

WAIT = {"wait": "all"}
PATIENT = 30  # seconds of staleness, so that a node counts as live for longer than a request waits


def revoke(node, token, **options):
    return node.admin.delete(f"/v1alpha/token/{token.id}", params=WAIT, **options)


def minted(nodes, description):
    """Returns a token that every node accepts."""
    token = nodes[0].admin.mint(description)
    for node in nodes:
        soon(lambda node=node: node.auth(token) == 200)
    return token


def names(nodes):
    """Returns the machines of the nodes, whose names also have their addresses."""
    matches = [re.fullmatch(r"(\w+) \(127\.0\.0\.1:[0-9]+\)", node["name"]) for node in nodes]
    assert all(matches), nodes
    return [match[1] for match in matches]


def start(cluster, count=3, *, poll="0", env=None, **options):
    """Starts nodes whose names are `node0`, `node1`, …"""
    options = {"max_staleness": PATIENT, **options}
    env = {"WARDER_CLUSTER_POLL": poll, **(env or {})}
    return [cluster.start(env=env, launcher=on_host(f"node{number}"), **options) for number in range(count)]


def on_host(name):
    """Returns what runs a command on a machine of this name, as far as the command can tell."""
    return ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--uts", "sh", "-c", f'hostname {name} && exec "$@"', "sh"]


def is_waiting(cluster):
    """Returns whether a node has stored a revocation and waits for the others."""
    return cluster.sql("SELECT count(*) FROM warder.waits") == "1"


@pytest.fixture
def gate(postgres):
    with TcpGate(postgres.port) as gate:
        yield gate
        gate.restore()


def assert_applied_everywhere(answer, count=3):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() == {"message", "nodes"} and body["message"] == "Token deleted"
    assert names(body["nodes"]) == [f"node{number}" for number in range(count)]
    assert all(node["applied_in_ms"] < 5000 for node in body["nodes"])
    assert min(node["applied_in_ms"] for node in body["nodes"]) == 0  # the one that answers


@pytest.mark.parametrize("poll", ["0", "0.1 s"])
def test_every_node_refuses_the_token_when_the_answer_comes(cluster, poll):
    nodes = start(cluster, poll=poll)
    is_over = threading.Event()

    def mint_meanwhile(node, number):
        count = 0
        while not is_over.is_set():
            node.admin.mint(f"meanwhile {number} {count}")
            count += 1

    with ThreadPoolExecutor(2) as pool:
        minting = [pool.submit(mint_meanwhile, node, number) for number, node in enumerate(nodes[1:])]
        try:
            for round_ in range(60 if poll == "0" else 20):
                token = minted(nodes, f"token {round_}")
                answer = revoke(nodes[round_ % 3], token)
                assert [node.auth(token) for node in nodes] == [401, 401, 401]
                assert_applied_everywhere(answer)
        finally:
            is_over.set()
        for one in minting:
            one.result()


def test_nodes_on_one_machine_are_told_apart_by_their_addresses(cluster):
    nodes = cluster.start(2)
    answer = revoke(nodes[0], minted(nodes, "one"))
    assert answer.status_code == 200, answer.text
    machine = socket.gethostname()
    assert sorted(node["name"] for node in answer.json()["nodes"]) == sorted(f"{machine} ({node.url.removeprefix('http://')})" for node in nodes)


def test_revocations_that_wait_at_once_do_not_wait_for_each_other(cluster):
    nodes = start(cluster)
    tokens = [minted(nodes, f"token {number}") for number in range(30)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda pair: revoke(nodes[pair[0] % 3], pair[1]), enumerate(tokens)))
    for answer in answers:
        assert_applied_everywhere(answer)


def test_stopped_node_is_named_with_the_time_from_which_it_accepts_no_tokens(cluster):
    nodes = start(cluster)
    token = minted(nodes, "one")
    nodes[2].pause()
    began = datetime.now(timezone.utc)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(revoke, nodes[0], token)
        soon(lambda: nodes[1].auth(token) == 401)
        other = nodes[1].admin.mint("while one waits")
        assert not waiting.done()
        answer = waiting.result()
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["message"] == "Token deleted"
    assert names(body["nodes"]) == ["node0", "node1"] and names(body["pending"]) == ["node2"]
    time_left = datetime.fromisoformat(body["pending"][0]["accepts_no_tokens_after"].replace("Z", "+00:00")) - began
    assert PATIENT <= time_left.total_seconds() <= PATIENT + 10
    assert nodes[0].auth(token) == nodes[1].auth(token) == 401
    assert nodes[0].auth(other) == 200
    nodes[2].resume()
    soon(lambda: nodes[2].auth(token) == 401)
    # The node that was behind is not waited for any longer than necessary.
    assert_applied_everywhere(revoke(nodes[0], other))


def test_killed_node_is_not_waited_for_once_it_counts_as_dead(cluster):
    nodes = start(cluster, max_staleness=2)
    token = minted(nodes, "one")
    nodes[2].kill()
    answer = revoke(nodes[0], token)
    assert_applied_everywhere(answer, 2)
    assert cluster.sql("SELECT count(*) FROM warder.nodes WHERE live_until > now()") == "2"


def test_stopped_server_is_not_waited_for(cluster):
    nodes = start(cluster)
    token = minted(nodes, "one")
    nodes[2].stop()
    assert_applied_everywhere(revoke(nodes[0], token), 2)


def test_node_that_joins_while_a_revocation_waits_refuses_the_token(cluster):
    nodes = start(cluster, 2)
    token, other = minted(nodes, "one"), minted(nodes, "two")
    nodes[1].pause()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(revoke, nodes[0], token)
        soon(lambda: is_waiting(cluster))
        late = cluster.start(max_staleness=PATIENT)
        assert late.auth(token) == 401 and late.auth(other) == 200
        nodes[1].resume()
        answer = waiting.result()
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["nodes"]) in (2, 3)


def test_lost_database_while_waiting_is_202_with_what_is_known(cluster, gate):
    # The last one is stopped, so that the request waits until the database is gone.
    others, first = start(cluster, 2), cluster.start(url=cluster.url(port=gate.port), max_staleness=PATIENT, launcher=on_host("node2"))
    token = minted([first, *others], "one")
    others[1].pause()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(revoke, first, token)
        soon(lambda: is_waiting(cluster))
        gate.cut()
        answer = waiting.result()
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert sorted(names(body["nodes"]) + names(body["pending"])) == ["node0", "node1", "node2"]
    assert ["node2"] == names([node for node in body["nodes"] if node["applied_in_ms"] == 0]) and "node1" in names(body["pending"])
    assert first.auth(token) == 401
    gate.restore()
    others[1].resume()
    soon(lambda: others[1].auth(token) == 401)


def test_silent_database_while_waiting_is_202(cluster, gate):
    others, first = start(cluster, 2), cluster.start(url=cluster.url(port=gate.port), max_staleness=PATIENT, launcher=on_host("node2"))
    token = minted([first, *others], "one")
    others[1].pause()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(revoke, first, token)
        soon(lambda: is_waiting(cluster))
        gate.blackhole()
        answer = waiting.result()
    assert answer.status_code == 202 and "node1" in names(answer.json()["pending"]), answer.text
    gate.restore()


def test_server_that_stops_while_a_request_waits_answers_it_at_once(cluster):
    # A request that goes on for longer is not answered.
    nodes = start(cluster, 2, env={"WARDER_DRAIN_TIMEOUT": "3 s"})
    token = minted(nodes, "one")
    nodes[1].pause()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(revoke, nodes[0], token)
        soon(lambda: is_waiting(cluster))
        nodes[0].stop()
        answer = waiting.result()
    assert answer.status_code == 202 and names(answer.json()["pending"]) == ["node1"], answer.text


def test_barrier_and_its_connection_go_when_nobody_waits(cluster):
    nodes = start(cluster, 2)
    connections = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warder' AND datname = current_database()"
    before = cluster.sql(connections)
    assert_applied_everywhere(revoke(nodes[0], minted(nodes, "one")), 2)
    soon(lambda: not is_waiting(cluster))
    soon(lambda: cluster.sql(connections) == before)


def test_unknown_token_is_404_whether_or_not_the_request_waits(nodes):
    token = nodes[0].admin.mint("one")
    assert revoke(nodes[0], token).status_code == 200
    again = revoke(nodes[0], token)
    assert again.status_code == 404 and again.json()["error"] == "unknown_token"


def test_rights_are_those_of_a_revocation_that_does_not_wait(nodes):
    first = nodes[0]
    assert first.admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"}).status_code == 201
    alice = first.person("alice", "the password of alice")
    token, own = first.admin.mint("of the administrator"), alice.mint("of alice")
    assert alice.delete(f"/v1alpha/token/{token.id}", params=WAIT).status_code == 404
    assert first.request("DELETE", f"/v1alpha/token/{own.id}", params=WAIT, bearer=own).status_code == 401
    assert first.request("DELETE", f"/v1alpha/token/{own.id}", params=WAIT).status_code == 401
    assert first.auth(token) == first.auth(own) == 200
    assert alice.delete(f"/v1alpha/token/{own.id}", params=WAIT).status_code == 200


@pytest.mark.parametrize("value", ["", "none", "ALL", "1", "all,all"])
def test_other_value_is_refused_before_anything_is_revoked(nodes, value):
    token = nodes[0].admin.mint("one")
    answer = nodes[0].admin.delete(f"/v1alpha/token/{token.id}", params={"wait": value})
    assert answer.status_code == 400 and answer.json() == {"message": 'The query parameter "wait" must be "all".', "error": "bad_field"}
    assert nodes[0].auth(token) == 200


def test_revocation_that_does_not_wait_answers_as_ever(nodes):
    token = nodes[0].admin.mint("one")
    answer = nodes[0].admin.delete(f"/v1alpha/token/{token.id}")
    assert answer.status_code == 200 and answer.json() == {"message": "Token deleted"}


def test_server_with_a_store_of_its_own_is_the_only_node(start_with_store):
    server = start_with_store(launcher=on_host("alone"))
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    answer = admin.delete(f"/v1alpha/token/{token.id}", params=WAIT)
    assert answer.status_code == 200
    assert answer.json() == {"message": "Token deleted", "nodes": [{"name": "alone", "applied_in_ms": 0}]}
    assert not server.accepts(token)
