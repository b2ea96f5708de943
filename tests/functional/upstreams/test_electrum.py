# SPDX-License-Identifier: MIT
"""A wallet with one password that allows everything, behind a route where each client has its own token."""

import asyncio
import json
import subprocess

import aiohttp
import pytest
import requests
from electrum.util import JsonRPCClient
from support.electrum import PASSWORD
from support.recipes import configuration_of
from support.server import ADMIN_PASSWORD

READER = ["POST /wallet rpc:version,list*"]


@pytest.fixture
def gateway(start_server, electrum, electrum_credential):
    """A server with the configuration of the recipe, except for the port and the path of the credential file."""
    config = configuration_of("electrum.md", {"http://127.0.0.1:7777/": electrum.url, "/etc/warder/electrum": electrum_credential})
    server = start_server(config_text=config)
    yield server
    assert PASSWORD not in server.log()


@pytest.fixture
def admin(gateway):
    return gateway.person("admin", ADMIN_PASSWORD)


@pytest.fixture
def reader(admin):
    return admin.mint("reads the wallet", endpoints=READER)


def call_of(method, *parameters, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(parameters)}


def error_of(answer, number=1):
    assert answer.status_code == 403, answer.text
    body = answer.json()
    assert set(body) == {"jsonrpc", "id", "error"} and body["id"] == number, body
    assert body["error"]["code"] == -32001 and body["error"]["data"] == "insufficient_scope", body
    return body


def test_scoped_token_calls_the_rpc_methods_of_its_grant(gateway, electrum, reader):
    version = gateway.post("/wallet", bearer=reader, json=call_of("version"))
    assert (version.status_code, version.json()["result"]) == (200, electrum.call("version"))
    addresses = gateway.post("/wallet", bearer=reader, json=call_of("listaddresses", number="two")).json()
    assert addresses["id"] == "two" and addresses["result"] == electrum.call("listaddresses") != []


@pytest.mark.parametrize("method", ["payto", "getbalance", "getseed", "stop", "run_cmdline", "versions", " listaddresses", "LISTADDRESSES"])
def test_scoped_token_is_403_for_other_rpc_methods(gateway, electrum, reader, method):
    error_of(gateway.post("/wallet", bearer=reader, json=call_of(method)))
    assert electrum.call("ping") is True


def test_rpc_method_denied_to_a_scoped_token_is_executed_for_an_unscoped_one(gateway, admin, reader):
    error_of(gateway.post("/wallet", bearer=reader, json=call_of("getbalance")))
    unlimited = admin.mint("does all")
    assert gateway.post("/wallet", bearer=unlimited, json=call_of("getbalance")).json()["result"] == {"confirmed": "0"}


def test_ceiling_bounds_the_rpc_methods_of_a_token_without_grants(gateway, admin):
    made = admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice", "endpoints": READER})
    assert made.status_code == 201, made.text
    token = gateway.person("alice", "the password of alice").mint("no limits of its own")
    assert gateway.post("/wallet", bearer=token, json=call_of("version")).status_code == 200
    error_of(gateway.post("/wallet", bearer=token, json=call_of("payto", "x", 1)))


# Clients that support only a username and a password


def test_curl_sends_the_token_as_the_password(gateway, electrum, reader):
    def curl(name, method):
        command = ["curl", "-sS", "-w", "\n%{http_code}", "-u", f"{name}:{reader}", "-d", json.dumps(call_of(method)), f"{gateway.url}/wallet"]
        body, status = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.rsplit("\n", 1)
        return int(status), json.loads(body)

    for name in ("token", "admin"):
        assert curl(name, "listaddresses") == (200, {"jsonrpc": "2.0", "id": 1, "result": electrum.call("listaddresses")})
    status, body = curl("token", "payto")
    assert status == 403 and body["error"]["data"] == "insufficient_scope"
    assert curl("somebody", "version")[0] == 401


def test_requests_sends_the_token_as_the_password(gateway, electrum, reader):
    with requests.Session() as client:
        client.trust_env, client.auth = False, ("token", reader)
        answers = [client.post(f"{gateway.url}/wallet", json=call_of("version", number=number), timeout=60) for number in range(3)]
        assert [answer.json() for answer in answers] == [{"jsonrpc": "2.0", "id": number, "result": electrum.call("version")} for number in range(3)]
        error_of(client.post(f"{gateway.url}/wallet", json=call_of("payto"), timeout=60))


def test_electrum_json_rpc_client_sends_the_token_as_the_password(gateway, electrum, reader):
    async def call_methods():
        async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("token", reader)) as session:
            client = JsonRPCClient(session, f"{gateway.url}/wallet")
            return await client.request("listaddresses"), await client.request("payto", "bcrt1qq", 1)

    read, refused = asyncio.run(call_methods())
    assert read == electrum.call("listaddresses")
    assert refused.startswith("Error: ") and "insufficient_scope" in refused  # the client reports the error that it received


# Rejected credentials


def test_request_to_the_wallet_without_a_valid_token_is_401(gateway, reader):
    forged = reader[:-4] + ("AAAA" if reader[-4:] != "AAAA" else "BBBB")
    for options in ({}, {"bearer": forged}, {"auth": ("token", forged)}, {"auth": ("electrum", PASSWORD)}, {"bearer": "x"}):
        answer = gateway.post("/wallet", json=call_of("version"), **options)
        assert answer.status_code == 401, (options, answer.text)
        assert "WWW-Authenticate" in answer.headers


def test_deleted_token_is_401_on_the_next_wallet_call(gateway, admin, reader):
    assert gateway.post("/wallet", bearer=reader, json=call_of("version")).status_code == 200
    assert admin.delete(f"/v1alpha/token/{reader.id}").status_code == 200
    assert gateway.post("/wallet", bearer=reader, json=call_of("version")).status_code == 401
    assert gateway.post("/wallet", auth=("token", reader), json=call_of("version")).status_code == 401


# Request bodies


def test_batch_with_one_uncovered_call_is_403_and_no_call_is_executed(gateway, electrum, admin):
    token = admin.mint("may make addresses", endpoints=["POST /wallet rpc:createnewaddress,list*"])
    before = electrum.call("listaddresses")
    for batch in (["createnewaddress", "payto"], ["payto", "createnewaddress"], ["createnewaddress", "createnewaddress", "getseed"]):
        error_of(gateway.post("/wallet", bearer=token, json=[call_of(method) for method in batch]), number=None)
    assert electrum.call("listaddresses") == before

    alone = gateway.post("/wallet", bearer=token, json=call_of("createnewaddress")).json()["result"]
    assert set(electrum.call("listaddresses")) == {*before, alone} != set(before)


def test_covered_batch_is_forwarded_to_the_wallet_which_does_not_support_batches(gateway, reader):
    answer = gateway.session.post(f"{gateway.url}/wallet", headers={"Authorization": f"Bearer {reader}"}, json=[call_of("version")], timeout=60)
    assert (answer.status_code, answer.text) == (500, "Invalid Request")


@pytest.mark.parametrize(
    "body",
    ['{"id": 1, "method": "version", "method": "payto"}', '{"id": 1, "method": "version", "Method": "payto"}', '{"id": 1, "method": "version", "meth\\u006fd": "payto"}']
    + ['{"id": 1, "method": ["version"]}', "[]", "version", ""],
)
def test_ambiguous_or_invalid_rpc_body_is_rejected_before_the_wallet(gateway, reader, body):
    answer = gateway.post("/wallet", bearer=reader, data=body)
    assert answer.status_code in (400, 403), answer.text
    assert answer.json()["error"]["code"] in (-32700, -32001)
