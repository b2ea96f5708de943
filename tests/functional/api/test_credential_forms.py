# SPDX-License-Identifier: MIT
"""The three forms of a token credential: Authorization: Bearer, X-Warder-Token, and the password of Basic authentication."""

import base64

import pytest
from support.responses import BASIC, BEARER, assert_error, challenges


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def whoami(server, **headers):
    return server.request("GET", "/v1alpha/whoami", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_token_as_bearer_x_warder_token_or_basic_password_of_its_user_authenticates(warder, alice):
    token = str(alice.mint("one"))
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"X-Warder-Token": token},
        {"Authorization": basic("alice", token)},
        {"Authorization": basic("ALICE", token)},
        {"Authorization": basic("token", token)},
    ):
        assert whoami(warder, **headers).json()["jwt_token_description"] == "one", headers


@pytest.mark.parametrize("name", ["bob", "", "Token", "admin", "alic"])
def test_token_as_basic_password_of_another_username_is_denied(warder, alice, bob, name):
    refused = whoami(warder, Authorization=basic(name, str(alice.mint("one"))))
    assert_error(refused, 401, "invalid_token")
    assert challenges(refused) == [BASIC, BEARER + ', error="invalid_token", error_description="not valid"']


def test_revoked_token_as_basic_password_is_denied_without_throttling(warder, alice):
    token = alice.mint("one")
    alice.delete(f"/v1alpha/token/{token.id}")
    for _ in range(8):
        assert_error(whoami(warder, Authorization=basic("alice", str(token))), 401, "invalid_token")
    assert alice.get("/v1alpha/whoami").status_code == 200, "never throttled"


@pytest.mark.parametrize("value", ["", "nonsense", "Bearer eyJ.a.b", "a b"])
def test_malformed_token_in_x_warder_token_is_denied_with_401(warder, value):
    assert_error(whoami(warder, X_Warder_Token=value), 401, "invalid_token")


def test_request_with_two_credentials_is_rejected_with_400(warder, alice):
    token = str(alice.mint("one"))
    head = b"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\n"
    for first, second in [
        (f"X-Warder-Token: {token}", f"Authorization: Bearer {token}"),
        (f"X-Warder-Token: {token}", f"Authorization: {basic('alice', alice.password)}"),
        (f"X-Warder-Token: {token}", f"X-Warder-Token: {token}"),
        (f"Authorization: Bearer {token}", f"Authorization: Bearer {token}"),
    ]:
        assert_error(warder.raw(head + f"{first}\r\n{second}\r\n\r\n".encode()), 400, "bad_request")


def test_token_in_cookie_or_query_is_denied_with_401(warder, alice):
    token = str(alice.mint("one"))
    assert_error(warder.request("GET", "/v1alpha/whoami", headers={"Cookie": f"token={token}; X-Warder-Token={token}"}), 401, "unauthorized")
    assert warder.request("GET", f"/v1alpha/whoami?access_token={token}").status_code == 401


def test_mint_with_a_token_as_bearer_x_warder_token_or_basic_password_is_denied(warder, alice):
    token = str(alice.mint("one"))
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-Warder-Token": token}, {"Authorization": basic("alice", token)}):
        refused = warder.request("POST", "/v1alpha/token/", headers=headers, json={"jwt_token_description": "two", "jwt_token_life": "1 h"})
        assert_error(refused, 401, "unauthorized")
        assert challenges(refused) == [BASIC]
    assert len(alice.tokens()) == 1
