# SPDX-License-Identifier: MIT
"""`?include=last_sign_in`: when users last signed in, to within some minutes."""

import json
import sqlite3
from datetime import datetime, timezone

import pytest
from support import stores
from support.clock import set_clock, write_offset
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.ui_client import UiClient
from support.waiting import eventually

INCLUDE = "?include=last_sign_in"


def last_sign_in(admin, name):
    """Returns the time of the last sign-in; None if there is none."""
    shown = admin.get(f"/v1alpha/users/{name}{INCLUDE}").json()
    listed = next(user for user in admin.get(f"/v1alpha/users/{INCLUDE}").json()["users"] if user["username"] == name)
    # The sign-in may have been noted between these two.
    assert listed in (shown, admin.get(f"/v1alpha/users/{name}{INCLUDE}").json())
    return listed.get("last_sign_in_at")


def seconds_ago(text, by=0):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return (datetime.now(timezone.utc) - moment).total_seconds() + by


def test_user_who_never_signed_in_has_no_time_of_a_sign_in(admin, alice):
    assert list(admin.get(f"/v1alpha/users/alice{INCLUDE}").json()) == ["username", "is_admin", "endpoints", "tokens", "created_at"]


@pytest.mark.parametrize("way", ["page", "password"])
def test_sign_in_is_noted(warder, admin, alice, way):
    if way == "page":
        UiClient(warder).sign_in("ALICE", alice.password)
    else:
        assert alice.get("/v1alpha/whoami").status_code == 200
    noted = eventually(lambda: last_sign_in(admin, "alice"))
    assert -2 <= seconds_ago(noted) <= 60
    assert list(admin.get(f"/v1alpha/users/alice{INCLUDE}").json())[-1] == "last_sign_in_at"
    warder.restart()
    assert last_sign_in(admin, "alice") == noted


def test_time_of_a_sign_in_is_only_shown_when_asked_for(warder, admin, alice):
    alice.mint("one")
    eventually(lambda: last_sign_in(admin, "alice"))
    plain = ["username", "is_admin", "endpoints", "tokens", "created_at"]
    assert list(admin.get("/v1alpha/users/alice").json()) == plain
    assert all(list(user) == plain for user in admin.get("/v1alpha/users/").json()["users"])
    assert list(admin.patch("/v1alpha/users/alice", {"is_admin": True}).json()) == plain
    for path in ("/v1alpha/users/alice", "/v1alpha/users/"):
        assert_error(admin.get(path + "?include=usage"), 400, "bad_field")


def test_wrong_password_and_use_of_a_token_are_no_sign_ins(warder, admin, alice):
    token = warder.cli("token", "create", "--user", "alice", "--description", "one", "--life", "1 hour").stdout.strip()
    assert warder.accepts(token)
    assert warder.person("alice", "not the password").get("/v1alpha/whoami").status_code == 401
    # Written in the order of the attempts: once the administrator's is there, one of alice would be.
    eventually(lambda: [event for event in admin.get("/v1alpha/audit").json()["events"] if event["action"] == "sign_in.failed"])
    assert last_sign_in(admin, "alice") is None


@pytest.mark.bare
def test_later_sign_in_replaces_the_time(start_server, tmp_path):
    offset = tmp_path / "offset"
    write_offset(offset, "+0")
    server = start_server()
    server.stop()
    set_clock(server, offset)
    server.start()
    admin = server.person("admin", ADMIN_PASSWORD)
    first = eventually(lambda: last_sign_in(admin, "admin"))
    write_offset(offset, "+3h")
    page = UiClient(server)
    page.headers["X-Forwarded-For"] = "ignored"
    server.restart()  # the password was verified within five minutes of the monotonic clock
    page.sign_in("admin", ADMIN_PASSWORD)
    again = eventually(lambda: (later := last_sign_in(admin, "admin")) != first and later)
    assert 10700 <= -seconds_ago(again) <= 10900


def test_later_user_of_the_same_name_has_not_signed_in(warder, admin, alice, make_user):
    alice.mint("one")
    eventually(lambda: last_sign_in(admin, "alice"))
    assert admin.delete("/v1alpha/users/alice").status_code == 200
    make_user("alice")
    assert last_sign_in(admin, "alice") is None


def test_users_json_keeps_no_sign_ins(start_server, tmp_path):
    server = start_server(config_text=stores.store_setting("users-json", tmp_path))
    admin = server.person("admin", ADMIN_PASSWORD)
    assert admin.get("/v1alpha/whoami").status_code == 200
    before = stores.store_file("users-json", tmp_path).read_bytes()
    eventually(lambda: [event for event in admin.get("/v1alpha/audit").json()["events"] if event["action"] == "sign_in.succeeded"])
    assert last_sign_in(admin, "admin") is None
    assert stores.store_file("users-json", tmp_path).read_bytes() == before


def test_command_lists_the_last_sign_ins(warder, admin, alice):
    admin.get("/v1alpha/whoami")
    noted = eventually(lambda: last_sign_in(admin, "admin"))
    header, first, second = warder.cli("user", "list").stdout.splitlines()
    assert header.endswith("LAST SIGN-IN")
    assert first.endswith(noted[:10] + " " + noted[11:16] + " UTC") and second.endswith(" -")
    users = json.loads(warder.cli("user", "list", "--json", "--last-sign-in").stdout)["users"]
    assert [user.get("last_sign_in_at") for user in users] == [noted, None]
    assert "last_sign_in_at" not in warder.cli("user", "list", "--json").stdout


def test_database_of_an_earlier_version_is_upgraded(warder, admin, alice):
    warder.stop()
    with sqlite3.connect(warder.data_dir / "warder.db") as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("ALTER TABLE users DROP COLUMN last_sign_in_at")
        database.execute(f"PRAGMA user_version = {version - 1}")
    warder.start()
    assert last_sign_in(admin, "alice") is None
    alice.get("/v1alpha/whoami")
    assert eventually(lambda: last_sign_in(admin, "alice"))
