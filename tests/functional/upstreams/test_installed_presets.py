# SPDX-License-Identifier: MIT
"""The presets that are installed with Warder: valid, and no "read" preset covers a call that changes or spends something."""

import json
import tomllib

import pytest
from support.server import ADMIN_PASSWORD, TOP, Server

FILES = sorted((TOP / "packaging" / "presets").glob("*.toml"))
PRESETS = {preset["name"]: preset for file in FILES for preset in tomllib.loads(file.read_text())["preset"]}

BITCOIN = {"sendtoaddress", "sendmany", "send", "sendall", "bumpfee", "psbtbumpfee", "walletprocesspsbt", "signrawtransactionwithwallet", "signmessage", "stop"}
BITCOIN |= {"dumpprivkey", "dumpwallet", "listdescriptors", "gethdkeys", "importdescriptors", "importprivkey", "walletpassphrase", "encryptwallet", "backupwallet"}
BITCOIN |= {"createwallet", "loadwallet", "unloadwallet", "setban", "addnode", "disconnectnode", "setnetworkactive", "generatetoaddress", "submitblock", "lockunspent"}
BITCOIN |= {"abandontransaction", "setlabel", "settxfee", "pruneblockchain", "invalidateblock", "importmempool", "savemempool", "dumptxoutset", "sethdseed", "getrpcinfo"}
ELECTRUM = {"payto", "paytomany", "broadcast", "signtransaction", "signmessage", "getseed", "getprivatekeys", "getprivatekeyforpath", "getmasterprivate", "dumpprivkeys"}
ELECTRUM |= {"get", "getconfig", "setconfig", "run_cmdline", "importprivkey", "sweep", "bumpfee", "lnpay", "open_channel", "close_channel", "freeze", "password", "stop"}
ELECTRUM |= {"restore", "create", "load_wallet", "close_wallet", "decrypt", "export_channel_backup", "rebalance_channels", "clear_requests", "delete_request", "notify"}
LND = {f"{method} /lnd/v1/{path}" for method in ("POST", "DELETE") for path in ("channels", "transactions", "payments", "peers", "invoices", "macaroon")}
# A WebSocket to a path that GET covers can use every method of that path.
LND |= {f"GET /lnd/v1/{path}" for path in ("channels", "transactions", "payments", "peers", "macaroon", "newaddress", "channels/transactions", "channels/backup", "genseed")}
LND |= {"POST /lnd/v2/router/send", "GET /lnd/v2/router/send", "POST /lnd/v1/channels/transactions", "GET /lnd/v2/wallet/psbt/fund", "POST /lnd/v1/initwallet", "POST /lnd/v1/stop"}
CLN = {f"POST /cln/v1/{method}" for method in ("pay", "xpay", "withdraw", "fundchannel", "close", "createrune", "listconfigs", "showrunes", "listdatastore", "newaddr", "stop", "connect")}
CLN |= {f"POST /cln/v1/{method}" for method in ("delinvoice", "setconfig", "plugin", "sendpay", "keysend", "txsend", "signpsbt", "sendpsbt", "hsmtool", "exposesecret", "makesecret")}


def forbidden_of(name):
    """Returns what a preset must not cover: (method, path, RPC method) each."""
    if name.startswith("bitcoin-core-"):
        calls = BITCOIN | (set() if name.endswith("-receive") else {"getnewaddress", "getrawchangeaddress"})
        calls |= set() if name in ("bitcoin-core-electrs", "bitcoin-core-btcpay") else {"sendrawtransaction", "submitpackage", "getblockfrompeer"}
        return [("POST", path, call) for path in ("/", "/wallet/hot") for call in sorted(calls)] + [("GET", "/", None), ("POST", "/", None)]
    if name.startswith("electrum-"):
        calls = ELECTRUM | (set() if name == "electrum-receive" else {"add_request", "createnewaddress"})
        return [("POST", "/wallet", call) for call in sorted(calls)] + [("POST", "/wallet", None)]
    if name.startswith(("lnd-", "core-lightning-")):
        wanted = {"lnd-receive": {"POST /lnd/v1/invoices"}}.get(name, set())
        texts = sorted((LND | CLN) - wanted) + ([] if name.endswith("-receive") else ["GET /lnd/v1/invoices", "POST /cln/v1/invoice"])
        return [(*text.split(), None) for text in texts]
    if name == "specter-read":
        return [(method, f"/v1alpha/{path}", None) for method in ("POST", "PUT", "DELETE") for path in ("wallets/hot", "wallets/hot/psbt")] + [("GET", "/v1alpha/specter", None)]
    if name == "specter-psbt":
        return [("GET", "/v1alpha/specter", None), ("DELETE", "/v1alpha/wallets/hot/psbt", None), ("GET", "/v1alpha/wallets/hot", None)]
    return []


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("installed")
    config = directory / "warder.toml"
    config.write_text(f'presets_dir = "{FILES[0].parent}"\n')
    server = Server(directory / "data", config=config).start()
    yield server
    server.stop()


def test_installed_presets_are_valid_and_offered_with_a_description(server):
    assert len(PRESETS) == sum(file.read_text().count("[[preset]]") for file in FILES) >= 20
    listed = server.person("admin", ADMIN_PASSWORD).get("/v1alpha/presets").json()["presets"]
    assert listed == list(PRESETS.values())
    assert all(preset["description"] for preset in listed)
    assert json.loads(server.cli("check", "--json").stdout)["faults"] == []


def test_guide_names_every_installed_preset():
    page = (TOP / "docs" / "how-to" / "presets.md").read_text()
    assert [name for name in PRESETS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", [name for name in PRESETS if forbidden_of(name)])
def test_preset_of_a_wallet_covers_no_call_that_spends_or_shows_secrets(server, name):
    admin = server.person("admin", ADMIN_PASSWORD)
    covered = []
    for method, path, call in forbidden_of(name):
        request = {"endpoints": PRESETS[name]["endpoints"], "method": method, "uri": path, **({"rpc": call} if call else {})}
        answer = admin.post("/v1alpha/preview", request)
        assert answer.status_code == 200, answer.text
        if answer.json()["allowed"]:
            covered.append((method, path, call))
    assert covered == []
