# SPDX-License-Identifier: MIT
"""`decision.token_header`: the decision endpoint also takes a token from a header such as X-Api-Key."""

import pytest
from support.responses import NOT_VALID, NO_TOKEN, assert_error
from support.server import ADMIN_PASSWORD

NAME = "X-Api-Key"


@pytest.fixture
def server(start_server):
    return start_server(config_text=f'[decision]\nsource = "original"\ntoken_header = "{NAME}"\n')


@pytest.fixture
def token(server):
    return server.person("admin", ADMIN_PASSWORD).mint("one", endpoints=["GET /a"])


def decide(server, uri="/a", **fields):
    headers = {"X-Original-Method": "GET", "X-Original-URI": uri}
    headers.update({name.replace("_", "-"): value for name, value in fields.items()})
    return server.get("/auth", headers=headers)


def test_token_in_the_named_header_is_accepted(server, token):
    for name in (NAME, NAME.lower(), NAME.upper()):
        answer = decide(server, **{name: str(token)})
        assert answer.status_code == 200 and answer.headers["X-Warder-Token-Id"] == token.id
    assert_error(decide(server, "/b", X_Api_Key=str(token)), 403, "insufficient_scope")
    assert decide(server, Authorization=f"Bearer {token}").status_code == 200
    assert decide(server, X_Warder_Token=str(token)).status_code == 200


@pytest.mark.parametrize("value", ["", "nonsense", "Bearer {}", "{}x"])
def test_text_that_is_not_a_token_is_401(server, token, value):
    assert_error(decide(server, X_Api_Key=value.format(token)), 401, "invalid_token", NOT_VALID)


@pytest.mark.parametrize("other", ["Authorization", "X_Warder_Token"])
def test_second_credential_beside_the_named_header_is_ambiguous(server, token, other):
    value = f"Bearer {token}" if other == "Authorization" else str(token)
    assert_error(decide(server, X_Api_Key=str(token), **{other: value}), 403, "ambiguous_request")
    assert_error(decide(server, X_Api_Key="", **{other: value}), 403, "ambiguous_request")


def test_named_header_twice_is_ambiguous(server, token):
    lines = ["GET /auth HTTP/1.1", "Host: warder", *2 * [f"{NAME}: {token}"], "", ""]
    assert_error(server.raw("\r\n".join(lines).encode()), 403, "ambiguous_request")


def test_management_api_reads_no_token_from_the_named_header(server, token):
    assert_error(server.get("/v1alpha/whoami", headers={NAME: str(token)}), 401, "unauthorized", NO_TOKEN)


def test_header_is_ignored_unless_it_is_named(start_server):
    server = start_server(env={"WARDER_DECISION_TOKEN_HEADER": ""})
    token = server.person("admin", ADMIN_PASSWORD).mint("one")
    assert_error(server.get("/auth", headers={NAME: str(token)}), 401, "unauthorized", NO_TOKEN)
    assert server.get("/auth", headers={NAME: "x", "Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "Host", "X-Warder-Token", "X-Original-URI", "X-Forwarded-Uri", "Connection", "a b"])
def test_name_with_another_meaning_is_refused(server, name):
    server.config.write_text(f'[decision]\ntoken_header = "{name}"\n')
    done = server.cli("check")
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "token_header" in line]
    assert "X-Api-Key" in line
