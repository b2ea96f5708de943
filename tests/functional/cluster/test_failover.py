# SPDX-License-Identifier: MIT
"""A streaming standby takes the place of the primary, and the nodes follow it by themselves."""

import pytest
from support.cluster import Cluster, soon
from support.postgres import PASSWORD, USER, Postgres
from support.waiting import eventually


@pytest.fixture
def primary():
    with Postgres() as server:
        yield server


@pytest.fixture
def standby(primary):
    with primary.make_standby() as server:
        yield server


@pytest.fixture
def nodes(primary, standby, tmp_path):
    cluster = Cluster(primary, primary.create_database("warder"), tmp_path)
    secret = PASSWORD.replace(" ", "%20")
    yield cluster.start(2, url=f"postgresql://{USER}:{secret}@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/warder")
    cluster.end()


def fail_over(primary, standby):
    eventually(lambda: standby.has_replayed(primary))
    primary.kill()
    standby.promote()


def mint(node, description):
    """Mints a token, as a client that repeats what was answered with 503 does."""
    body = {"jwt_token_description": description, "jwt_token_life": "6 minutes"}
    answer = eventually(lambda: (answer := node.admin.post("/v1alpha/token/", body)).status_code != 503 and answer)
    assert answer.status_code == 201, answer.text
    return answer.json()["jwt_token"]


def test_nodes_follow_the_promoted_standby_and_no_acknowledged_change_is_lost(nodes, primary, standby):
    first, second = nodes
    kept, revoked, narrowed = (first.admin.mint(name) for name in ("kept", "revoked", "narrowed"))
    soon(lambda: all(second.accepts(token) for token in (kept, revoked, narrowed)))
    first.admin.delete(f"/v1alpha/token/{revoked.id}")
    first.admin.patch(f"/v1alpha/token/{narrowed.id}", {"endpoints": ["GET /a"]})
    fail_over(primary, standby)
    new = mint(first, "after")
    for node in nodes:
        eventually(lambda node=node: node.is_ready() and node.auth(new) == 200)
        assert [node.auth(kept), node.auth(revoked), node.auth(narrowed, "/a"), node.auth(narrowed, "/b")] == [200, 401, 200, 403]
    assert {entry["jwt_token_description"] for entry in second.admin.tokens().values()} == {"kept", "narrowed", "after"}
    # Changes reach the others by the new primary.
    second.admin.delete(f"/v1alpha/token/{kept.id}")
    soon(lambda: first.auth(kept) == 401)


def test_change_that_no_standby_received_is_undone_on_every_node(nodes, primary, standby):
    first, second = nodes
    kept = first.admin.mint("kept")
    eventually(lambda: standby.has_replayed(primary))
    standby.kill()
    lost = first.admin.mint("lost")
    soon(lambda: second.accepts(lost))
    primary.kill()
    standby.start()
    standby.promote()
    # The database is the truth: without the token there, no node may accept it.
    for node in nodes:
        eventually(lambda node=node: node.is_ready() and node.auth(kept) == 200)
        eventually(lambda node=node: node.auth(lost) == 401)


def test_standby_alone_is_no_database_to_follow(primary, standby, tmp_path):
    cluster = Cluster(primary, primary.create_database("warder"), tmp_path)
    cluster.start().stop()
    eventually(lambda: standby.has_replayed(primary))
    result = cluster.make(url=standby.url("warder")).cli("check")
    assert result.returncode == 1 and "read-only" in result.stderr + result.stdout, result
