# SPDX-License-Identifier: MIT
"""Grants of a token: given at mint, edited later, and bounded by the ceiling of the user."""

import base64
import json

import pytest
from support.responses import assert_error

PSBT = "GET /v1alpha/wallets/*/psbt"
ALL = ["GET /v1alpha/**", "POST //photos.example.org/**"]


def payload_of(token):
    part = str(token).split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def verify(server, token, *request):
    return server.cli("token", "verify", *request, stdin=f"{token}\n")


def reaches(server, token, method, path, *more):
    done = verify(server, token, "--method", method, "--path", path, *more)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def test_scoped_token_grants_appear_in_mint_show_list_and_whoami(warder, alice):
    token = alice.mint("narrow", endpoints=[PSBT])
    assert list(token.answer)[-1] == "endpoints" and token.answer["endpoints"] == [PSBT]
    assert alice.get(f"/v1alpha/token/{token.id}").json()["endpoints"] == [PSBT]
    assert alice.tokens()[token.id]["endpoints"] == [PSBT]
    assert warder.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == [PSBT]


def test_responses_for_an_unscoped_token_omit_endpoints_and_ceiling(warder, alice):
    token = alice.mint("wide")
    for answer in (token.answer, alice.get(f"/v1alpha/token/{token.id}").json(), alice.tokens()[token.id], warder.get("/v1alpha/whoami", bearer=token).json()):
        assert "endpoints" not in answer and "ceiling" not in answer


def test_endpoints_claim_is_last_in_the_token(alice):
    payload = payload_of(alice.mint("narrow", endpoints=ALL))
    assert payload.endswith(',"endpoints":["GET /v1alpha/**","POST //photos.example.org/**"]}')
    assert list(json.loads(payload)) == ["username", "jwt_token_id", "jwt_token_description", "exp", "iat", "endpoints"]


def test_scoped_token_is_allowed_only_requests_its_grants_cover(warder, alice):
    token = alice.mint("narrow", endpoints=[PSBT])
    assert reaches(warder, token, "GET", "/v1alpha/wallets/hot/psbt")
    assert reaches(warder, token, "HEAD", "/v1alpha/wallets/hot/psbt/")
    assert not reaches(warder, token, "POST", "/v1alpha/wallets/hot/psbt")
    assert not reaches(warder, token, "GET", "/v1alpha/wallets/hot/psbt/x")
    refused = verify(warder, token, "--method", "GET", "--path", "/v1alpha/wallets/../psbt")
    assert refused.returncode == 1
    assert refused.stderr == 'warder: invalid path: a segment must not be "." or ".." (bad_path)\n'


def test_edited_grants_override_the_token_claim_at_once(warder, alice):
    token = alice.mint("narrow", endpoints=["/a/**"])
    path = f"/v1alpha/token/{token.id}"
    edited = alice.patch(path, {"endpoints": ["/b/**"]})
    assert edited.status_code == 200 and edited.json()["endpoints"] == ["/b/**"]
    assert reaches(warder, token, "GET", "/b/x") and not reaches(warder, token, "GET", "/a/x")
    assert warder.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == ["/b/**"]

    lifted = alice.patch(path, {"endpoints": None})
    assert "endpoints" not in lifted.json()
    assert reaches(warder, token, "GET", "/anything")

    alice.patch(path, {"endpoints": ["GET /c"], "jwt_token_description": "both"})
    assert warder.get("/v1alpha/whoami", bearer=token).json()["jwt_token_description"] == "both"
    assert reaches(warder, token, "GET", "/c") and not reaches(warder, token, "GET", "/b/x")


