# SPDX-License-Identifier: MIT
"""Previews: the lifetime and the authorization of a token before it is minted."""

import time

import pytest
from support.responses import assert_error


def preview(person, query="", **body):
    answer = person.post("/v1alpha/preview" + query, body)
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


def test_preview_names_the_grants_that_can_never_match_within_the_ceiling(admin, alice):
    endpoints = ["GET /a/x", "GET /b/**", "PUT /a/**", "/**", "//a.example.org/a/b", "POST /a/w rpc:stop", "/c/*/d"]
    admin.patch("/v1alpha/users/alice", {"endpoints": ["GET,POST /a/*", "/c/**", "POST //*.org/d rpc:get*"]})
    assert preview(alice, endpoints=endpoints) == {"outside_ceiling": ["GET /b/**", "PUT /a/**"]}
    assert preview(alice, endpoints=["/d rpc:getbalance", "/d rpc:g*", "HEAD /a/b"]) == {}
    assert preview(alice, endpoints=["/d rpc:list*", "//example.org:1/d", "GET /d"]) == {"outside_ceiling": ["/d rpc:list*", "GET /d"]}

    told = preview(alice, jwt_token_life="1 h", endpoints=["/a/x", "/b"], method="PUT", uri="/b")
    assert list(told) == ["jwt_token_life", "exp", "allowed", "grant", "reason", "outside_ceiling"]
    assert told["outside_ceiling"] == ["/b"]


def test_preview_without_a_ceiling_names_no_grant_outside_of_it(alice):
    assert preview(alice, endpoints=["/a"]) == {}


@pytest.mark.parametrize(
    "endpoints, request_, told",
    [
        (["GET /a", "/b/**"], ("GET", "/b/c"), 'The grant "/b/**" covers the request.'),
        (None, ("GET", "/x"), "Neither grants nor a ceiling limit the token."),
        (["GET,POST /a"], ("PUT", "/a"), 'The only grant is "GET,POST /a", but the method "PUT" is not in GET,POST.'),
        (["GET /wallets/**", "PUT /x"], ("GET", "/x?wallet=1"), 'The nearest grant is "GET /wallets/**", but the path "/x" is not under "/wallets".'),
        (["PUT /x", "GET /x/*"], ("POST", "/x"), 'The nearest grant is "PUT /x", but the method "POST" is not PUT.'),
        (["//*.example.org/x"], ("GET", "http://a.example.com/x"), 'The only grant is "//*.example.org/x", but the host "a.example.com" doesn\'t match "*.example.org".'),
        (["/x rpc:get*"], ("POST", "/x", "stop"), 'The only grant is "/x rpc:get*", but the JSON-RPC method "stop" is not in rpc:get*.'),
        (["/x rpc:get*"], ("POST", "/x"), 'The only grant is "/x rpc:get*", but the request calls no JSON-RPC method, which must be in rpc:get*.'),
    ],
    ids=str,
)
def test_preview_explains_why_a_request_is_allowed_or_not(alice, endpoints, request_, told):
    body = dict(zip(("method", "uri", "rpc"), request_)) | ({"endpoints": endpoints} if endpoints else {})
    explained = preview(alice, "?include=explanation", **body)
    assert explained.pop("explanation") == told
    assert explained == preview(alice, **body), "the other keys are the same"


def test_preview_explains_by_the_ceiling_if_the_grants_cover_the_request(admin, alice):
    admin.patch("/v1alpha/users/alice", {"endpoints": ["/a/**", "PUT /b"]})
    told = preview(alice, "?include=explanation", endpoints=["/**"], method="GET", uri="/b")
    assert list(told) == ["allowed", "grant", "reason", "explanation"]
    assert told["explanation"] == 'The nearest grant of the ceiling is "/a/**", but the path "/b" is not under "/a".'
    told = preview(alice, "?include=explanation", endpoints=["/**"], method="GET", uri="/a")
    assert told["explanation"] == 'The grant "/**" covers the request, and so does "/a/**" of the ceiling.'
    told = preview(alice, "?include=explanation", endpoints=["/b"])
    assert told == {}, "without a request there is nothing to explain"
    assert_error(alice.post("/v1alpha/preview?include=usage", {}), 400, "bad_field")


def test_preview_quotes_what_the_request_names(alice):
    told = preview(alice, "?include=explanation", endpoints=["/a"], method="\x1b[2J\u202e" + "x" * 1000, uri="/" + "y" * 2000)["explanation"]
    assert told.isprintable() and len(told) < 1000


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
