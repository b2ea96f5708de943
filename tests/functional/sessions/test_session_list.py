# SPDX-License-Identifier: MIT
"""GET and DELETE /v1alpha/sessions: a user's own sessions, and signing out everywhere."""

import hashlib
import re

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.ui_client import PLAIN, set_cookies

LIST = "/v1alpha/sessions"


def listed(client):
    answer = client.get(LIST)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["sessions"]
    return answer.json()["sessions"]


def current(page):
    """Returns the session of the page."""
    (one,) = [session for session in listed(page) if "current" in session]
    return one


def test_list_has_own_sessions_oldest_first_and_marks_the_current_one(open_page, alice, bob):
    open_page(bob)
    first, second = open_page(alice), open_page(alice)
    sessions = listed(second)
    assert [list(session) for session in sessions] == [["id", "created_at", "last_used_at", "expires_at"], ["id", "created_at", "last_used_at", "expires_at", "current"]]
    assert sessions[1]["current"] is True
    assert current(first)["id"] == sessions[0]["id"] != sessions[1]["id"]
    for session in sessions:
        assert session["created_at"] <= session["last_used_at"] < session["expires_at"]
    assert second.get("/v1alpha/session").json()["expires_at"] >= sessions[1]["expires_at"]


@pytest.mark.parametrize("path", ["/v1alpha/sessions/", "/api/v1alpha/sessions", "/api/v1alpha/sessions/"])
def test_list_is_available_under_every_form_of_its_path(page, path):
    answer = page.get(path)
    assert answer.json() == page.get(LIST).json() and answer.headers["Cache-Control"] == "no-store"
    assert page.request("HEAD", path).status_code == 200


def test_list_by_password_has_no_current_session(open_page, alice):
    assert listed(alice) == []
    open_page(alice)
    (session,) = listed(alice)
    assert "current" not in session


def test_listed_id_is_neither_the_cookie_nor_one_of_its_hashes(page):
    handle = current(page)["id"]
    assert re.fullmatch(r"[0-9a-f]{32}", handle)
    digest = hashlib.sha256(page.id.encode())
    for known in (digest.hexdigest(), hashlib.sha256(digest.digest()).hexdigest(), page.id.encode().hex()):
        assert handle not in known
    text = page.get(LIST).text
    assert page.id not in text and page.csrf not in text
    page.cookie = f"{PLAIN}={handle}"
    assert not page.is_signed_in()


def test_listed_session_ends_and_the_others_go_on(open_page, alice):
    first, second = open_page(alice), open_page(alice)
    answer = second.delete(f"{LIST}/{current(first)['id']}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Signed out"})
    assert not set_cookies(answer)
    assert not first.is_signed_in() and second.is_signed_in()
    assert [session["id"] for session in listed(second)] == [current(second)["id"]]
    handle = current(second)["id"]
    assert alice.delete(f"{LIST}/{handle}").status_code == 200
    assert not second.is_signed_in()


@pytest.mark.parametrize("of", ["bob", "nobody", "ended"])
def test_session_that_is_not_among_the_own_ones_is_404(open_page, admin, alice, bob, of):
    page, other = open_page(alice), open_page(bob)
    handle = current(other)["id"] if of == "bob" else "0" * 32
    if of == "ended":
        ended = open_page(alice)
        handle = current(ended)["id"]
        ended.delete("/v1alpha/session")
    for client in (page, alice, admin):
        assert_error(client.delete(f"{LIST}/{handle}"), 404, "not_found")
    assert page.is_signed_in() and other.is_signed_in()


@pytest.mark.parametrize("handle", ["x", "%00", "%2e%2e", "A" * 300, "*"])
def test_malformed_session_id_is_404(page, handle):
    assert_error(page.delete(f"{LIST}/{handle}"), 404, "not_found")


