# SPDX-License-Identifier: MIT
import base64

import pytest
from support.responses import BASIC, BEARER, NO_TOKEN, NOT_VALID, UNAUTHORIZED, WRONG_PASSWORD, assert_error, challenges


def test_whoami_with_a_token_returns_user_and_remaining_lifetime(warder, alice):
    token = alice.mint("ci")
    answer = warder.get("/v1alpha/whoami", bearer=token)
    body = answer.json()
    assert set(body) == {"username", "is_admin", "jwt_token_id", "jwt_token_description", "jwt_token_life_remaining"}
    assert (body["username"], body["is_admin"], body["jwt_token_id"], body["jwt_token_description"]) == ("alice", False, token.id, "ci")
    assert 300 < body["jwt_token_life_remaining"] <= 361
    assert answer.headers["Cache-Control"] == "no-store"


def test_whoami_with_a_password_returns_only_user_and_role(admin, alice):
    assert admin.get("/v1alpha/whoami").json() == {"username": "admin", "is_admin": True}
    assert alice.get("/v1alpha/whoami").json() == {"username": "alice", "is_admin": False}


def test_username_in_any_letter_case_signs_in_and_returns_as_stored(warder, make_user):
    make_user("Carol", "the password of Carol")
    assert warder.person("cAROL", "the password of Carol").get("/v1alpha/whoami").json()["username"] == "Carol"


def test_request_without_credentials_gets_both_challenges(warder):
    answer = warder.get("/v1alpha/whoami")
    assert_error(answer, 401, "unauthorized", NO_TOKEN)
    assert challenges(answer) == [BASIC, BEARER]


def test_wrong_password_and_unknown_user_get_the_same_denial(warder, alice):
    wrong = warder.person("alice", "not it, surely").get("/v1alpha/token/")
    unknown = warder.person("nobody", "not it, surely").get("/v1alpha/token/")
    for answer in (wrong, unknown):
        assert_error(answer, 401, "unauthorized", UNAUTHORIZED)
        assert challenges(answer) == [BASIC]


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Mode": "cors"}, {"Cookie": "warder_session=whatever"}])
@pytest.mark.parametrize("path", ["/v1alpha/whoami", "/v1alpha/token/"])
def test_browser_script_requests_get_no_basic_challenge(warder, path, headers):
    assert challenges(warder.get(path, headers=headers)) == [BEARER]


@pytest.mark.parametrize(
    "value", ["", "Basic", "Basic ", "Basic !!!", "Basic YWRtaW4=", "Digest x=y", "Bearer", "Bearer ", "Basic YWRtaW46eA== x", "x" * 5000, "Bearer a b"]
)
def test_malformed_authorization_is_denied_with_401(warder, value):
    answer = warder.raw(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: {value}\r\n\r\n".encode())
    assert answer.status == 401, answer
    assert answer.json()["message"] == (NOT_VALID if value.startswith("Bearer") else WRONG_PASSWORD)


def test_authorization_scheme_is_case_insensitive(warder, alice):
    token = alice.mint("one")
    secret = base64.b64encode(b"alice:the password of alice").decode()
    for value in (f"bearer {token}", f"BEARER {token}", f"bASIC {secret}"):
        assert warder.get("/v1alpha/whoami", headers={"Authorization": value}).status_code == 200, value


def test_password_with_colons_and_non_ascii_letters_signs_in(warder, make_user):
    make_user("dave", "a:b::\u00e9\u4e2d\u6587")
    assert warder.person("dave", "a:b::\u00e9\u4e2d\u6587").get("/v1alpha/whoami").status_code == 200


def test_duplicate_authorization_headers_are_rejected_with_400(warder, alice):
    token = alice.mint("one")
    lines = f"Authorization: Bearer {token}\r\n" * 2
    assert_error(warder.raw(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()), 400, "bad_request")


def test_access_token_in_query_or_cookie_is_denied(warder, alice):
    token = alice.mint("one")
    assert warder.get(f"/v1alpha/whoami?access_token={token}").status_code in (400, 401)
    assert warder.get("/v1alpha/whoami", headers={"Cookie": f"token={token}; access_token={token}"}).status_code == 401
