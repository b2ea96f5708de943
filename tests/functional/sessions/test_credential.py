# SPDX-License-Identifier: MIT
"""Sessions as credentials: the endpoints that accept them, their precedence, and the CSRF and cross-site checks of changes."""

import pytest
from support.responses import BASIC, BEARER, assert_error, challenges
from support.server import ADMIN_PASSWORD
from support.ui_client import PLAIN, SECURE
from support.upstream import Upstream, route

MINT = {"jwt_token_description": "by page", "jwt_token_life": "6 minutes"}


def test_session_mints_edits_renews_and_deletes_tokens(warder, page):
    minted = page.post("/v1alpha/token/", MINT)
    assert minted.status_code == 201
    token, token_id = minted.json()["jwt_token"], minted.json()["jwt_token_id"]
    assert warder.accepts(token)
    assert list(page.get("/v1alpha/token/").json()["jwt_tokens"]) == [token_id]
    assert page.get(f"/v1alpha/token/{token_id}").json()["jwt_token_description"] == "by page"
    assert page.request("PATCH", f"/v1alpha/token/{token_id}", json={"jwt_token_description": "renamed"}).status_code == 200
    renewed = page.post(f"/v1alpha/token/{token_id}/renew", {})
    assert renewed.status_code == 201
    assert page.post("/v1alpha/preview", {"jwt_token_life": "1 h"}).json()["jwt_token_life"] == 3600
    assert page.get("/v1alpha/whoami").json() == {"username": "alice", "is_admin": False}
    assert page.delete(f"/v1alpha/token/{renewed.json()['jwt_token_id']}").status_code == 200


def test_session_of_administrator_manages_users_and_lists_all_tokens(open_page, admin, alice):
    page = open_page(admin)
    assert page.post("/v1alpha/users/", {"username": "carol", "password": "the password of carol"}).status_code == 201
    assert [user["username"] for user in page.get("/v1alpha/users/").json()["users"]] == ["admin", "alice", "carol"]
    assert page.request("PATCH", "/v1alpha/users/carol", json={"is_admin": True}).status_code == 200
    assert page.request("PUT", "/v1alpha/users/carol/password", json={"password": "another password"}).status_code == 200
    assert page.delete("/v1alpha/users/carol").status_code == 200
    token = alice.mint("hers")
    assert page.get("/v1alpha/token/?user=*").json()["jwt_tokens"][token.id]["username"] == "alice"


def test_session_of_non_administrator_is_forbidden_administration(page):
    assert page.get("/v1alpha/users/alice").status_code == 200, "oneself"
    for path in ("/v1alpha/users/", "/v1alpha/users/admin", "/v1alpha/token/?user=*"):
        assert_error(page.get(path), 403, "forbidden")


@pytest.mark.parametrize("path", ["/v1alpha/introspect", "/v1alpha/revoke"])
def test_session_at_introspect_and_revoke_is_denied(page, alice, path):
    token = alice.mint("one")
    refused = page.request("POST", path, data={"token": str(token)})
    assert_error(refused, 401, "unauthorized")
    assert challenges(refused) == [BEARER]
    assert page.server.accepts(token)


def test_session_at_the_decision_endpoint_is_denied(page):
    refused = page.get("/auth", headers={"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/"})
    assert_error(refused, 401, "unauthorized")
    assert challenges(refused) == [BEARER]


def test_session_at_the_gateway_is_denied_and_never_forwarded(start_server, open_page):
    with Upstream() as upstream:
        server = start_server(config_text="[ui]\nsame_origin = true\n" + route("/a", upstream.url) + route("/open", upstream.url, auth="none"))
        page = open_page(server.person("admin", ADMIN_PASSWORD), server)
        assert_error(page.get("/a"), 401, "unauthorized")
        page.cookie = f"a=1; {page.cookie}; {SECURE}=x"
        assert page.get("/open").status_code == 200
        (request,) = upstream.requests
        assert request.header("Cookie") == "a=1"


# Precedence


@pytest.mark.parametrize("path", ["/v1alpha/whoami", "/v1alpha/session", "/v1alpha/token/"])
@pytest.mark.parametrize("headers", [{"Authorization": "Bearer nonsense"}, {"X-Warder-Token": "nonsense"}, {"Authorization": "Digest x"}, {"Authorization": ""}, {"Authorization": "Basic eDp4"}])
def test_invalid_credential_in_addition_to_a_session_is_denied(page, path, headers):
    assert page.get(path, headers=headers).status_code == 401
    assert page.is_signed_in()


