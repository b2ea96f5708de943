# SPDX-License-Identifier: MIT
"""Each denial has one reason: its message says it to the client, and the log has it as `event=denied`."""

import base64

import pytest
from support import responses
from support.server import ADMIN_PASSWORD
from support.upstream import Upstream, route
from support.waiting import eventually
from support.wire import Wire

DEBUG = '[log]\nlevel = "debug"\n'
ORIGINAL = '[decision]\nsource = "original"\n'


def denials(server):
    """Returns the fields of each `denied` line of the log."""
    lines = [line.split() for line in server.log().splitlines() if " event=denied " in line]
    return [dict(field.split("=", 1) for field in line) for line in lines]


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def last_denial(server):
    return eventually(lambda: denials(server))[-1]


@pytest.fixture
def debugged(start_server):
    return start_server(config_text=DEBUG + ORIGINAL)


@pytest.fixture
def owner(debugged):
    return debugged.person("admin", ADMIN_PASSWORD)


@pytest.mark.parametrize(
    "path, headers, reason, message",
    [
        ("/v1alpha/whoami", {}, "no_credential", responses.NO_TOKEN),
        ("/v1alpha/token/", {}, "no_credential", responses.UNAUTHORIZED),
        ("/v1alpha/users/", {}, "no_credential", responses.NO_PASSWORD),
        ("/v1alpha/session", {}, "no_credential", responses.NO_SESSION),
        ("/v1alpha/session", {"Cookie": "warder_session=ended"}, "no_session", responses.NO_SESSION),
        ("/v1alpha/users/", {"Cookie": "warder_session=ended"}, "no_session", responses.NO_SESSION),
        ("/v1alpha/users/", {"Cookie": "warder_session=one; warder_session=other"}, "no_session", responses.NO_SESSION),
        ("/v1alpha/whoami", basic("admin", "not it"), "wrong_password", responses.WRONG_PASSWORD),
        ("/v1alpha/token/", basic("admin", "not it"), "wrong_password", responses.UNAUTHORIZED),
        ("/v1alpha/users/", basic("nobody", "not it"), "wrong_password", responses.WRONG_PASSWORD),
        ("/v1alpha/users/", {"Authorization": "Digest x"}, "wrong_password", responses.WRONG_PASSWORD),
        ("/v1alpha/whoami", {"Authorization": "Bearer x"}, "malformed_token", responses.NOT_VALID),
        ("/v1alpha/users/", {"Authorization": "Bearer x"}, "password_required", responses.PASSWORD_REQUIRED),
        ("/v1alpha/token/", {"Authorization": "Bearer x"}, "password_required", responses.PASSWORD_REQUIRED),
        ("/auth", {}, "no_credential", responses.NO_TOKEN),
        ("/auth", basic("admin", ADMIN_PASSWORD), "token_required", responses.TOKEN_REQUIRED),
        ("/auth", {"Authorization": "Digest x"}, "wrong_password", responses.WRONG_PASSWORD),
    ],
)
def test_denial_of_a_credential_has_the_message_of_its_reason_and_is_logged(debugged, path, headers, reason, message):
    assert responses.assert_error(debugged.get(path, headers=headers), 401, "invalid_token" if reason == "malformed_token" else "unauthorized") == message
    denial = last_denial(debugged)
    assert (denial["reason"], denial["surface"], denial["method"], denial["path"]) == (reason, "decision" if path == "/auth" else "api", "GET", path)
    assert "user" not in denial and "token" not in denial


def test_valid_token_where_a_password_is_required_is_logged_with_user_and_token(debugged, owner):
    token = owner.mint("one")
    assert debugged.post("/v1alpha/token/", bearer=token).json()["message"] == responses.PASSWORD_REQUIRED
    denial = last_denial(debugged)
    assert (denial["reason"], denial["user"], denial["token"]) == ("password_required", "admin", token.id)


