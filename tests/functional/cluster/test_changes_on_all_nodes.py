# SPDX-License-Identifier: MIT
"""A change that one node has acknowledged is in force on the others."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.cluster import soon
from support.server import Token
from support.waiting import eventually


def renew(person, token, body=None):
    answer = person.post(f"/v1alpha/token/{token.id}/renew", body or {})
    assert answer.status_code == 201, answer.text
    return Token.of(answer.json())


def test_minted_token_is_accepted_by_the_other_node(nodes):
    first, second = nodes
    token = first.admin.mint("one")
    assert first.accepts(token)
    soon(lambda: second.accepts(token))
    assert first.admin.tokens().keys() == second.admin.tokens().keys() == {token.id}


def test_revoked_token_is_refused_by_the_other_node(nodes):
    first, second = nodes
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    assert second.admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    assert not second.accepts(token)
    soon(lambda: not first.accepts(token))
    assert first.admin.tokens() == {}


def test_narrowed_and_paused_token_is_restricted_on_the_other_node(nodes):
    first, second = nodes
    token = first.admin.mint("one")
    soon(lambda: second.auth(token, "/b") == 200)
    first.admin.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["GET /a"]})
    soon(lambda: second.auth(token, "/b") == 403)
    assert second.auth(token, "/a") == 200
    first.admin.patch(f"/v1alpha/token/{token.id}", {"enabled": False})
    soon(lambda: second.auth(token, "/a") == 401)
    second.admin.patch(f"/v1alpha/token/{token.id}", {"enabled": True})
    soon(lambda: first.auth(token, "/a") == 200)


def test_addresses_and_rate_limit_hold_on_the_other_node_and_each_node_counts_by_itself(nodes):
    first, second = nodes
    token = first.admin.mint("one", rate_limit="2/day")
    use = lambda node: node.get("/v1alpha/whoami", bearer=token).status_code
    soon(lambda: use(second) == 200)  # 401 takes nothing
    assert [use(second), use(second)] == [200, 429]
    assert [use(first), use(first), use(first)] == [200, 200, 429]
    first.admin.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["192.0.2.0/24"], "rate_limit": None})
    soon(lambda: use(second) == 403)
    second.admin.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["127.0.0.1"]})
    soon(lambda: use(first) == 200)


def test_renewed_token_ends_on_the_other_node_now_or_after_the_overlap(nodes):
    first, second = nodes
    old = first.admin.mint("one")
    soon(lambda: second.accepts(old))
    new = renew(first.admin, old)
    soon(lambda: second.accepts(new) and not second.accepts(old))
    newer = renew(second.admin, new, {"overlap": "2 s"})
    assert soon(lambda: first.accepts(newer)) and first.accepts(new)
    eventually(lambda: not first.accepts(new) and not second.accepts(new))
    assert first.accepts(newer) and second.accepts(newer)


def test_deleted_user_can_not_use_tokens_or_password_on_the_other_node(nodes):
    first, second = nodes
    body = {"username": "alice", "password": "the password of alice"}
    assert first.admin.post("/v1alpha/users/", body).status_code == 201
    alice = second.person("alice", body["password"])
    soon(lambda: alice.get("/v1alpha/token/").status_code == 404)
    token = alice.mint("one")
    assert first.admin.delete("/v1alpha/users/alice").status_code == 200
    soon(lambda: not second.accepts(token))
    soon(lambda: alice.get("/v1alpha/token/").status_code == 401)


def test_changed_password_holds_on_the_other_node_and_the_old_one_does_not(nodes):
    first, second = nodes
    first.admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    before = second.person("alice", "the password of alice")
    soon(lambda: before.get("/v1alpha/token/").status_code == 404)
    after = second.person("alice", "another password")
    assert first.cli("user", "passwd", "alice", stdin="another password\n").returncode == 0
    soon(lambda: after.get("/v1alpha/token/").status_code == 404)
    soon(lambda: before.get("/v1alpha/token/").status_code == 401)


def test_ceiling_bounds_tokens_on_the_other_node(nodes):
    first, second = nodes
    first.admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    alice = first.person("alice", "the password of alice")
    token = alice.mint("one")
    soon(lambda: second.auth(token, "/b") == 200)
    assert first.admin.patch("/v1alpha/users/alice", {"endpoints": ["GET /a"]}).status_code == 200
    soon(lambda: second.auth(token, "/b") == 403)
    assert second.auth(token, "/a") == 200


def test_uses_of_both_nodes_are_added(cluster):
    first, second = cluster.start(2)
    token = first.admin.mint("one")
    soon(lambda: second.accepts(token))
    for _ in range(4):
        assert first.auth(token) == 200
    for _ in range(2):
        assert second.auth(token) == 200
    # Uses are saved from time to time, and when a server stops.
    second.stop()
    first.restart()
    entry = first.admin.get("/v1alpha/token/", params={"include": "usage"}).json()["jwt_tokens"][token.id]
    accepted = 1  # by the loop that waited
    assert entry["use_count"] == 4 + 2 + accepted, entry


@pytest.mark.parametrize("command", [["token", "list"], ["user", "list"], ["audit"], ["check"]], ids=" ".join)
def test_commands_read_the_shared_database_while_nodes_run(nodes, command):
    first, second = nodes
    token = first.admin.mint("of the other node")
    result = second.cli(*command)
    assert result.returncode == 0 and result.stderr == "", result
    if command[0] == "token":
        assert token.id in result.stdout


def test_commands_change_the_shared_database_for_all_nodes(nodes):
    first, second = nodes
    created = first.cli("token", "create", "--user", "admin", "--description", "by hand", "--life", "6 minutes")
    assert created.returncode == 0, created.stderr
    token = Token(created.stdout.strip())
    token.id = created.stderr.split()[-1]
    assert first.accepts(token)
    soon(lambda: second.accepts(token))
    assert first.cli("token", "revoke", token.id).returncode == 0
    assert not first.accepts(token)
    soon(lambda: not second.accepts(token))


def test_two_nodes_that_mint_the_same_description_at_once_mint_one_token(nodes):
    with ThreadPoolExecutor(2) as pool:
        for number in range(20):
            body = {"jwt_token_description": f"same {number}", "jwt_token_life": "6 minutes"}
            statuses = sorted(pool.map(lambda node, body=body: node.admin.post("/v1alpha/token/", body).status_code, nodes))
            assert statuses[0] == 201 and 400 <= statuses[1] < 500, statuses


def test_two_administrators_who_demote_each_other_at_once_on_two_nodes_leave_one(nodes):
    first, second = nodes
    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            others = [{"username": f"{name}{number}", "password": "the same password", "is_admin": True} for name in ("alice", "bob")]
            for body in others:
                assert first.admin.post("/v1alpha/users/", body).status_code == 201
            alice, bob = (node.person(body["username"], body["password"]) for node, body in zip(nodes, others))
            soon(lambda bob=bob: bob.get("/v1alpha/users/").status_code == 200)
            assert alice.patch("/v1alpha/users/admin", {"is_admin": False}).status_code == 200
            demotions = [(alice, bob), (bob, alice)]
            statuses = sorted(pool.map(lambda pair: pair[0].patch(f"/v1alpha/users/{pair[1].name}", {"is_admin": False}).status_code, demotions))
            assert statuses in ([200, 403], [200, 409]), statuses
            soon(lambda people=(alice, bob): sum(map(is_admin, people)) == 1)
            administrator = next(filter(is_admin, (alice, bob)))
            assert administrator.patch("/v1alpha/users/admin", {"is_admin": True}).status_code == 200
            soon(lambda: all(node.admin.get("/v1alpha/users/").status_code == 200 for node in nodes))
            for body in others:
                assert first.admin.delete(f"/v1alpha/users/{body['username']}").status_code == 200


def is_admin(person):
    return person.get("/v1alpha/users/").status_code == 200