def test_edited_grants_survive_restart_and_renewal(warder, alice):
    token = alice.mint("narrow", endpoints=ALL)
    alice.patch(f"/v1alpha/token/{token.id}", {"endpoints": [PSBT]})
    warder.restart()
    assert warder.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == [PSBT]
    renewed = alice.post(f"/v1alpha/token/{token.id}/renew").json()
    assert renewed["endpoints"] == [PSBT]
    assert '"endpoints":["GET /v1alpha/wallets/*/psbt"]' in payload_of(renewed["jwt_token"])


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "endpoints, slug, says",
    [
        ([], "bad_grant", "list of endpoints is empty"),
        (["GET /a", "GET /b//c"], "bad_grant", 'Grant 2 of "endpoints", at character 8'),
        (["get /a"], "bad_grant", "at character 1:"),
        (["GET /a?b"], "bad_grant", "at character 7:"),
        (["GET /%2e%2e/a"], "bad_grant", "at character 6:"),
        (['GET /"'], "bad_grant", "at character 6:"),
        (["/a/**/b"], "bad_grant", "at character 6:"),
        (["/" + "a" * 256], "bad_grant", "256"),
        (["/a"] * 65, "bad_grant", "64"),
        (["/" + "a" * 200] * 11, "bad_grant", "2048"),
        ("GET /a", "bad_field", "endpoints"),
        ([1], "bad_field", "endpoints"),
        ([None], "bad_field", "endpoints"),
        ({"GET": "/a"}, "bad_field", "endpoints"),
    ],
    ids=str,
)
def test_invalid_grant_list_is_rejected_with_the_error_position(alice, method, endpoints, slug, says):
    token = alice.mint("one")
    if method == "POST":
        answer = alice.post("/v1alpha/token/", {"jwt_token_description": "two", "jwt_token_life": "1 h", "endpoints": endpoints})
    else:
        answer = alice.patch(f"/v1alpha/token/{token.id}", {"endpoints": endpoints})
    assert says in assert_error(answer, 400, slug)
    assert list(alice.tokens()) == [token.id] and "endpoints" not in alice.tokens()[token.id]


def test_mint_of_a_token_over_8_kib_is_rejected(warder, alice):
    endpoints = ["/a rpc:" + "\\" * 240] * 8
    body = {"jwt_token_description": "\U0001f511" * 200, "jwt_token_life": "1 h", "endpoints": endpoints}
    assert "8 KiB" in assert_error(alice.post("/v1alpha/token/", body), 400, "bad_grant")
    body["endpoints"] = endpoints[:6]
    assert warder.accepts(alice.post("/v1alpha/token/", body).json()["jwt_token"])


def test_null_endpoints_at_creation_are_rejected(alice, admin):
    assert_error(alice.post("/v1alpha/token/", {"jwt_token_description": "one", "jwt_token_life": "1 h", "endpoints": None}), 400, "bad_grant")
    assert_error(admin.post("/v1alpha/users/", {"username": "bob", "password": "long enough", "endpoints": None}), 400, "bad_grant")


def test_changed_ceiling_bounds_all_tokens_of_the_user_on_the_next_request(warder, admin, alice):
    narrow, wide = alice.mint("narrow", endpoints=["/a/**"]), alice.mint("wide")
    changed = admin.patch("/v1alpha/users/alice", {"endpoints": ["GET /a/one", "/b"]})
    assert changed.status_code == 200 and changed.json()["endpoints"] == ["GET /a/one", "/b"]
    assert reaches(warder, narrow, "GET", "/a/one") and not reaches(warder, narrow, "GET", "/b") and not reaches(warder, narrow, "POST", "/a/one")
    assert reaches(warder, wide, "GET", "/b") and not reaches(warder, wide, "GET", "/c")
    who = warder.get("/v1alpha/whoami", bearer=wide).json()
    assert who["ceiling"] == ["GET /a/one", "/b"] and "endpoints" not in who
    assert "ceiling" not in alice.get("/v1alpha/whoami").json()

    admin.patch("/v1alpha/users/alice", {"endpoints": None})
    assert reaches(warder, narrow, "GET", "/a/two") and reaches(warder, wide, "GET", "/c")
    assert admin.get("/v1alpha/users/alice").json()["endpoints"] is None


def test_ceiling_given_at_user_creation_survives_restart(warder, admin, make_user):
    bob = make_user("bob", endpoints=["/b/**"])
    token = bob.mint("one")
    warder.restart()
    assert admin.get("/v1alpha/users/bob").json()["endpoints"] == ["/b/**"]
    assert warder.get("/v1alpha/whoami", bearer=token).json()["ceiling"] == ["/b/**"]
    assert_error(admin.patch("/v1alpha/users/bob", {"endpoints": []}), 400, "bad_grant")
    assert_error(bob.patch("/v1alpha/users/bob", {"endpoints": None}), 403, "forbidden")