def test_token_that_is_no_longer_accepted_is_logged_with_user_and_token(debugged, owner):
    def denial_of(token, message):
        assert debugged.get("/auth", bearer=token).json()["message"] == message
        return last_denial(debugged)

    revoked, paused, expired = owner.mint("revoked"), owner.mint("paused"), owner.mint("expired", life="1 second")
    owner.delete(f"/v1alpha/token/{revoked.id}")
    owner.patch(f"/v1alpha/token/{paused.id}", {"enabled": False})
    eventually(lambda: not debugged.accepts(expired))
    for token, reason, message in [
        (revoked, "revoked", responses.REVOKED),
        (paused, "disabled", responses.DISABLED),
        (expired, "expired", responses.EXPIRED),
    ]:
        denial = denial_of(token, message)
        assert (denial["reason"], denial["user"], denial["token"]) == (reason, "admin", token.id)

    forged = denial_of(str(revoked)[:-4] + "AAAA", responses.NOT_VALID)
    assert forged["reason"] == "bad_signature"
    assert "user" not in forged and "token" not in forged


def ask(server, token, method="GET", uri="/wallets/1?secret=1"):
    return server.get("/auth", bearer=token, headers={"X-Original-Method": method, "X-Original-URI": uri})


def test_decision_beyond_the_grants_names_method_and_path_and_logs_the_original_request(debugged, owner):
    token = owner.mint("scoped", endpoints=["GET /wallets/*"])
    assert ask(debugged, token).status_code == 200
    message = responses.assert_error(ask(debugged, token, "PUT"), 403, "insufficient_scope")
    assert message == "No grant of this token covers PUT /wallets/1."
    denial = last_denial(debugged)
    assert (denial["reason"], denial["surface"], denial["method"], denial["path"]) == ("out_of_scope", "decision", "PUT", "/wallets/1")
    assert (denial["user"], denial["token"]) == ("admin", token.id)


def test_decision_beyond_the_ceiling_says_so(debugged, owner):
    owner.post("/v1alpha/users/", {"username": "bob", "password": "the password of bob", "endpoints": ["GET /wallets/*"]})
    token = debugged.person("bob", "the password of bob").mint("one")
    assert ask(debugged, token).status_code == 200
    message = responses.assert_error(ask(debugged, token, "PUT"), 403, "insufficient_scope")
    assert message == "The ceiling of this token's user doesn't cover PUT /wallets/1."
    assert last_denial(debugged)["reason"] == "over_ceiling"


def test_ambiguous_credential_is_logged(debugged, owner):
    token = owner.mint("one")
    headers = {"X-Warder-Token": str(token), "Authorization": f"Bearer {token}"}
    responses.assert_error(debugged.get("/v1alpha/whoami", headers=headers), 400, "bad_request")
    assert last_denial(debugged)["reason"] == "ambiguous_credential"
    responses.assert_error(debugged.get("/auth", headers=headers), 403, "ambiguous_request")
    assert last_denial(debugged)["reason"] == "ambiguous_credential"


def test_forbidden_call_is_logged_with_its_user(debugged, owner):
    owner.post("/v1alpha/users/", {"username": "bob", "password": "the password of bob"})
    bob = debugged.person("bob", "the password of bob")
    forbidden = [
        lambda: bob.get("/v1alpha/users/"),
        lambda: bob.get("/v1alpha/token/?user=*"),
        lambda: bob.request("POST", "/v1alpha/revoke", data={"token": str(owner.mint("one"))}),
    ]
    for count, call in enumerate(forbidden, 1):
        responses.assert_error(call(), 403, "forbidden")
        eventually(lambda: len(denials(debugged)) == count)  # noqa: B023
        assert (last_denial(debugged)["reason"], last_denial(debugged)["user"]) == ("forbidden", "bob")


def test_throttled_password_is_logged(debugged):
    statuses = [debugged.get("/v1alpha/users/", headers=basic("admin", f"wrong {number}")).status_code for number in range(6)]
    assert statuses == [401] * 5 + [429]
    assert last_denial(debugged)["reason"] == "throttled"


