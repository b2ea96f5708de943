# SPDX-License-Identifier: MIT
"""`warder token revoke --wait` returns when every node refuses the token, or says which may not."""

import json
import os
import re
import signal
import socket
from datetime import datetime, timezone

import pytest
from support.cluster import soon
from support.server import ADMIN_PASSWORD

PATIENT = 30  # seconds of staleness, so that a node counts as live for longer than the command waits


def on_host(name):
    """Returns what runs a command on a machine of this name, as far as the command can tell."""
    return ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--uts", "sh", "-c", f'hostname {name} && exec "$@"', "sh"]


def start(cluster, count=2):
    """Starts nodes whose names are `node0`, `node1`, …"""
    return [cluster.start(max_staleness=PATIENT, launcher=on_host(f"node{number}")) for number in range(count)]


def minted(nodes, description):
    """Returns a token that every node accepts."""
    token = nodes[0].admin.mint(description)
    for node in nodes:
        soon(lambda node=node: node.auth(token) == 200)
    return token


def named(number):
    """Returns the name of a node as a regular expression: it has the node's address, too."""
    return rf"node{number} \(127\.0\.0\.1:\d+\)"


def revoke(node, *arguments, **options):
    return node.cli("token", "revoke", "--wait", *arguments, **options)


def test_command_returns_when_every_node_refuses_the_token(cluster):
    nodes = start(cluster, 3)
    token = minted(nodes, "one")
    done = revoke(nodes[0], token.id)
    assert [node.auth(token) for node in nodes] == [401, 401, 401]
    assert (done.returncode, done.stderr) == (0, "")
    applied = [rf"{named(number)} after \d+ ms" for number in range(3)]
    assert re.fullmatch(f"refused by {', '.join(applied)}\n", done.stdout), done.stdout

    token = minted(nodes, "two")
    done = revoke(nodes[0], "--stdin", "--json", stdin=token)
    assert [node.auth(token) for node in nodes] == [401, 401, 401]
    body = json.loads(done.stdout)
    assert list(body) == ["message", "nodes"] and body["message"] == "Token deleted"
    assert all(re.fullmatch(named(number), node["name"]) for number, node in enumerate(body["nodes"])) and len(body["nodes"]) == 3
    assert all(node["applied_in_ms"] < 5000 for node in body["nodes"])
    # Its barrier is gone, so no node repeats it for ever.
    assert cluster.sql("SELECT count(*) FROM warder.waits") == "0"


def test_command_names_the_node_that_may_accept_the_token_and_until_when(cluster):
    nodes = start(cluster)
    token, other = minted(nodes, "one"), minted(nodes, "two")
    nodes[1].pause()
    began = datetime.now(timezone.utc)
    done = revoke(nodes[0], "--stdin", stdin=token)
    assert done.returncode == 1
    assert re.fullmatch(rf"revoked token {token.id} of admin\nrefused by {named(0)} after \d+ ms\n", done.stdout), done.stdout
    said = re.fullmatch(rf"warder: the token is revoked, but it is not known whether every node refuses it; {named(1)} accepts no tokens after (\S+)\n", done.stderr)
    assert said, done.stderr
    time_left = datetime.fromisoformat(said.group(1).replace("Z", "+00:00")) - began
    assert PATIENT <= time_left.total_seconds() <= PATIENT + 10

    done = revoke(nodes[0], other.id, "--json")
    assert done.returncode == 1
    body = json.loads(done.stdout)
    (applied,), (pending,) = body["nodes"], body["pending"]
    assert re.fullmatch(named(0), applied["name"]) and re.fullmatch(named(1), pending["name"])
    assert json.loads(done.stderr)["error"] == "unconfirmed"
    assert nodes[0].auth(token) == nodes[0].auth(other) == 401
    nodes[1].resume()
    soon(lambda: nodes[1].auth(token) == nodes[1].auth(other) == 401)


def test_command_without_live_nodes_says_that_no_server_runs(cluster):
    nodes = start(cluster)
    token = minted(nodes, "one")
    for node in nodes:
        node.stop()
    done = revoke(nodes[0], token.id)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no server is running\n", "")
    nodes[0].start()
    assert nodes[0].auth(token) == 401


# A store of one server


@pytest.fixture
def server(start_with_store):
    return start_with_store()


@pytest.fixture
def owner(server):
    return server.person("admin", ADMIN_PASSWORD)


def test_command_waits_for_the_one_server_of_a_local_store(server, owner):
    token, other = owner.mint("one"), owner.mint("two")
    done = revoke(server, token.id)
    assert not server.accepts(token)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"refused by {re.escape(socket.gethostname())} after \d+ ms\n", done.stdout), done.stdout

    done = revoke(server, other.id, "--json")
    assert not server.accepts(other)
    body = json.loads(done.stdout)
    assert list(body) == ["message", "nodes"] and [node["name"] for node in body["nodes"]] == [socket.gethostname()]


def test_command_says_that_no_server_of_a_local_store_runs(server, owner):
    token, other = owner.mint("one"), owner.mint("two")
    server.stop()
    done = revoke(server, token.id)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no server is running\n", "")
    assert json.loads(revoke(server, other.id, "--json").stdout) == {"message": "Token deleted", "nodes": []}


def test_command_fails_if_the_server_of_a_local_store_cannot_be_asked(server, owner):
    token = owner.mint("one")
    (server.data_dir / "warder.sock").unlink()
    done = revoke(server, token.id)
    assert (done.returncode, done.stdout) == (1, "")
    assert "its control socket is missing" in done.stderr


def test_command_fails_if_the_server_of_a_local_store_does_not_answer(server, owner):
    token = owner.mint("one")
    server.process.send_signal(signal.SIGSTOP)
    try:
        done = revoke(server, token.id)
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "warder: the change is stored, but the running server did not confirm the reload within 2 seconds\n"
    soon(lambda: owner.get(f"/v1alpha/token/{token.id}").status_code == 404)


def test_unknown_token_fails_without_waiting(server):
    done = revoke(server, "5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10", "--json")
    assert (done.returncode, done.stdout, json.loads(done.stderr)["error"]) == (1, "", "unknown_token")
