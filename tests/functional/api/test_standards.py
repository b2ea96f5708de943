# SPDX-License-Identifier: MIT
"""Introspection (RFC 7662) and revocation (RFC 7009), as other programs call them."""

import time

import pytest
from support import specter
from support.responses import BASIC, BEARER, assert_error, challenges

INACTIVE = {"active": False}
PATHS = ["/v1alpha/introspect", "/api/v1alpha/introspect/"]


def introspect(person, token, path="/v1alpha/introspect", **fields):
    answer = person.request("POST", path, data={"token": str(token), **fields})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def with_token(server, path, bearer, **form):
    return server.request("POST", path, bearer=bearer, data=form)


@pytest.mark.parametrize("path", PATHS)
def test_introspection_by_the_owner_describes_a_valid_token(alice, path):
    token = alice.mint("one", life="6 minutes")
    described = introspect(alice, token, path)
    assert list(described) == ["active", "username", "exp", "iat", "jti"]
    assert (described["active"], described["username"], described["jti"]) == (True, "alice", token.id)
    assert described["exp"] - described["iat"] == 360


def test_introspection_of_another_users_token_is_active_only_for_administrators(admin, alice, bob):
    token = alice.mint("one")
    assert introspect(admin, token)["username"] == "alice"
    assert introspect(bob, token) == INACTIVE


def test_introspection_of_an_invalid_or_deleted_token_is_inactive(alice):
    token = alice.mint("one")
    for text in ("", "nonsense", str(token)[:-2] + "xx", str(token) + "."):
        assert introspect(alice, text) == INACTIVE
    assert introspect(alice, token)["active"]
    alice.delete(f"/v1alpha/token/{token.id}")
    assert introspect(alice, token) == INACTIVE


def test_introspection_of_a_scoped_token_is_active_only_for_covered_requests(alice, admin):
    token = alice.mint("one", endpoints=["GET /a/*", "//photos.example.org/**", "POST /rpc rpc:*"])
    assert introspect(alice, token) == INACTIVE
    assert introspect(alice, token, method="GET") == INACTIVE
    assert introspect(alice, token, uri="/a/b") == INACTIVE
    described = introspect(alice, token, method="GET", uri="/a/b?x=1")
    assert described["active"] and described["endpoints"] == ["GET /a/*", "//photos.example.org/**", "POST /rpc rpc:*"]
    assert introspect(alice, token, method="HEAD", uri="https://anything.org/a/b")["active"]
    assert introspect(alice, token, method="PUT", uri="https://photos.example.org")["active"]
    for method, uri in [
        ("GET", "/a"), ("GET", "/a/b/c"), ("get", "/a/b"), ("GET", "/a/../a/b"), ("GET", "/a//b"), ("GET", "a/b"), ("GET", "ftp://x/a/b"),
        ("PUT", "https://photos.example.org.evil/"), ("PUT", "https://photos.example.org@evil/"), ("PUT", "/"), ("POST", "/rpc"), ("GET", ""), ("", "/a/b"),
    ]:  # fmt: skip
        assert introspect(alice, token, method=method, uri=uri) == INACTIVE, (method, uri)

    admin.patch("/v1alpha/users/alice", {"endpoints": ["/a/b"]})
    described = introspect(alice, token, method="GET", uri="/a/b")
    assert described["ceiling"] == ["/a/b"]
    assert introspect(alice, token, method="GET", uri="/a/c") == INACTIVE


def test_introspection_with_a_token_requires_an_administrator_grant(warder, admin, alice):
    token = alice.mint("one")
    for path in PATHS:
        introspector = admin.mint(f"proxy {path}", endpoints=["POST " + path])
        assert with_token(warder, path, introspector, token=str(token)).json()["username"] == "alice"
    elsewhere = admin.mint("elsewhere", endpoints=["GET /v1alpha/introspect", "POST /v1alpha/other"])
    for other in (elsewhere, admin.mint("unlimited"), alice.mint("alice's", endpoints=["POST /v1alpha/introspect"]), alice.mint("own")):
        refused = with_token(warder, "/v1alpha/introspect", other, token=str(token))
        assert_error(refused, 401, "unauthorized")
        assert challenges(refused) == [BASIC, BEARER]


def test_introspection_by_a_token_checks_the_host_of_its_grant(warder, admin):
    token = admin.mint("one")
    good = admin.mint("here", endpoints=["POST //127.0.0.1/v1alpha/introspect"])
    bad = admin.mint("there", endpoints=["POST //example.org/v1alpha/introspect"])
    assert with_token(warder, "/v1alpha/introspect", good, token=str(token)).status_code == 200
    assert with_token(warder, "/v1alpha/introspect", bad, token=str(token)).status_code == 401


