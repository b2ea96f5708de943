# SPDX-License-Identifier: MIT
"""Grants with characters of patterns, such as `GET /users/{id}`, which would cover nothing that their author means."""

import sqlite3

import pytest
from support.responses import assert_error
from support.server import run_binary

RESERVED = "{}<>|^`"
PATTERNS = ["GET /users/{id}", "GET /users/<id>", "GET|POST /users", "/a^", "/a`b", "POST /rpc rpc:get|list", "GET //{host}/a"]


@pytest.fixture(params=PATTERNS, ids=range(len(PATTERNS)))
def pattern(request):
    return request.param


def assert_points_at_star(message, pattern, prefix):
    place = next(index for index, character in enumerate(pattern) if character in RESERVED) + 1
    assert message.startswith(f"{prefix}, at character {place}: ") and '"*" stands for one segment' in message


def test_pattern_in_a_token_ceiling_or_preview_is_rejected(admin, alice, pattern):
    token = alice.mint("one", endpoints=["GET /users/*"])
    body = {"jwt_token_description": "two", "jwt_token_life": 60}
    user = {"username": "carol", "password": "long enough"}
    rejected = [
        alice.post("/v1alpha/token/", {**body, "endpoints": ["/ok", pattern]}),
        alice.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["/ok", pattern]}),
        alice.post("/v1alpha/preview", {"endpoints": ["/ok", pattern], "method": "GET", "uri": "/users/7"}),
        admin.post("/v1alpha/users/", {**user, "endpoints": ["/ok", pattern]}),
        admin.patch("/v1alpha/users/alice", {"endpoints": ["/ok", pattern]}),
    ]
    for answer in rejected:
        assert_points_at_star(assert_error(answer, 400, "bad_grant"), pattern, 'Grant 2 of "endpoints"')
    assert alice.get(f"/v1alpha/token/{token.id}").json()["endpoints"] == ["GET /users/*"]


def test_pattern_on_the_command_line_is_rejected(warder, alice, pattern):
    done = run_binary("grant", pattern, "GET", "/users/7")
    assert done.returncode == 2
    assert_points_at_star(done.stderr.removeprefix("warder: "), pattern, "The grant")
    created = warder.cli("token", "create", "--user", "alice", "--description", "x", "--life", "1h", "--endpoint", pattern)
    assert created.returncode == 1 and created.stdout == ""
    assert_points_at_star(created.stderr.removeprefix("warder: "), pattern, 'Grant 1 of "endpoints"')


@pytest.mark.parametrize("escape", ["%7B", "%7D", "%3C", "%3E", "%7C", "%5E", "%60"])
def test_escaped_character_covers_itself(escape):
    assert run_binary("grant", f"/a/{escape}", "GET", f"/a/{escape}").stdout == "allow\n"


def test_stored_grants_with_reserved_characters_stay_in_force(warder, alice):
    token = alice.mint("older", endpoints=["/a/**"])
    warder.stop()
    with sqlite3.connect(warder.data_dir / "warder.db") as database:
        database.execute("""UPDATE tokens SET policy = '{"endpoints":["GET /a/{b}"]}'""")
        database.execute("""UPDATE users SET ceiling = '["/a/{b}","/c|d"]' WHERE name = 'alice'""")
    database.close()
    warder.start()
    assert "store_damaged" not in warder.log()
    assert alice.tokens()[token.id]["endpoints"] == ["GET /a/{b}"]
    for path, code in (("/a/{b}", 0), ("/a/x", 1)):
        assert warder.cli("token", "verify", "--method", "GET", "--path", path, stdin=f"{token}\n").returncode == code
    assert alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "renamed"}).status_code == 200
    assert alice.post(f"/v1alpha/token/{token.id}/renew", {}).json()["endpoints"] == ["GET /a/{b}"]
