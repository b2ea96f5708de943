# SPDX-License-Identifier: MIT
"""A Flask app with Flask-HTTPAuth: the gateway adds its one password, so no client needs it."""

import json

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.waiting import eventually

BATCH = ["read", "write", "read"]


@pytest.fixture
def app_credential(credential_file, flask_app):
    return credential_file("app", f"{flask_app.user}:{flask_app.password}")


@pytest.fixture
def gateway(start_server, flask_app, app_credential):
    routes = [f'[[route]]\nprefix = "{prefix}"\nupstream = "{flask_app.url}{path}"\ncredential = "basic-file:{app_credential}"\n{more}'
              for prefix, path, more in (("/app", "/", ""), ("/app/rpc", "/rpc", "json_rpc = true\n"))]
    server = start_server(config_text="\n".join(routes))
    yield server
    assert flask_app.password not in server.log()


@pytest.fixture
def admin(gateway):
    return gateway.person("admin", ADMIN_PASSWORD)


@pytest.fixture
def reader(admin):
    return admin.mint("reads notes", endpoints=["GET /app/notes", "GET /app/who"])


def test_app_gets_the_upstream_credential_and_identity_headers_but_not_the_token(gateway, flask_app, reader):
    seen = gateway.get("/app/who", bearer=reader).json()
    assert seen["signed_in"] == flask_app.user
    headers = dict(seen["headers"])
    assert len(headers) == len(seen["headers"]), seen
    assert (headers["x-warder-user"], headers["x-warder-token-id"], headers["x-warder-admin"]) == ("admin", reader.id, "1")
    assert headers["host"] == flask_app.url.removeprefix("http://") and headers["x-forwarded-host"] == gateway.url.removeprefix("http://")
    assert reader not in json.dumps(seen)


@pytest.mark.parametrize("header", ["X-Warder-User", "X_Warder_User", "X-Warder-Admin", "X-Forwarded-User", "X-Original-URI", "Remote-User"])
def test_forged_identity_header_does_not_reach_the_app(gateway, reader, header):
    seen = gateway.get("/app/who", bearer=reader, headers={header: "mallory"}).json()
    assert "mallory" not in json.dumps(seen)


def test_scoped_token_is_403_outside_of_its_grants(gateway, flask_app, admin, reader):
    writer = admin.mint("writes notes", endpoints=["POST /app/notes"])
    assert gateway.post("/app/notes", bearer=writer, json={"text": "first"}).status_code == 201
    assert gateway.get("/app/notes", bearer=reader).json() == ["first"]
    assert_error(gateway.post("/app/notes", bearer=reader, json={"text": "second"}), 403, "insufficient_scope")
    assert_error(gateway.get("/app/notes", bearer=writer), 403, "insufficient_scope")
    assert flask_app.get("/notes").json() == ["first"]


def test_request_without_a_token_or_with_the_password_of_the_app_is_401(gateway, flask_app):
    assert gateway.get("/app/notes").status_code == 401
    assert gateway.get("/app/notes", auth=(flask_app.user, flask_app.password)).status_code == 401
    assert gateway.get("/app/notes", bearer="eyJ0.e30.x").status_code == 401


def test_changed_credential_file_is_used_without_a_restart(gateway, flask_app, app_credential, reader):
    good = app_credential.read_text()
    app_credential.write_text("app:the old one\n")
    eventually(lambda: gateway.get("/app/notes", bearer=reader).status_code == 502)
    app_credential.write_text(good)
    eventually(lambda: gateway.get("/app/notes", bearer=reader).status_code == 200)


def test_rpc_batch_is_executed_completely_or_not_at_all(gateway, flask_app, admin):
    batch = [{"jsonrpc": "2.0", "id": number, "method": method} for number, method in enumerate(BATCH)]
    limited = admin.mint("reads", endpoints=["POST /app/rpc rpc:read"])
    refused = gateway.post("/app/rpc", bearer=limited, json=batch)
    assert refused.status_code == 403 and refused.json()["error"]["data"] == "insufficient_scope" and refused.json()["id"] is None
    assert flask_app.get("/executed").json() == []

    both = admin.mint("reads and writes", endpoints=["POST /app/rpc rpc:read,write"])
    done = gateway.post("/app/rpc", bearer=both, json=batch)
    assert [answer["result"] for answer in done.json()] == BATCH
    assert flask_app.get("/executed").json() == BATCH