def test_token_with_damaged_grants_in_the_store_is_denied(warder, alice):
    import contextlib
    import sqlite3

    token = alice.mint("narrow", endpoints=["/a"])
    warder.stop()
    with contextlib.closing(sqlite3.connect(warder.data_dir / "warder.db")) as database, database:
        assert database.execute("UPDATE tokens SET policy = 'GET /a'").rowcount == 1
    warder.start()
    assert not warder.accepts(token)


def test_command_line_sets_and_changes_grants(warder, admin):
    added = warder.cli("user", "add", "carol", "--endpoint", "/a/**", "--endpoint", "GET /b", "--password-stdin", "--json", stdin="long enough\n")
    assert json.loads(added.stdout)["endpoints"] == ["/a/**", "GET /b"]
    created = warder.cli("token", "create", "--user", "carol", "--description", "one", "--life", "1 h", "--endpoint", "/a/x", "--endpoint", "/c")
    token, token_id = created.stdout.strip(), created.stderr.strip()
    assert reaches(warder, token, "GET", "/a/x") and not reaches(warder, token, "GET", "/c") and not reaches(warder, token, "GET", "/a/y")
    assert json.loads(warder.cli("token", "show", token_id, "--json").stdout)["endpoints"] == ["/a/x", "/c"]
    assert "/a/x" in warder.cli("token", "show", token_id).stdout

    assert json.loads(warder.cli("user", "set", "carol", "--unlimited", "--json").stdout)["endpoints"] is None
    assert reaches(warder, token, "GET", "/c")
    assert json.loads(warder.cli("user", "set", "carol", "--endpoint", "/d", "--json").stdout)["endpoints"] == ["/d"]
    assert not reaches(warder, token, "GET", "/c")
    kept = json.loads(warder.cli("user", "set", "carol", "--admin", "true", "--json").stdout)
    assert kept["endpoints"] == ["/d"] and kept["is_admin"] is True


@pytest.mark.parametrize(
    "command",
    [
        ["user", "add", "dan", "--endpoint", ""],
        ["user", "add", "dan", "--endpoint", "/a//b"],
        ["user", "set", "admin", "--endpoint", ""],
        ["token", "create", "--user", "admin", "--description", "d", "--life", "1 h", "--endpoint", "get /a"],
        ["token", "create", "--user", "admin", "--description", "d", "--life", "1 h", "--endpoint", ""],
    ],
    ids=" ".join,
)
def test_command_line_rejects_an_invalid_grant(warder, admin, command):
    refused = warder.cli(*command, stdin="long enough\n")
    assert refused.returncode == 1, refused
    assert len(refused.stderr.splitlines()) == 1 and "character" in refused.stderr
    assert len(admin.get("/v1alpha/users/").json()["users"]) == 1 and admin.tokens() == {}
    assert admin.get("/v1alpha/users/admin").json()["endpoints"] is None


def test_command_line_endpoint_with_unlimited_is_a_usage_error(warder):
    assert warder.cli("user", "set", "admin", "--endpoint", "/a", "--unlimited").returncode == 2


def test_token_verify_without_method_or_path_is_a_usage_error(warder, admin):
    token = admin.mint("one", endpoints=["/a"])
    for options in (["--method", "GET"], ["--path", "/a"], ["--host", "x"], ["--rpc", "x"]):
        assert verify(warder, token, *options).returncode == 2


def test_token_verify_authorizes_host_and_rpc_method(warder, admin):
    host = admin.mint("host", endpoints=["//photos.example.org/**"])
    assert reaches(warder, host, "GET", "/x", "--host", "PHOTOS.example.org:443")
    assert not reaches(warder, host, "GET", "/x") and not reaches(warder, host, "GET", "/x", "--host", "photos.example.org.")
    rpc = admin.mint("rpc", endpoints=["POST /wallet/hot rpc:getbalance,list*"])
    assert reaches(warder, rpc, "POST", "/wallet/hot", "--rpc", "listunspent")
    assert not reaches(warder, rpc, "POST", "/wallet/hot", "--rpc", "sendtoaddress") and not reaches(warder, rpc, "POST", "/wallet/hot")