@pytest.mark.parametrize("path", ["/v1alpha/introspect", "/v1alpha/revoke"])
def test_introspect_and_revoke_forms_with_invalid_fields_are_rejected(alice, path):
    token = str(alice.mint("one"))
    assert "token" in assert_error(alice.request("POST", path, data={}), 400, "bad_field")
    assert "scope" in assert_error(alice.request("POST", path, data={"token": token, "scope": "x"}), 400, "bad_field")
    assert "token" in assert_error(alice.request("POST", path, data=f"token={token}&token={token}"), 400, "bad_field")
    assert_error(alice.request("POST", path, data="token=%zz"), 400, "bad_field")
    assert alice.request("POST", path, data={"token": "x", "token_type_hint": "access_token"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1alpha/introspect", "/v1alpha/revoke"])
def test_introspect_and_revoke_without_a_credential_are_denied(warder, path):
    refused = warder.request("POST", path, data={"token": "x"})
    assert_error(refused, 401, "unauthorized")
    assert challenges(refused) == [BASIC, BEARER]
    allowed = warder.request("GET", path)
    assert allowed.status_code == 405 and allowed.headers["Allow"] == "POST, OPTIONS"


def test_revocation_by_owner_administrator_or_the_token_itself_succeeds(warder, admin, alice):
    for revoke in (
        lambda token: alice.request("POST", "/v1alpha/revoke", data={"token": str(token)}),
        lambda token: admin.request("POST", "/v1alpha/revoke/", data={"token": str(token), "token_type_hint": "access_token"}),
        lambda token: with_token(warder, "/api/v1alpha/revoke", token, token=str(token)),
    ):
        token = alice.mint("one", endpoints=["GET /nothing"])
        assert warder.accepts(token)
        answer = revoke(token)
        assert (answer.status_code, answer.json()) == (200, {})
        assert not warder.accepts(token)
        assert alice.tokens() == {}


def test_revocation_of_an_invalid_or_revoked_token_is_200(alice):
    token = alice.mint("one")
    for text in ("nonsense", str(token)[:-2] + "xx", ""):
        assert alice.request("POST", "/v1alpha/revoke", data={"token": text}).json() == {}
    for _ in range(2):
        assert alice.request("POST", "/v1alpha/revoke", data={"token": str(token)}).json() == {}


def test_revocation_of_another_token_without_permission_is_denied(warder, alice, bob):
    token, sibling = alice.mint("one"), alice.mint("two")
    assert_error(bob.request("POST", "/v1alpha/revoke", data={"token": str(token)}), 403, "forbidden")
    assert_error(with_token(warder, "/v1alpha/revoke", sibling, token=str(token)), 401, "unauthorized")
    assert_error(with_token(warder, "/v1alpha/revoke", bob.mint("bob's"), token=str(token)), 401, "unauthorized")
    assert warder.accepts(token)


def test_token_issued_in_the_future_can_be_revoked(warder, admin, bob, tmp_path):
    """Such a token exists after the clock was ahead. After a response of 200 it must not become valid later."""
    (tmp_path / "secret").write_text(specter.SECRET)
    early = dict(specter.make_token("carol", name, minted=int(time.time()) + 3600) for name in ("one", "two"))
    file = specter.write_users(tmp_path / "specter" / "users.json", [specter.make_user("carol", "the password of carol", *early.items())])
    assert warder.cli("import", "specter", file, "--secret-file", tmp_path / "secret").returncode == 0
    carol = warder.person("carol", "the password of carol")
    one, two = (record["jwt_token"] for record in early.values())
    assert not warder.accepts(one) and len(carol.tokens()) == 2

    assert_error(bob.request("POST", "/v1alpha/revoke", data={"token": one}), 403, "forbidden")
    for left, (person, token) in ((1, (carol, one)), (0, (admin, two))):
        answer = person.request("POST", "/v1alpha/revoke", data={"token": token})
        assert (answer.status_code, answer.json()) == (200, {})
        assert len(carol.tokens()) == left


def test_authlib_client_can_introspect_and_revoke(warder, make_user):
    """Authlib sends token_type_hint and expects the responses of the RFCs. Its version 1.3 percent-encodes the password (RFC 6749 §2.3.1)."""
    from authlib.integrations.requests_client import OAuth2Session

    user = make_user("bob", "a_password_that_needs_no_escape")
    token = user.mint("one")
    session = OAuth2Session("bob", user.password, token_endpoint_auth_method="client_secret_basic")
    session.trust_env = False
    answer = session.introspect_token(f"{warder.url}/v1alpha/introspect", token=str(token), token_type_hint="access_token")
    assert answer.json()["jti"] == token.id
    assert session.revoke_token(f"{warder.url}/v1alpha/revoke", token=str(token), token_type_hint="access_token").status_code == 200
    assert not warder.accepts(token)
