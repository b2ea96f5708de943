# SPDX-License-Identifier: MIT
"""Tokens that are paused by "enabled": false."""

import json
import re

import pytest
from support.responses import BASIC, BEARER, DISABLED, EXPIRED, assert_error, challenges
from support.server import ADMIN_PASSWORD
from support.stores import store_file
from support.waiting import eventually


@pytest.fixture
def server(start_with_store):
    return start_with_store()


@pytest.fixture
def owner(server):
    return server.person("admin", ADMIN_PASSWORD)


@pytest.fixture
def bob(server, owner):
    assert owner.post("/v1alpha/users/", {"username": "bob", "password": "bob's long password"}).status_code == 201
    return server.person("bob", "bob's long password")


def set_enabled(person, token, enabled):
    answer = person.patch(f"/v1alpha/token/{token.id}", {"enabled": enabled})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_paused_token_is_denied_until_it_is_resumed(server, owner):
    token = owner.mint("one", endpoints=["GET /v1alpha/whoami"])
    before = owner.get(f"/v1alpha/token/{token.id}").json()

    assert list(set_enabled(owner, token, False))[-2:] == ["endpoints", "enabled"]
    for path in ("/v1alpha/whoami", "/auth"):
        denied = server.get(path, bearer=token)
        assert_error(denied, 401, "invalid_token", DISABLED)
        assert challenges(denied) == [BASIC, f'{BEARER}, error="invalid_token", error_description="disabled"']

    assert "enabled" not in set_enabled(owner, token, True)
    assert server.accepts(token)
    after = owner.get(f"/v1alpha/token/{token.id}").json()
    assert {key: after[key] for key in before if "remaining" not in key} == {key: before[key] for key in before if "remaining" not in key}


def test_paused_token_is_shown_as_disabled_and_its_lifetime_goes_on(owner):
    token = owner.mint("one", life="1 hour")
    set_enabled(owner, token, False)
    shown = owner.get(f"/v1alpha/token/{token.id}?include=usage").json()
    assert shown["enabled"] is False and shown["expiry_status"] == "Valid" and 0 < shown["jwt_token_life_remaining"] <= 3600
    assert list(shown).index("enabled") < list(shown).index("last_used_at")
    assert owner.get("/v1alpha/token/").json()["jwt_tokens"][token.id]["enabled"] is False


def test_pause_survives_a_restart_and_other_edits(server, owner):
    token = owner.mint("one")
    set_enabled(owner, token, False)
    answer = owner.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "two", "endpoints": ["/**"]}).json()
    assert (answer["jwt_token_description"], answer["endpoints"], answer["enabled"]) == ("two", ["/**"], False)
    server.restart()
    assert_error(server.get("/v1alpha/whoami", bearer=token), 401, "invalid_token", DISABLED)


def test_successor_of_a_paused_token_is_paused(server, owner):
    token = owner.mint("one", endpoints=["/**"])
    set_enabled(owner, token, False)
    renewed = owner.post(f"/v1alpha/token/{token.id}/renew").json()
    assert (renewed["endpoints"], renewed["enabled"]) == (["/**"], False)
    assert_error(server.get("/v1alpha/whoami", bearer=renewed["jwt_token"]), 401, "invalid_token", DISABLED)


def test_expired_paused_token_is_denied_as_expired(server, owner):
    token = owner.mint("one", life="1 second")
    set_enabled(owner, token, False)
    eventually(lambda: server.get("/v1alpha/whoami", bearer=token).json()["message"] == EXPIRED)


@pytest.mark.parametrize("value", [0, "false", None, []])
def test_enabled_that_is_not_a_boolean_is_400(owner, value):
    token = owner.mint("one")
    assert '"enabled"' in assert_error(owner.patch(f"/v1alpha/token/{token.id}", {"enabled": value}), 400, "bad_field")


def test_mint_with_enabled_is_400(owner):
    body = {"jwt_token_description": "one", "jwt_token_life": "1 hour", "enabled": False}
    assert '"enabled"' in assert_error(owner.post("/v1alpha/token/", body), 400, "bad_field")


