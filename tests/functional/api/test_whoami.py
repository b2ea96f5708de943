# SPDX-License-Identifier: MIT
import base64

import pytest
from support.answers import BASIC, BEARER, UNAUTHORIZED, assert_refused, challenges


def test_a_token_says_whose_it_is_and_what_is_left(warder, alice):
    token = alice.mint("ci")
    answer = warder.get("/v1alpha/whoami", bearer=token)
    body = answer.json()
    assert set(body) == {"username", "is_admin", "jwt_token_id", "jwt_token_description", "jwt_token_life_remaining"}
    assert (body["username"], body["is_admin"], body["jwt_token_id"], body["jwt_token_description"]) == ("alice", False, token.id, "ci")
    assert 300 < body["jwt_token_life_remaining"] <= 361
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_password_says_who_alone(admin, alice):
    assert admin.get("/v1alpha/whoami").json() == {"username": "admin", "is_admin": True}
    assert alice.get("/v1alpha/whoami").json() == {"username": "alice", "is_admin": False}


def test_the_name_is_folded_at_sign_in_and_answered_as_stored(warder, make_user):
    make_user("Carol", "the password of Carol")
    assert warder.person("cAROL", "the password of Carol").get("/v1alpha/whoami").json()["username"] == "Carol"


def test_nothing_presented_gets_both_challenges(warder):
    answer = warder.get("/v1alpha/whoami")
    assert_refused(answer, 401, "unauthorized", UNAUTHORIZED)
    assert challenges(answer) == [BASIC, BEARER]


def test_a_wrong_password_and_an_unknown_user_get_one_answer(warder, alice):
    wrong = warder.person("alice", "not it, surely").get("/v1alpha/token/")
    unknown = warder.person("nobody", "not it, surely").get("/v1alpha/token/")
    for answer in (wrong, unknown):
        assert_refused(answer, 401, "unauthorized", UNAUTHORIZED)
        assert challenges(answer) == [BASIC]


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Mode": "cors"}, {"Cookie": "warder_session=whatever"}])
@pytest.mark.parametrize("path", ["/v1alpha/whoami", "/v1alpha/token/"])
def test_browsers_scripts_raise_no_password_dialog(warder, path, headers):
    assert challenges(warder.get(path, headers=headers)) == [BEARER]


@pytest.mark.parametrize(
    "value", ["", "Basic", "Basic ", "Basic !!!", "Basic YWRtaW4=", "Digest x=y", "Bearer", "Bearer ", "Basic YWRtaW46eA== x", "x" * 5000, "Bearer a b"]
)
def test_a_malformed_authorization_is_a_wrong_credential(warder, value):
    answer = warder.raw(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: {value}\r\n\r\n".encode())
    assert answer.status == 401, answer
    assert answer.json()["message"] == UNAUTHORIZED


def test_the_scheme_is_read_in_any_case(warder, alice):
    token = alice.mint("one")
    secret = base64.b64encode(b"alice:the password of alice").decode()
    for value in (f"bearer {token}", f"BEARER {token}", f"bASIC {secret}"):
        assert warder.get("/v1alpha/whoami", headers={"Authorization": value}).status_code == 200, value


def test_a_password_may_have_colons_and_letters_of_all_languages(warder, make_user):
    make_user("dave", "a:b::\u00e9\u4e2d\u6587")
    assert warder.person("dave", "a:b::\u00e9\u4e2d\u6587").get("/v1alpha/whoami").status_code == 200


def test_two_authorizations_are_refused_before_either_is_read(warder, alice):
    token = alice.mint("one")
    lines = f"Authorization: Bearer {token}\r\n" * 2
    assert_refused(warder.raw(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()), 400, "bad_request")


def test_a_token_counts_nowhere_but_in_authorization(warder, alice):
    token = alice.mint("one")
    assert warder.get(f"/v1alpha/whoami?access_token={token}").status_code in (400, 401)
    assert warder.get("/v1alpha/whoami", headers={"Cookie": f"token={token}; access_token={token}"}).status_code == 401
