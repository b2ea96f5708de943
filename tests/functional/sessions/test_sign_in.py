# SPDX-License-Identifier: MIT
"""POST, GET and DELETE /v1alpha/session: signing in, the properties of a session, and the events that end it."""

import datetime
import re

import pytest
from support.responses import BEARER, WRONG_PASSWORD, assert_error, challenges
from support.server import ADMIN_PASSWORD
from support.ui_client import PLAIN, set_cookies
from support.waiting import eventually

MINT = {"jwt_token_description": "by page", "jwt_token_life": "6 minutes"}


def seconds_until(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def test_sign_in_returns_user_csrf_token_expiry_and_cookie(open_page, alice):
    answer = open_page().sign_in("ALICE", alice.password)
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    body = answer.json()
    assert list(body) == ["username", "is_admin", "csrf_token", "expires_at"]
    assert body["username"] == "alice" and body["is_admin"] is False
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", body["csrf_token"])
    assert 1790 <= seconds_until(body["expires_at"]) <= 1800
    ((name, value, attributes),) = set_cookies(answer)
    assert name == PLAIN and re.fullmatch(r"[A-Za-z0-9_-]{43}", value) and value != body["csrf_token"]
    assert attributes == {"httponly": "", "samesite": "Strict", "path": "/"}


@pytest.mark.parametrize("path", ["/v1alpha/session", "/v1alpha/session/", "/api/v1alpha/session", "/api/v1alpha/session/"])
def test_session_endpoint_returns_the_signed_in_user(open_page, alice, path):
    page = open_page()
    assert page.sign_in("alice", alice.password).status_code == 201
    answer = page.get(path)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert list(answer.json()) == ["username", "is_admin", "csrf_token", "expires_at"]
    assert answer.json()["username"] == "alice" and answer.json()["csrf_token"] == page.csrf
    assert not set_cookies(answer)
    head = page.request("HEAD", path)
    assert head.status_code == 200 and not head.content


def test_session_endpoint_lists_allowed_methods(warder):
    answer = warder.request("OPTIONS", "/v1alpha/session")
    assert answer.status_code == 204
    assert sorted(answer.headers["Allow"].split(", ")) == ["DELETE", "GET", "HEAD", "OPTIONS", "POST"]
    assert_error(warder.request("PUT", "/v1alpha/session"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "body, slug, named",
    [("", "bad_json", ""), ("[]", "bad_json", ""), ('{"username": "alice"}', "bad_field", "password"), ('{"password": "x"}', "bad_field", "username")]
    + [('{"username": 1, "password": "x"}', "bad_field", "username"), ('{"username": "alice", "password": null}', "bad_field", "password")]
    + [('{"username": "a", "password": "b", "remember": true}', "bad_field", "remember"), ('{"username": "a", "username": "a", "password": "b"}', "bad_json", "username")],
)
def test_invalid_sign_in_body_is_rejected_and_named(warder, body, slug, named):
    message = assert_error(warder.post("/v1alpha/session", data=body), 400, slug)
    assert named in message


@pytest.mark.parametrize("username", ["alice", "nobody", "", "a b", "al\x00ice", "é" * 100])
def test_wrong_password_and_unknown_user_get_the_same_sign_in_denial(open_page, alice, username):
    answer = open_page().try_to_sign_in(username, "not the password")
    assert_error(answer, 401, "unauthorized", WRONG_PASSWORD)
    assert challenges(answer) == [BEARER], "the browser must not show its own password dialog"
    assert not set_cookies(answer)


def test_failed_sign_ins_and_failed_basic_authentication_share_one_throttle(warder, open_page, alice):
    page = open_page()
    for _ in range(3):
        assert page.try_to_sign_in("alice", "not the password").status_code == 401
    for _ in range(2):
        assert warder.get("/v1alpha/whoami", auth=("alice", "not the password")).status_code == 401
    refused = page.try_to_sign_in("alice", "another guess")
    assert_error(refused, 429, "throttled")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert not set_cookies(refused)


def test_correct_password_is_throttled_unless_verified_before_the_failed_sign_ins(warder, open_page, alice, bob):
    assert alice.get("/v1alpha/whoami").status_code == 200
    for _ in range(6):
        open_page().try_to_sign_in("alice", "not the password")
        open_page().try_to_sign_in("bob", "not the password")
    assert open_page().try_to_sign_in("alice", alice.password).status_code == 201
    assert open_page().try_to_sign_in("bob", bob.password).status_code == 429


def test_sign_in_with_a_token_as_password_is_denied(open_page, alice):
    token = str(alice.mint("one"))
    refused = open_page().try_to_sign_in("alice", token)
    assert_error(refused, 401, "unauthorized")
    assert not set_cookies(refused)


def test_sign_in_ignores_the_authorization_header(warder, open_page, alice):
    token = str(alice.mint("one"))
    page = open_page()
    assert_error(page.try_to_sign_in("alice", "not the password", headers={"Authorization": f"Bearer {token}"}), 401, "unauthorized")
    page.sign_in("alice", alice.password, headers={"Authorization": "Bearer nonsense"})
    assert page.is_signed_in()


# New sessions


def test_repeated_sign_ins_create_separate_sessions(open_page, alice):
    first, second = open_page(alice), open_page(alice)
    assert first.id != second.id and first.csrf != second.csrf
    assert first.is_signed_in() and second.is_signed_in()


def test_sign_in_with_a_planted_session_cookie_gets_a_new_session_id(open_page, alice, bob):
    page = open_page()
    planted = "A" * 43
    page.cookie = f"{PLAIN}={planted}"
    page.sign_in("alice", alice.password)
    assert page.id != planted
    page_of_planter = open_page()
    page_of_planter.cookie = f"{PLAIN}={planted}"
    assert not page_of_planter.is_signed_in()


def test_sign_in_as_another_user_ends_the_session_of_the_request(open_page, alice, bob):
    page, before = open_page(alice), open_page()
    before.cookie, before.csrf = page.cookie, page.csrf
    page.sign_in("bob", bob.password)
    assert page.get("/v1alpha/session").json()["username"] == "bob"
    assert not before.is_signed_in()


def test_failed_sign_in_keeps_the_session(page):
    assert page.try_to_sign_in("alice", "not the password").status_code == 401
    assert page.is_signed_in()


def test_session_beyond_50_ends_the_oldest_of_the_user(open_page, alice, bob):
    others = open_page(bob)
    pages = [open_page(alice) for _ in range(51)]
    assert not pages[0].is_signed_in()
    assert all(page.is_signed_in() for page in pages[1:])
    assert others.is_signed_in()


# End of a session


def test_sign_out_ends_only_its_session(open_page, alice):
    page, other = open_page(alice), open_page(alice)
    answer = page.delete("/v1alpha/session")
    assert answer.status_code == 200 and answer.json() == {"message": "Signed out"}
    ((name, value, attributes),) = set_cookies(answer)
    assert name == PLAIN and value == "" and attributes == {"httponly": "", "samesite": "Strict", "path": "/", "max-age": "0"}
    refused = page.get("/v1alpha/session")
    assert_error(refused, 401, "unauthorized")
    assert challenges(refused) == [BEARER]
    assert_error(page.delete("/v1alpha/session"), 401, "unauthorized")
    assert other.is_signed_in()


def test_own_password_change_ends_all_sessions_of_the_user(open_page, alice):
    page, other = open_page(alice), open_page(alice)
    token = alice.mint("one")
    body = {"password": "another password", "current_password": alice.password}
    assert page.request("PUT", "/v1alpha/users/alice/password", json=body).status_code == 200
    assert not page.is_signed_in() and not other.is_signed_in()
    assert page.server.accepts(token)
    page.sign_in("alice", "another password")


def test_password_reset_to_the_same_password_ends_the_session(admin, page, alice):
    assert admin.put("/v1alpha/users/alice/password", {"password": alice.password}).status_code == 200
    assert not page.is_signed_in()


def test_user_passwd_command_ends_only_the_sessions_of_that_user(warder, open_page, page, bob):
    others = open_page(bob)
    assert warder.cli("user", "passwd", "alice", "--password-stdin", stdin="another password\n").returncode == 0
    assert not page.is_signed_in()
    assert others.is_signed_in()


def test_wrong_current_password_keeps_the_session(page):
    body = {"password": "another password", "current_password": "not the password"}
    assert_error(page.request("PUT", "/v1alpha/users/alice/password", json=body), 403, "forbidden")
    assert page.is_signed_in()


def test_user_recreated_over_http_inherits_no_session(admin, make_user, page, alice):
    assert admin.delete("/v1alpha/users/alice").status_code == 200
    assert not page.is_signed_in()
    make_user("alice", alice.password)
    assert not page.is_signed_in()


def test_user_recreated_by_the_command_line_inherits_no_session(warder, page, alice):
    assert warder.cli("user", "delete", "alice").returncode == 0
    assert warder.cli("user", "add", "alice", "--password-stdin", stdin=alice.password + "\n").returncode == 0
    assert not page.is_signed_in()


def test_promotion_and_demotion_apply_to_the_session_on_the_next_request(admin, page):
    assert_error(page.get("/v1alpha/users/"), 403, "forbidden")
    admin.patch("/v1alpha/users/alice", {"is_admin": True})
    assert page.get("/v1alpha/users/").status_code == 200
    assert page.get("/v1alpha/session").json()["is_admin"] is True
    admin.patch("/v1alpha/users/alice", {"is_admin": False})
    assert_error(page.get("/v1alpha/users/"), 403, "forbidden")
    assert page.get("/v1alpha/session").json()["is_admin"] is False


def test_restart_ends_all_sessions(warder, page):
    warder.restart()
    assert not page.is_signed_in()


def test_session_without_requests_ends_after_ui_idle_while_a_used_one_continues(start_server, open_page):
    server = start_server(config_text='[ui]\nidle = "2 s"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    idle, busy = open_page(admin, server), open_page(admin, server)

    # The busy session is used all the time; the idle one gets its next request only after it expired.
    expiry = idle.get("/v1alpha/session").json()["expires_at"]
    assert seconds_until(expiry) <= 2
    eventually(lambda: busy.is_signed_in() and seconds_until(expiry) < -1.2, every=0.1)
    assert not idle.is_signed_in()
    assert busy.is_signed_in()


def test_session_in_use_ends_after_ui_absolute(start_server, open_page):
    server = start_server(config_text='[ui]\nidle = "1 h"\nabsolute = "2 s"\n')
    page = open_page(server.person("admin", ADMIN_PASSWORD), server)
    assert seconds_until(page.get("/v1alpha/session").json()["expires_at"]) <= 2
    eventually(lambda: not page.is_signed_in(), every=0.1)


# The users.json store


def test_password_change_or_recreation_in_users_json_ends_only_the_sessions_of_that_user(start_server, tmp_path, open_page):
    server = start_server(config_text=f'store = "users-json:{tmp_path / "users.json"}"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    alice = server.person("alice", "the password of alice")
    assert admin.post("/v1alpha/users/", {"username": "alice", "password": alice.password}).status_code == 201
    page, kept = open_page(alice, server), open_page(admin, server)
    assert page.post("/v1alpha/token/", MINT).status_code == 201
    assert page.get("/v1alpha/session").json()["username"] == "alice"

    assert server.cli("user", "passwd", "alice", "--password-stdin", stdin="another password\n").returncode == 0
    assert not page.is_signed_in() and kept.is_signed_in()
    page.sign_in("alice", "another password")
    assert server.cli("user", "delete", "alice").returncode == 0
    assert server.cli("user", "add", "alice", "--password-stdin", stdin="another password\n").returncode == 0
    assert not page.is_signed_in() and kept.is_signed_in()