def test_introspection_of_a_paused_token_is_inactive(owner):
    token = owner.mint("one")
    introspect = lambda: owner.request("POST", "/v1alpha/introspect", data={"token": str(token)}).json()
    set_enabled(owner, token, False)
    assert introspect() == {"active": False}
    set_enabled(owner, token, True)
    assert introspect()["active"] is True


def test_paused_token_is_revoked_by_its_owner_and_not_by_another_user(server, owner, bob):
    token = owner.mint("one")
    set_enabled(owner, token, False)
    assert_error(bob.request("POST", "/v1alpha/revoke", data={"token": str(token)}), 403, "forbidden")
    assert owner.get(f"/v1alpha/token/{token.id}").status_code == 200

    assert owner.request("POST", "/v1alpha/revoke", data={"token": str(token)}).status_code == 200
    assert owner.get(f"/v1alpha/token/{token.id}").status_code == 404


def test_paused_token_revokes_itself_and_does_nothing_else(server, owner, bob):
    token, other = bob.mint("one", endpoints=["GET /nothing"]), bob.mint("other")
    set_enabled(owner, token, False)
    revoke = lambda **form: server.request("POST", "/v1alpha/revoke", bearer=token, data=form)
    for form in ({"token": str(other)}, {"token": "x"}, {}, {"token": str(token), "more": "x"}):
        denied = revoke(**form)
        assert_error(denied, 401, "invalid_token", DISABLED)
        assert f'{BEARER}, error="invalid_token", error_description="disabled"' in challenges(denied)
    assert_error(server.request("POST", "/v1alpha/revoke", auth=("admin", str(token)), data={"token": str(token)}), 401, "invalid_token")

    assert revoke(token=str(token)).json() == {}
    assert owner.get(f"/v1alpha/token/{token.id}").status_code == 404
    assert_error(revoke(token=str(token)), 401, "invalid_token")
    event = owner.get("/v1alpha/audit?limit=1").json()["events"][0]
    assert (event["actor"], event["action"]) == ("bob", "token.revoked") and token.id in event["target"]
    assert server.accepts(other)


def test_token_is_paused_by_its_owner_and_administrators_alone(server, owner, bob):
    mine, theirs = owner.mint("mine"), bob.mint("theirs")
    assert_error(bob.patch(f"/v1alpha/token/{mine.id}", {"enabled": False}), 404, "unknown_token")
    set_enabled(owner, theirs, False)
    assert server.accepts(mine) and not server.accepts(theirs)


def test_pause_is_an_audit_event_and_a_repeated_one_is_not(owner):
    token = owner.mint("one")
    for _ in range(2):
        set_enabled(owner, token, False)
    events = [event["action"] for event in owner.get("/v1alpha/audit").json()["events"] if event["target"] == token.id]
    assert events == ["token.updated", "token.created"]


def test_command_line_pauses_resumes_and_explains(server, owner):
    token = owner.mint("one")
    row = server.cli("token", "set", token.id, "--disable")
    assert row.returncode == 0 and re.search(r"^Status +disabled, expires in ", row.stdout, re.MULTILINE), row
    assert not server.accepts(token)
    verified = server.cli("token", "verify", stdin=str(token))
    assert verified.returncode == 1 and verified.stderr == f"warder: the token is disabled (disabled): token {token.id} of admin\n"

    assert json.loads(server.cli("token", "set", token.id, "--enable", "--json").stdout).get("enabled", True) is True
    assert server.accepts(token)
    assert server.cli("token", "set", token.id, "--enable", "--disable").returncode == 2


@pytest.mark.parametrize("store", ["users-json"], indirect=True)
def test_users_json_marks_only_a_paused_token(store, server, owner, tmp_path):
    token = owner.mint("one")
    before = (text := lambda: store_file("users-json", tmp_path).read_text())()
    set_enabled(owner, token, False)
    assert re.sub(r',\s*"enabled": false', "", text(), count=1) == before != text()
    set_enabled(owner, token, True)
    assert text() == before