def test_valid_credential_overrides_the_session(page, admin, alice):
    token = str(admin.mint("one"))
    assert page.get("/v1alpha/whoami", headers={"Authorization": f"Bearer {token}"}).json()["username"] == "admin"
    assert page.get("/v1alpha/whoami", headers={"X-Warder-Token": token}).json()["username"] == "admin"
    assert page.server.get("/v1alpha/whoami", auth=admin.auth, headers={"Cookie": page.cookie}).json()["username"] == "admin"
    assert page.get("/v1alpha/session", headers={"X-Warder-Token": token}).status_code == 401
    assert page.server.get("/v1alpha/session", auth=alice.auth, headers={"Cookie": page.cookie}).status_code == 401


def test_password_at_the_session_endpoint_is_denied_without_throttling(warder, alice):
    for _ in range(8):
        assert warder.get("/v1alpha/session", auth=("alice", "not the password")).status_code == 401
    assert alice.get("/v1alpha/whoami").status_code == 200, "no failed attempt was counted"


def test_two_credentials_in_addition_to_a_session_are_rejected_with_400(page):
    refused = page.get("/v1alpha/whoami", headers={"Authorization": "Bearer x", "X-Warder-Token": "x"})
    assert_error(refused, 400, "bad_request")


# Cookies


def test_two_session_cookies_are_denied(open_page, alice, bob):
    page, other = open_page(alice), open_page(bob)
    for cookie in (f"{page.cookie}; {page.cookie}", f"{page.cookie}; {other.cookie}", f"{page.cookie}; {PLAIN}=", f"{page.cookie}; {SECURE}={page.id}"):
        assert_error(page.get("/v1alpha/whoami", headers={"Cookie": cookie}), 401, "unauthorized")
        assert_error(page.post("/v1alpha/token/", MINT, headers={"Cookie": cookie}), 401, "unauthorized")
    lines = f"Cookie: {page.cookie}\r\nCookie: {other.cookie}\r\n"
    assert page.server.raw(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()).status == 401
    assert page.is_signed_in()


def test_sign_in_with_several_session_cookies_ends_each_of_these_sessions(open_page, alice, bob):
    page, other = open_page(alice), open_page(bob)
    fresh = open_page()
    fresh.cookie = f"{page.cookie}; {other.cookie}"
    fresh.sign_in("alice", alice.password)
    assert fresh.is_signed_in() and not page.is_signed_in() and not other.is_signed_in()


def test_session_cookie_among_other_cookies_is_accepted(page):
    for cookie in (f"a=b; {page.cookie}; c=d", f"a=b;{page.cookie}", f"{page.cookie};"):
        assert page.get("/v1alpha/whoami", headers={"Cookie": cookie}).status_code == 200, cookie
    lines = f"Cookie: theme=dark\r\ncookie: {page.cookie}\r\n"
    assert page.server.raw(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()).status == 200


def test_malformed_session_cookie_is_denied(page):
    for cookie in (f"{PLAIN}={page.id}A", f"{PLAIN}={page.id[:-1]}", f'{PLAIN}="{page.id}"', f"{SECURE}={page.id}", f"{PLAIN.upper()}={page.id}", f"{PLAIN}={page.csrf}", f"{PLAIN}=", f"{PLAIN}={'x' * 8000}"):
        assert_error(page.get("/v1alpha/whoami", headers={"Cookie": cookie}), 401, "unauthorized")


# Challenges


@pytest.mark.parametrize("path", ["/v1alpha/whoami", "/v1alpha/token/", "/v1alpha/users/", "/v1alpha/session"])
def test_denied_browser_request_gets_no_basic_challenge(warder, page, path):
    for headers in ({"Cookie": f"{PLAIN}=gone"}, {"Cookie": f"{SECURE}=gone"}, {"Sec-Fetch-Mode": "cors"}):
        refused = warder.get(path, headers=headers)
        assert_error(refused, 401, "unauthorized")
        assert challenges(refused) == [BEARER], headers
    plain = challenges(warder.get(path))
    assert plain == {"/v1alpha/whoami": [BASIC, BEARER], "/v1alpha/session": [BEARER]}.get(path, [BASIC])


