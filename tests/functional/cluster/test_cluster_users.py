# SPDX-License-Identifier: MIT
"""Users on several nodes: all of their tokens revoked, their last sign-in, and the list by pages."""

import os

from support.cluster import soon
from support.cluster_pages import PASSWORD, add_alice
from support.ui_client import UiClient

INCLUDE = "?include=last_sign_in"


def last_sign_in(node, name="alice"):
    return node.admin.get(f"/v1alpha/users/{name}{INCLUDE}").json().get("last_sign_in_at")


def test_all_tokens_of_a_user_are_refused_by_every_node_when_the_answer_comes(cluster):
    nodes = cluster.start(3, max_staleness=30)
    add_alice(nodes[0], nodes[1], nodes[2])
    tokens, other = [nodes[number % 3].person("alice", PASSWORD).mint(f"token {number}") for number in range(20)], nodes[0].admin.mint("other")
    soon(lambda: all(node.auth(token) == 200 for node in nodes for token in [*tokens, other]))
    answer = nodes[1].admin.delete("/v1alpha/users/alice/tokens", params={"wait": "all"})
    assert [node.auth(token) for node in nodes for token in tokens] == [401] * 60
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == "Tokens deleted" and answer.json()["tokens"] == 21  # with that of `add_alice`
    assert len(answer.json()["nodes"]) == 3
    assert all(node.auth(other) == 200 for node in nodes)
    assert cluster.sql("SELECT token_count FROM warder.users WHERE name = 'alice'") == "0"


def test_node_that_may_still_accept_the_tokens_is_named(cluster):
    nodes = cluster.start(2, max_staleness=30)
    token = nodes[0].admin.mint("one")
    soon(lambda: nodes[1].auth(token) == 200)
    nodes[1].pause()
    answer = nodes[0].admin.delete("/v1alpha/users/admin/tokens", params={"wait": "all"})
    nodes[1].resume()
    assert answer.status_code == 202, answer.text
    assert list(answer.json()) == ["message", "tokens", "nodes", "pending"] and answer.json()["tokens"] == 1
    (pending,) = answer.json()["pending"]
    assert pending["name"] == f"{os.uname().nodename} (127.0.0.1:{nodes[1].port})"
    soon(lambda: nodes[1].auth(token) == 401)


def test_last_sign_in_on_any_node_is_seen_on_all(cluster):
    nodes = cluster.start(2)
    add_alice(nodes[0])
    assert last_sign_in(nodes[1]) is None
    soon(lambda: UiClient(nodes[1]).try_to_sign_in("alice", PASSWORD).status_code == 201)
    noted = soon(lambda: last_sign_in(nodes[0]))
    assert last_sign_in(nodes[1]) == noted
    changes = cluster.sql("SELECT count(*) FROM warder.changes")
    # On the other node, the password is verified anew; within a minute, that is not stored again.
    assert nodes[0].person("alice", PASSWORD).get("/v1alpha/whoami").status_code == 200
    succeeded = "SELECT count(*) FROM warder.audit WHERE action = 'sign_in.succeeded' AND actor = 'alice'"
    soon(lambda: cluster.sql(succeeded) == "2")
    assert last_sign_in(nodes[0]) == noted
    assert cluster.sql("SELECT count(*) FROM warder.changes") == changes, "no node has to be told"


def test_database_of_an_earlier_version_is_upgraded(cluster):
    node = cluster.start()
    add_alice(node)
    node.stop()
    version = int(cluster.sql("SELECT version FROM warder.schema_version"))
    cluster.sql("ALTER TABLE warder.users DROP COLUMN last_sign_in_at")
    cluster.sql("DROP INDEX warder.tokens_by_key")
    cluster.sql(f"UPDATE warder.schema_version SET version = {version - 1}")
    node.start()
    assert cluster.sql("SELECT version FROM warder.schema_version") == str(version)
    assert cluster.sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'warder' AND indexname = 'tokens_by_key'") == "1"
    assert node.person("alice", PASSWORD).get("/v1alpha/whoami").status_code == 200
    assert soon(lambda: last_sign_in(node))


def test_users_are_listed_by_pages_without_those_whose_rows_are_damaged(cluster):
    node = cluster.start()
    for number in range(5):
        assert node.admin.post("/v1alpha/users/", {"username": f"user{number}", "password": PASSWORD}).status_code == 201
    cluster.sql("UPDATE warder.users SET ceiling = 'damaged' WHERE name IN ('user0', 'user2', 'user3')")

    def page(query):
        answer = node.admin.get("/v1alpha/users/" + query)
        return [user["username"] for user in answer.json()["users"]], answer.headers.get("Link")

    assert page("?limit=2") == (["admin", "user1"], '</v1alpha/users/?limit=2&after=user1>; rel="next"')
    assert page("?limit=2&after=user1") == (["user4"], None)
