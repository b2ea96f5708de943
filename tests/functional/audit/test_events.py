# SPDX-License-Identifier: MIT
"""Each change is in the audit log once, with actor, address, action and target."""

import json
import sqlite3

import pytest
import requests
from support.accounts import LOCAL
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.specter import SECRET, make_token, make_user, write_users
from support.ui_client import UiClient

HERE = "127.0.0.1"


def test_token_changes_by_users_are_audited(audited):
    alice = audited.add_user("Alice")
    mark = audited.mark()
    token = alice.mint("ci")
    assert audited.since(mark) == [("Alice", HERE, "token.created", token.id)]

    mark = audited.mark()
    assert alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "cd"}).status_code == 200
    assert audited.since(mark) == [("Alice", HERE, "token.updated", token.id)]

    mark = audited.mark()
    fresh = alice.post(f"/v1alpha/token/{token.id}/renew").json()["jwt_token_id"]
    assert audited.since(mark) == [("Alice", HERE, "token.created", fresh), ("Alice", HERE, "token.renewed", token.id)]

    mark = audited.mark()
    assert audited.admin.delete(f"/v1alpha/token/{fresh}").status_code == 200
    assert audited.since(mark) == [("admin", HERE, "token.revoked", fresh)]


def test_revocations_by_rfc_7009_are_audited(audited):
    alice = audited.add_user("alice")
    own, admins, self_ended = alice.mint("own"), alice.mint("the administrator's"), alice.mint("itself")
    mark = audited.mark()
    assert alice.post("/v1alpha/revoke", data={"token": own}).status_code == 200
    assert audited.admin.post("/v1alpha/revoke", data={"token": admins}).status_code == 200
    assert audited.server.post("/v1alpha/revoke", bearer=self_ended, data={"token": self_ended}).status_code == 200
    assert alice.post("/v1alpha/revoke", data={"token": own}).status_code == 200, "the token is already unknown"
    assert audited.since(mark) == [
        ("alice", HERE, "token.revoked", own.id),
        ("admin", HERE, "token.revoked", admins.id),
        ("alice", HERE, "token.revoked", self_ended.id),
    ]


def test_user_changes_are_audited(audited):
    mark = audited.mark()
    alice = audited.add_user("Alice")
    assert audited.admin.patch("/v1alpha/users/aLICE", {"is_admin": True}).status_code == 200
    changed = {"password": "another password", "current_password": alice.password}
    assert alice.put("/v1alpha/users/alice/password", changed).status_code == 200
    assert audited.admin.delete("/v1alpha/users/ALICE").status_code == 200
    assert audited.since(mark) == [
        ("admin", HERE, "user.created", "Alice"),
        ("admin", HERE, "user.updated", "Alice"),
        ("Alice", HERE, "user.password_changed", "Alice"),
        ("admin", HERE, "user.deleted", "Alice"),
    ]


def test_denied_or_ineffective_requests_are_not_audited(audited):
    alice = audited.add_user("alice")
    token = alice.mint("ci")
    mark = audited.mark()
    assert alice.post("/v1alpha/token/", {"jwt_token_description": "ci", "jwt_token_life": "1 h"}).status_code == 400
    assert alice.delete("/v1alpha/users/admin").status_code == 403
    assert audited.admin.delete("/v1alpha/users/admin").status_code == 409
    assert audited.admin.delete("/v1alpha/users/nobody").status_code == 404
    assert alice.patch(f"/v1alpha/token/{token.id}", {}).status_code == 200
    assert alice.get("/v1alpha/token/").status_code == 200
    assert alice.post("/v1alpha/preview", {"jwt_token_life": "1 h"}).status_code == 200
    assert audited.since(mark) == []


def test_command_line_changes_are_audited_under_the_local_account(audited):
    mark = audited.mark()
    audited.cli("user", "add", "Bob", stdin="the password of bob\n")
    audited.cli("user", "set", "bob", "--admin", "true")
    audited.cli("user", "passwd", "BOB", stdin="another password\n")
    first = audited.cli("token", "create", "--user", "bob", "--description", "ci", "--life", "1 h").stderr.strip()
    second = audited.cli("token", "renew", first).stderr.strip()
    audited.cli("token", "revoke", second)
    audited.cli("user", "delete", "bob")
    assert audited.since(mark) == [
        (LOCAL, None, "user.created", "Bob"),
        (LOCAL, None, "user.updated", "Bob"),
        (LOCAL, None, "user.password_changed", "Bob"),
        (LOCAL, None, "token.created", first),
        (LOCAL, None, "token.created", second),
        (LOCAL, None, "token.renewed", first),
        (LOCAL, None, "token.revoked", second),
        (LOCAL, None, "user.deleted", "Bob"),
    ]


def test_key_rotation_and_retirement_are_audited(audited):
    first = json.loads(audited.cli("key", "list", "--json").stdout)["keys"][0]["kid"]
    audited.admin.mint("signed by the first")
    mark = audited.mark()
    second = audited.cli("key", "rotate").stdout.strip()
    assert audited.server.cli("key", "retire", first).returncode == 1
    audited.cli("key", "retire", first, "--revoke-tokens")
    assert audited.since(mark) == [
        (LOCAL, None, "key.rotated", second),
        (LOCAL, None, "key.tokens_revoked", first),
        (LOCAL, None, "key.retired", first),
    ]