# CSRF


CHANGES = [("POST", "/v1alpha/token/"), ("PATCH", "/v1alpha/token/x"), ("DELETE", "/v1alpha/token/x"), ("POST", "/v1alpha/token/x/renew"), ("POST", "/v1alpha/preview")]
CHANGES += [("POST", "/v1alpha/users/"), ("PATCH", "/v1alpha/users/x"), ("DELETE", "/v1alpha/users/x"), ("PUT", "/v1alpha/users/x/password"), ("DELETE", "/v1alpha/session")]


@pytest.mark.parametrize("method, path", CHANGES)
def test_change_by_session_without_its_csrf_token_is_denied(open_page, admin, method, path):
    page, other = open_page(admin), open_page(admin)
    for wrong in (None, "", "x", other.csrf, page.csrf[:-1], page.csrf + "A", page.csrf.swapcase(), page.id):
        assert_error(page.request(method, path, headers={"X-Warder-CSRF": wrong}), 403, "csrf")
    assert page.is_signed_in()
    assert page.request(method, path).status_code not in (401, 403)


def test_duplicate_csrf_tokens_are_denied(page):
    head = f"DELETE /v1alpha/session HTTP/1.1\r\nHost: x\r\nCookie: {page.cookie}\r\n" + f"X-Warder-CSRF: {page.csrf}\r\n" * 2
    assert_error(page.server.raw(f"{head}\r\n".encode()), 403, "csrf")


def test_csrf_token_is_not_required_for_reads_or_other_credentials(page, alice):
    assert page.get("/v1alpha/token/", headers={"X-Warder-CSRF": "nonsense"}).status_code == 404
    assert page.request("OPTIONS", "/v1alpha/token/").status_code == 204
    answer = page.server.post("/v1alpha/token/", auth=alice.auth, json=MINT, headers={"Cookie": page.cookie})
    assert answer.status_code == 201


def test_ended_session_is_denied_with_401_before_the_csrf_check(page):
    page.delete("/v1alpha/session")
    assert_error(page.post("/v1alpha/token/", MINT, headers={"X-Warder-CSRF": None}), 401, "unauthorized")


# Cross-site requests


FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": ""}, {"Origin": "null"}, {"Origin": "http://evil.test"}, {"Origin": "http://127.0.0.1"}]


@pytest.mark.parametrize("headers", FOREIGN)
def test_cross_site_change_is_denied_with_any_credential(page, alice, headers):
    assert_error(page.post("/v1alpha/token/", MINT, headers=headers), 403, "cross_site")
    assert_error(page.delete("/v1alpha/session", headers=headers), 403, "cross_site")
    assert_error(page.server.post("/v1alpha/token/", auth=alice.auth, json=MINT, headers=headers), 403, "cross_site")
    assert_error(page.try_to_sign_in("alice", alice.password, headers=headers), 403, "cross_site")
    assert page.is_signed_in() and page.get("/v1alpha/token/").status_code == 404


def test_cross_site_sign_in_attempts_are_not_throttled(open_page, alice):
    for _ in range(8):
        assert_error(open_page(Sec_Fetch_Site="cross-site").try_to_sign_in("alice", "not the password"), 403, "cross_site")
    open_page(alice)


def test_same_origin_page_signs_in_and_mints(open_page, alice):
    page = open_page(Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors")
    page.headers["Origin"] = page.server.url
    page.sign_in("alice", alice.password)
    assert page.post("/v1alpha/token/", MINT).status_code == 201


# Secrets


def test_session_id_and_csrf_token_are_never_logged_or_stored(start_server, open_page):
    server = start_server(config_text='[log]\nlevel = "debug"\naccess = true\n')
    page = open_page(server.person("admin", ADMIN_PASSWORD), server)
    page.get("/v1alpha/whoami")
    page.post("/v1alpha/token/", MINT, headers={"X-Warder-CSRF": "x"})
    page.delete("/v1alpha/session")
    server.terminate()
    server.wait()
    kept = server.log().encode() + b"".join(file.read_bytes() for file in server.data_dir.iterdir() if file.is_file())
    assert page.id.encode() not in kept and page.csrf.encode() not in kept
    assert b"/v1alpha/session" in kept, "the debug log contains requests"