def test_signing_out_everywhere_ends_all_own_sessions_at_once(open_page, alice, bob):
    pages, other = [open_page(alice) for _ in range(3)], open_page(bob)
    answer = pages[1].delete(LIST)
    assert (answer.status_code, answer.json()) == (200, {"message": "Signed out everywhere"})
    ((name, value, attributes),) = set_cookies(answer)
    assert (name, value, attributes["max-age"]) == (PLAIN, "", "0")
    assert not any(page.is_signed_in() for page in pages)
    assert other.is_signed_in()
    assert listed(alice) == []
    assert open_page(alice).is_signed_in()


def test_signing_out_everywhere_by_password(open_page, alice):
    page, token = open_page(alice), alice.mint("one")
    for _ in range(2):
        assert alice.delete(LIST).json() == {"message": "Signed out everywhere"}
        assert not page.is_signed_in()
    assert page.server.accepts(token), "tokens live on"


def test_administrator_signs_another_user_out_everywhere(open_page, admin, alice, bob):
    pages, other, own = [open_page(alice), open_page(alice)], open_page(bob), open_page(admin)
    answer = own.delete("/v1alpha/users/ALICE/sessions")
    assert (answer.status_code, answer.json()) == (200, {"message": "Signed out everywhere"})
    assert not any(page.is_signed_in() for page in pages)
    assert other.is_signed_in() and own.is_signed_in()
    assert_error(admin.delete("/v1alpha/users/nobody/sessions"), 404, "unknown_user")


def test_user_signs_only_themselves_out(open_page, alice, bob):
    page, other = open_page(alice), open_page(bob)
    for name in ("bob", "nobody", "admin"):
        assert_error(page.delete(f"/v1alpha/users/{name}/sessions"), 403, "forbidden")
    assert other.is_signed_in()
    assert page.delete("/v1alpha/users/alice/sessions").status_code == 200
    assert not page.is_signed_in()


@pytest.mark.parametrize("path", [LIST, LIST + "/" + "0" * 32, "/v1alpha/users/alice/sessions"])
def test_sign_out_needs_the_csrf_token_and_the_same_site(page, path):
    assert_error(page.delete(path, headers={"X-Warder-CSRF": None}), 403, "csrf")
    assert_error(page.delete(path, headers={"X-Warder-CSRF": "A" * 43}), 403, "csrf")
    assert_error(page.delete(path, headers={"Sec-Fetch-Site": "cross-site"}), 403, "cross_site")
    assert page.is_signed_in()


@pytest.mark.parametrize("method, path", [("GET", LIST), ("DELETE", LIST), ("DELETE", LIST + "/" + "0" * 32), ("DELETE", "/v1alpha/users/alice/sessions")])
def test_sessions_accept_no_token_and_nobody(warder, open_page, alice, method, path):
    page, token = open_page(alice), alice.mint("one")
    assert_error(warder.request(method, path, bearer=token), 401, "unauthorized")
    assert_error(warder.request(method, path), 401, "unauthorized")
    assert page.is_signed_in()


def test_ended_sessions_are_not_listed(open_page, admin, alice):
    open_page(alice)
    gone = open_page(alice)
    gone.delete("/v1alpha/session")
    assert len(listed(alice)) == 1
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200
    alice.password = "another password"
    assert listed(alice) == []
    assert listed(open_page(alice))[0]["current"] is True


def test_list_never_has_more_than_50_sessions(open_page, alice):
    pages = [open_page(alice) for _ in range(52)]
    assert len(listed(pages[-1])) == 50
    assert "current" in listed(pages[-1])[-1]


def test_without_the_web_ui_sessions_are_404_for_every_method(start_server):
    server = start_server(env={"WARDER_UI_ENABLED": "false"})
    person = server.person("admin", ADMIN_PASSWORD)
    for path in (LIST, LIST + "/" + "0" * 32, "/v1alpha/users/admin/sessions"):
        for method in ("GET", "DELETE", "POST", "PUT", "OPTIONS"):
            assert_error(person.request(method, path), 404, "not_found")
