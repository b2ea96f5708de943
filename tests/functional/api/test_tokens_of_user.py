# SPDX-License-Identifier: MIT
"""DELETE /v1alpha/users/<name>/tokens and `warder token revoke --user`: all tokens of a user at once."""

import json

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.ui_client import UiClient


@pytest.fixture
def server(start_with_store):
    return start_with_store()


@pytest.fixture
def admin(server):
    return server.person("admin", ADMIN_PASSWORD)


@pytest.fixture
def people(server, admin):
    """Alice and Bob, with tokens."""
    for name in ("alice", "bob"):
        assert admin.post("/v1alpha/users/", {"username": name, "password": f"the password of {name}"}).status_code == 201
    return [server.person(name, f"the password of {name}") for name in ("alice", "bob")]


def revoke_all(person, name, **options):
    return person.delete(f"/v1alpha/users/{name}/tokens", **options)


def test_administrator_revokes_all_tokens_of_a_user_who_stays(server, admin, people):
    alice, bob = people
    tokens, other = [alice.mint(f"token {number}") for number in range(3)], bob.mint("other")
    assert all(server.accepts(token) for token in tokens)
    answer = revoke_all(admin, "ALICE")
    assert (answer.status_code, answer.json()) == (200, {"message": "Tokens deleted", "tokens": 3})
    assert not any(server.accepts(token) for token in tokens)
    assert server.accepts(other)
    assert alice.tokens() == {} and admin.get("/v1alpha/users/alice").json()["tokens"] == 0
    assert server.accepts(alice.mint("token 0")), "the user can mint again"
    server.restart()
    assert not any(server.accepts(token) for token in tokens)


def test_user_without_tokens_has_none_to_revoke_and_no_event_is_written(admin, people):
    assert revoke_all(admin, "alice").json() == {"message": "Tokens deleted", "tokens": 0}
    actions = [event["action"] for event in admin.get("/v1alpha/audit").json()["events"]]
    assert "user.tokens_revoked" not in actions


def test_user_revokes_only_own_tokens(server, people):
    alice, bob = people
    own, other = alice.mint("own"), bob.mint("other")
    for name in ("bob", "nobody", "admin"):
        assert_error(revoke_all(alice, name), 403, "forbidden")
    assert revoke_all(alice, "alice").json()["tokens"] == 1
    assert not server.accepts(own) and server.accepts(other)


def test_unknown_user_is_404(admin, people):
    for name in ("nobody", "*", "%00", "a%20b"):
        assert_error(revoke_all(admin, name), 404, "unknown_user")


def test_token_revokes_nothing(server, people):
    alice, _ = people
    token = alice.mint("one")
    assert_error(server.request("DELETE", "/v1alpha/users/alice/tokens", bearer=token), 401, "unauthorized")
    assert_error(server.request("DELETE", "/v1alpha/users/alice/tokens"), 401, "unauthorized")
    assert server.accepts(token)


def test_session_needs_the_csrf_token(server, people):
    alice, _ = people
    token, page = alice.mint("one"), UiClient(server)
    page.sign_in("alice", alice.password)
    assert_error(page.delete("/v1alpha/users/alice/tokens", headers={"X-Warder-CSRF": None}), 403, "csrf")
    assert server.accepts(token)
    assert page.delete("/v1alpha/users/alice/tokens").json()["tokens"] == 1
    assert page.is_signed_in()


def test_revocation_of_all_is_one_event(admin, people):
    alice, _ = people
    alice.mint("one"), alice.mint("two")
    assert revoke_all(admin, "aLICE").status_code == 200
    events = [(event["actor"], event["action"], event["target"]) for event in admin.get("/v1alpha/audit").json()["events"]]
    assert ("admin", "user.tokens_revoked", "alice") in events
    assert "token.revoked" not in [action for _, action, _ in events]


def test_other_query_is_refused_before_anything_is_revoked(server, admin, people):
    token = people[0].mint("one")
    assert_error(revoke_all(admin, "alice", params={"wait": "none"}), 400, "bad_field")
    assert_error(revoke_all(admin, "alice", params={"user": "bob"}), 400, "bad_field")
    assert server.accepts(token)
    answer = revoke_all(admin, "alice", params={"wait": "all"}).json()
    assert list(answer) == ["message", "tokens", "nodes"] and answer["tokens"] == 1
    assert [node["applied_in_ms"] for node in answer["nodes"]] == [0]


def test_command_revokes_all_tokens_of_a_user(server, people):
    alice, bob = people
    tokens, other = [alice.mint("one"), alice.mint("two")], bob.mint("other")
    assert all(server.accepts(token) for token in tokens)
    done = server.cli("token", "revoke", "--user", "alice")
    assert (done.returncode, done.stdout) == (0, "revoked 2 tokens of alice\n")
    assert not any(server.accepts(token) for token in tokens)
    done = server.cli("token", "revoke", "--user", "bob", "--json")
    assert json.loads(done.stdout) == {"message": "Tokens deleted", "tokens": 1}
    assert not server.accepts(other)
    unknown = server.cli("token", "revoke", "--user", "nobody")
    assert unknown.returncode == 1 and "no user" in unknown.stderr


@pytest.mark.parametrize("arguments", [(), ("--stdin", "--user", "alice"), ("5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10", "--user", "alice")])
def test_command_needs_one_way_to_name_the_tokens(server, people, arguments):
    token = people[0].mint("one")
    refused = server.cli("token", "revoke", *arguments, stdin=token)
    assert refused.returncode == 2 and "--user" in refused.stderr
    assert server.accepts(token)
