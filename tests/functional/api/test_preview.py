# SPDX-License-Identifier: MIT
"""Previews: the lifetime and the authorization of a token before it is minted."""

import time

import pytest
from support.responses import assert_error


def preview(person, **body):
    answer = person.post("/v1alpha/preview", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_preview_returns_lifetime_and_expiry(alice):
    before = int(time.time())
    told = preview(alice, jwt_token_life="3 months")
    assert list(told) == ["jwt_token_life", "exp"] and told["jwt_token_life"] == 7776000
    assert before + 7776000 <= told["exp"] <= int(time.time()) + 7776000
    assert preview(alice, jwt_token_life=1.5)["jwt_token_life"] == 1.5


def test_preview_names_the_grant_that_covers_the_request(alice):
    endpoints = ["GET /v1alpha/wallets/*/psbt", "/b/**", "POST //rpc.example.org/ rpc:get*"]
    authorize = lambda method, uri, **more: preview(alice, endpoints=endpoints, method=method, uri=uri, **more)
    assert authorize("HEAD", "/v1alpha/wallets/hot/psbt?x") == {"allowed": True, "grant": endpoints[0]}
    assert authorize("PUT", "https://x.org/b") == {"allowed": True, "grant": "/b/**"}
    assert authorize("POST", "http://rpc.example.org:8332/", rpc="getbalance") == {"allowed": True, "grant": endpoints[2]}
    for method, uri, more in [("POST", "/v1alpha/wallets/hot/psbt", {}), ("get", "/b", {}), ("POST", "http://rpc.example.org/", {"rpc": "stop"}), ("POST", "http://rpc.example.org/", {})]:
        assert authorize(method, uri, **more) == {"allowed": False, "grant": None, "reason": "out_of_scope"}


@pytest.mark.parametrize("name", ["get\x00stop", "get\n", "get\x7f", "get balance", "get,stop", "get*", "gété"])
def test_preview_denies_rpc_name_with_invalid_characters(alice, name):
    for endpoint in ("/w rpc:get*", "/w rpc:*"):
        assert preview(alice, endpoints=[endpoint], method="POST", uri="/w", rpc=name) == {"allowed": False, "grant": None, "reason": "out_of_scope"}
        assert preview(alice, endpoints=[endpoint], method="POST", uri="/w", rpc="getbalance")["allowed"]


def test_preview_without_endpoints_allows_any_request_without_a_grant(alice):
    assert preview(alice, method="GET", uri="/x") == {"allowed": True, "grant": None}
    assert preview(alice) == {}


def test_preview_applies_the_ceiling_of_the_authenticated_user(admin, alice):
    admin.patch("/v1alpha/users/alice", {"endpoints": ["/a/**"]})
    assert preview(alice, endpoints=["/**"], method="GET", uri="/b") == {"allowed": False, "grant": None, "reason": "over_ceiling"}
    assert preview(alice, endpoints=["/**"], method="GET", uri="/a/b") == {"allowed": True, "grant": "/**"}
    assert preview(alice, method="GET", uri="/b") == {"allowed": False, "grant": None, "reason": "over_ceiling"}


def test_preview_of_lifetime_and_request_returns_both(alice):
    assert list(preview(alice, jwt_token_life="1 h", endpoints=["/a"], method="GET", uri="/a")) == ["jwt_token_life", "exp", "allowed", "grant"]


@pytest.mark.parametrize(
    "body, slug, says",
    [
        ({"jwt_token_life": "soon"}, "bad_life", "soon"),
        ({"endpoints": ["/a//b"]}, "bad_grant", "at character 4"),
        ({"endpoints": []}, "bad_grant", "empty"),
        ({"method": "GET"}, "bad_field", "uri"),
        ({"uri": "/a"}, "bad_field", "method"),
        ({"rpc": "x"}, "bad_field", "method"),
        ({"method": "GET", "uri": "/a/../b"}, "bad_path", '".."'),
        ({"method": "GET", "uri": "a"}, "bad_path", "slash"),
        ({"method": 1, "uri": "/a"}, "bad_field", "method"),
        ({"description": "x"}, "bad_field", "description"),
    ],
    ids=str,
)
def test_invalid_preview_is_rejected_as_at_mint(alice, body, slug, says):
    assert says in assert_error(alice.post("/v1alpha/preview", body), 400, slug)


def test_preview_mints_no_token_and_denies_token_credentials(warder, alice):
    token = alice.mint("one")
    preview(alice, jwt_token_life="1 h", endpoints=["/a"])
    assert list(alice.tokens()) == [token.id]
    assert_error(warder.request("POST", "/v1alpha/preview", bearer=token, json={}), 401, "unauthorized")