def test_specter_import_is_audited(audited, tmp_path):
    token_id, record = make_token("ada", "node")
    file = write_users(tmp_path / "elsewhere" / "users.json", [make_user("ada", "what ada typed", (token_id, record))])
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    mark = audited.mark()
    audited.cli("import", "specter", file, "--secret-file", secret)
    key = json.loads(audited.cli("key", "list", "--json").stdout)["keys"][-1]["kid"]
    assert audited.since(mark) == [
        (LOCAL, None, "key.imported", key),
        (LOCAL, None, "user.imported", "ada"),
        (LOCAL, None, "token.imported", token_id),
    ]


def test_first_administrator_creation_is_audited_under_the_server_account(audited):
    assert audited.since(0) == [(LOCAL, None, "user.created", "admin")]


def test_audit_event_has_the_client_address_from_a_trusted_proxy(start_audited):
    audited = start_audited('trusted_proxies = ["127.0.0.1"]\n')
    mark = audited.mark()
    body = {"jwt_token_description": "ci", "jwt_token_life": "1 h"}
    address = "2001:db8:1:2:3:4:5:6"
    minted = audited.admin.post("/v1alpha/token/", body, headers={"X-Forwarded-For": address}).json()
    assert audited.since(mark) == [("admin", address, "token.created", minted["jwt_token_id"])], "the full address, although throttling counts the /64 network"


def test_changes_by_session_are_audited_under_its_user(audited):
    alice = audited.add_user("Alice")
    mark = audited.mark()
    with requests.Session() as browser:
        signed_in = audited.server.post("/v1alpha/session", session=browser, json={"username": "alice", "password": alice.password})
        headers = {"X-Warder-CSRF": signed_in.json()["csrf_token"]}
        body = {"jwt_token_description": "ci", "jwt_token_life": "1 h"}
        minted = audited.server.post("/v1alpha/token/", session=browser, headers=headers, json=body).json()
    assert audited.since(mark, sign_ins=True) == [
        ("Alice", HERE, "sign_in.succeeded", "Alice"),
        ("Alice", HERE, "token.created", minted["jwt_token_id"]),
    ]


def test_audit_events_of_a_deleted_user_are_kept(audited):
    alice = audited.add_user("alice")
    token = alice.mint("ci")
    assert audited.admin.delete("/v1alpha/users/alice").status_code == 200
    audited.add_user("alice")
    assert ("alice", HERE, "token.created", token.id) in audited.since(0)


@pytest.mark.parametrize("what", ["mint", "revoke", "delete a user", "change a password", "rotate"])
def test_change_is_rejected_when_its_audit_event_cannot_be_written(start_server, what):
    """A trigger rejects only the row of the event."""
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    alice = server.person("alice", "the password of alice")
    token = alice.mint("ci")
    keys = (server.data_dir / "keys.json").read_bytes()
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        database.execute("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END")
    database.close()
    if what == "rotate":
        refused = server.cli("key", "rotate")
        assert refused.returncode == 1 and "nothing was changed" in refused.stderr
        assert (server.data_dir / "keys.json").read_bytes() == keys
    else:
        answer = {
            "mint": lambda: alice.post("/v1alpha/token/", {"jwt_token_description": "x", "jwt_token_life": "1 h"}),
            "revoke": lambda: alice.delete(f"/v1alpha/token/{token.id}"),
            "delete a user": lambda: admin.delete("/v1alpha/users/alice"),
            "change a password": lambda: admin.put("/v1alpha/users/alice/password", {"password": "another password"}),
        }[what]()
        assert_error(answer, 503, "unavailable")
        assert "Retry-After" in answer.headers
    assert server.accepts(token) and list(alice.tokens()) == [token.id]
    server.restart()
    assert server.accepts(token)
    assert alice.get("/v1alpha/whoami").status_code == 200, "a sign-in succeeds even if it can't be audited"


def test_ends_of_sessions_are_audited_with_the_session_or_the_user(audited):
    alice = audited.add_user("Alice")
    pages = [UiClient(audited.server) for _ in range(3)]
    for page in pages:
        page.sign_in("alice", alice.password)
    mark = audited.mark()
    handle = alice.get("/v1alpha/sessions").json()["sessions"][0]["id"]
    assert pages[2].delete(f"/v1alpha/sessions/{handle}").status_code == 200
    assert pages[2].delete(f"/v1alpha/sessions/{handle}").status_code == 404
    assert pages[1].delete("/v1alpha/sessions").status_code == 200
    assert alice.delete("/v1alpha/sessions").status_code == 200, "there are none left"
    pages[0].sign_in("alice", alice.password)
    assert audited.admin.delete("/v1alpha/users/alice/sessions").status_code == 200
    assert audited.since(mark) == [
        ("Alice", HERE, "session.ended", handle),
        ("Alice", HERE, "user.signed_out", "Alice"),
        ("admin", HERE, "user.signed_out", "Alice"),
    ]
