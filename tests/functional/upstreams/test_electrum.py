# SPDX-License-Identifier: MIT
"""A wallet that knows one password and allows everything, behind a route that gives each client a token of its own."""

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
    """With the configuration of the recipe, but for what is another's on each machine: the port, and where the file lies."""
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


def refusal_of(answer, number=1):
    assert answer.status_code == 403, answer.text
    body = answer.json()
    assert set(body) == {"jsonrpc", "id", "error"} and body["id"] == number, body
    assert body["error"]["code"] == -32001 and body["error"]["data"] == "insufficient_scope", body
    return body


def test_a_token_that_may_read_reads(gateway, electrum, reader):
    version = gateway.post("/wallet", bearer=reader, json=call_of("version"))
    assert (version.status_code, version.json()["result"]) == (200, electrum.call("version"))
    addresses = gateway.post("/wallet", bearer=reader, json=call_of("listaddresses", number="two")).json()
    assert addresses["id"] == "two" and addresses["result"] == electrum.call("listaddresses") != []


@pytest.mark.parametrize("method", ["payto", "getbalance", "getseed", "stop", "run_cmdline", "versions", " listaddresses", "LISTADDRESSES"])
def test_a_token_that_may_read_can_do_nothing_else(gateway, electrum, reader, method):
    refusal_of(gateway.post("/wallet", bearer=reader, json=call_of(method)))
    assert electrum.call("ping") is True


def test_what_is_refused_to_one_is_done_for_another(gateway, admin, reader):
    refusal_of(gateway.post("/wallet", bearer=reader, json=call_of("getbalance")))
    unlimited = admin.mint("does all")
    assert gateway.post("/wallet", bearer=unlimited, json=call_of("getbalance")).json()["result"] == {"confirmed": "0"}


def test_a_ceiling_bounds_a_token_without_limits(gateway, admin):
    made = admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice", "endpoints": READER})
    assert made.status_code == 201, made.text
    token = gateway.person("alice", "the password of alice").mint("no limits of its own")
    assert gateway.post("/wallet", bearer=token, json=call_of("version")).status_code == 200
    refusal_of(gateway.post("/wallet", bearer=token, json=call_of("payto", "x", 1)))


# Clients that know nothing but a name and a password


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
        refusal_of(client.post(f"{gateway.url}/wallet", json=call_of("payto"), timeout=60))


def test_electrums_own_client_sends_the_token_as_the_password(gateway, electrum, reader):
    async def ask():
        async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("token", reader)) as session:
            client = JsonRPCClient(session, f"{gateway.url}/wallet")
            return await client.request("listaddresses"), await client.request("payto", "bcrt1qq", 1)

    read, refused = asyncio.run(ask())
    assert read == electrum.call("listaddresses")
    assert refused.startswith("Error: ") and "insufficient_scope" in refused  # it says what it was told


# Who gets nowhere


def test_without_a_good_token_nobody_gets_to_the_wallet(gateway, reader):
    forged = reader[:-4] + ("AAAA" if reader[-4:] != "AAAA" else "BBBB")
    for options in ({}, {"bearer": forged}, {"auth": ("token", forged)}, {"auth": ("electrum", PASSWORD)}, {"bearer": "x"}):
        answer = gateway.post("/wallet", json=call_of("version"), **options)
        assert answer.status_code == 401, (options, answer.text)
        assert "WWW-Authenticate" in answer.headers


def test_a_deleted_token_is_refused_by_the_next_call(gateway, admin, reader):
    assert gateway.post("/wallet", bearer=reader, json=call_of("version")).status_code == 200
    assert admin.delete(f"/v1alpha/token/{reader.id}").status_code == 200
    assert gateway.post("/wallet", bearer=reader, json=call_of("version")).status_code == 401
    assert gateway.post("/wallet", auth=("token", reader), json=call_of("version")).status_code == 401


# What the body says


def test_a_batch_with_one_forbidden_call_is_refused_and_none_is_done(gateway, electrum, admin):
    token = admin.mint("may make addresses", endpoints=["POST /wallet rpc:createnewaddress,list*"])
    before = electrum.call("listaddresses")
    for batch in (["createnewaddress", "payto"], ["payto", "createnewaddress"], ["createnewaddress", "createnewaddress", "getseed"]):
        refusal_of(gateway.post("/wallet", bearer=token, json=[call_of(method) for method in batch]), number=None)
    assert electrum.call("listaddresses") == before

    alone = gateway.post("/wallet", bearer=token, json=call_of("createnewaddress")).json()["result"]
    assert set(electrum.call("listaddresses")) == {*before, alone} != set(before)


def test_a_batch_that_is_covered_gets_to_the_wallet_which_knows_none(gateway, reader):
    answer = gateway.session.post(f"{gateway.url}/wallet", headers={"Authorization": f"Bearer {reader}"}, json=[call_of("version")], timeout=60)
    assert (answer.status_code, answer.text) == (500, "Invalid Request")


@pytest.mark.parametrize(
    "body",
    ['{"id": 1, "method": "version", "method": "payto"}', '{"id": 1, "method": "version", "Method": "payto"}', '{"id": 1, "method": "version", "meth\\u006fd": "payto"}']
    + ['{"id": 1, "method": ["version"]}', "[]", "version", ""],
)
def test_a_body_that_could_be_read_in_two_ways_goes_nowhere(gateway, reader, body):
    answer = gateway.post("/wallet", bearer=reader, data=body)
    assert answer.status_code in (400, 403), answer.text
    assert answer.json()["error"]["code"] in (-32700, -32001)