def test_cross_site_and_misdirected_requests_are_logged(debugged, owner):
    responses.assert_error(owner.post("/v1alpha/token/", {}, headers={"Sec-Fetch-Site": "cross-site"}), 403, "cross_site")
    assert last_denial(debugged)["reason"] == "cross_site"
    assert debugged.raw(b"GET /v1alpha/whoami HTTP/1.1\r\nHost: evil.invalid\r\n\r\n").status == 421
    assert last_denial(debugged)["reason"] == "misdirected"


def test_gateway_denials_are_logged_with_the_surface_gateway(start_server):
    with Upstream() as upstream:
        config = DEBUG + "[gateway]\nlisten = '127.0.0.1:0'\n" + route("/rpc", upstream.url, json_rpc=True) + route("/a", upstream.url)
        server = start_server(config_text=config)
        port = int(eventually(lambda: server.lines[1:])[0].rsplit(":", 1)[1])
        token = server.person("admin", ADMIN_PASSWORD).mint("scoped", endpoints=["GET /a/*", "POST /rpc rpc:getinfo"])

        def status(method, path, body="", credential=token):
            head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n" + (f"Authorization: Bearer {credential}\r\n" if credential else "")
            with Wire(port) as wire:
                return wire.send(f"{head}\r\n{body}".encode()).receive().status

        for arguments, expected, reason in (
            (("GET", "/a/1", "", ""), 401, "no_credential"),
            (("PUT", "/a/1"), 403, "out_of_scope"),
            (("GET", "/a/../b"), 400, "bad_path"),
            (("POST", "/rpc", '{"method": "send"}'), 403, "out_of_scope"),
            (("POST", "/rpc", '{"method": '), 400, "bad_rpc"),
        ):
            assert status(*arguments) == expected, arguments
            denial = last_denial(server)
            assert (denial["reason"], denial["surface"], denial["method"], denial["path"]) == (reason, "gateway", arguments[0], arguments[1])


def test_at_level_info_only_the_first_denial_of_a_reason_and_surface_is_logged(start_server):
    server = start_server()
    for _ in range(3):
        assert server.get("/auth").status_code == 401
        assert server.get("/v1alpha/whoami").status_code == 401
        assert server.get("/auth", bearer="x").status_code == 401
    assert [(line["reason"], line["surface"]) for line in denials(server)] == [("no_credential", "decision"), ("no_credential", "api"), ("malformed_token", "decision")]
    assert all(line["level"] == "info" for line in denials(server))


def test_client_address_is_logged_only_with_log_addresses(start_server):
    assert "client" not in denials_of_one_request(start_server("silent"))
    assert denials_of_one_request(start_server("talking", config_text="[log]\naddresses = true\n"))["client"] == "127.0.0.1"


def denials_of_one_request(server):
    assert server.get("/auth").status_code == 401
    return last_denial(server)


def test_access_log_names_user_token_and_reason(start_server):
    server = start_server(config_text="[log]\naccess = true\n" + ORIGINAL)
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.get("/v1alpha/token/")
    token = admin.mint("one", endpoints=["/a"])
    headers = {"Authorization": f"Bearer {token}"}
    server.get("/v1alpha/whoami", headers=headers)
    server.get("/v1alpha/users/", headers=headers)
    server.get("/auth", headers=headers | {"X-Original-Method": "GET", "X-Original-URI": "/b"})
    server.get("/auth", headers={"Authorization": "Bearer x"})
    token_id = next(iter(admin.get("/v1alpha/token/").json()["jwt_tokens"]))
    eventually(lambda: server.log().count("event=request ") >= 7)
    lines = [dict(field.split("=", 1) for field in line.split()) for line in server.log().splitlines() if " event=request " in line]
    facts = [(line["path"], line["status"], line.get("user"), line.get("token"), line.get("reason")) for line in lines]
    assert facts == [
        ("/v1alpha/token/", "404", "admin", None, None),
        ("/v1alpha/token/", "201", "admin", None, None),
        ("/v1alpha/whoami", "200", "admin", token_id, None),
        ("/v1alpha/users/", "401", "admin", token_id, "password_required"),
        ("/auth", "403", "admin", token_id, "out_of_scope"),
        ("/auth", "401", None, None, "malformed_token"),
        ("/v1alpha/token/", "200", "admin", None, None),
    ]
