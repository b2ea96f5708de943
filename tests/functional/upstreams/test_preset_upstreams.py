# SPDX-License-Identifier: MIT
"""The installed presets with the real programs: what they are for works, and the rest is denied by Warder."""

import re
import tomllib

import pytest
from support.ports import free_port
from support.programs import run, running
from support.server import ADMIN_PASSWORD, TOP

PRESETS = {preset["name"]: preset["endpoints"] for file in (TOP / "packaging" / "presets").glob("*.toml") for preset in tomllib.loads(file.read_text())["preset"]}


@pytest.fixture
def gateway(start_server):
    def start(prefix, upstream, more=""):
        server = start_server(config_text=f'presets_dir = ""\n[[route]]\nprefix = "{prefix}"\nupstream = "{upstream}"\n{more}')
        admin = server.person("admin", ADMIN_PASSWORD)
        server.token_of = lambda preset: admin.mint(preset, endpoints=PRESETS[preset])
        return server

    return start


def rpc_names(preset):
    return sorted({name for grant in PRESETS[preset] for name in re.search(r"rpc:(\S+)", grant)[1].split(",")})


# JSON-RPC


@pytest.fixture
def wallet(gateway, electrum, electrum_credential):
    return gateway("/wallet", electrum.url, f'credential = "basic-file:{electrum_credential}"\njson_rpc = true\n')


def call_wallet(server, token, method, path="/wallet"):
    return server.post(path, bearer=token, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": []})


def state_of(electrum):
    return [electrum.call(method) for method in ("listaddresses", "list_requests", "getbalance")]


def test_electrum_knows_every_method_of_the_read_preset_and_none_changes_the_wallet(wallet, electrum):
    token = wallet.token_of("electrum-read")
    before = state_of(electrum)
    for name in rpc_names("electrum-read"):  # an unknown method would be 500
        assert call_wallet(wallet, token, name).status_code == 200, name
    assert state_of(electrum) == before
    assert call_wallet(wallet, token, "getbalance").json()["result"] == {"confirmed": "0"}
    for method in ("createnewaddress", "add_request", "payto", "getseed", "get", "getconfig", "run_cmdline"):
        assert call_wallet(wallet, token, method).status_code == 403, method


def test_electrum_receive_preset_makes_addresses_and_spends_nothing(wallet, electrum):
    token = wallet.token_of("electrum-receive")
    address = call_wallet(wallet, token, "createnewaddress").json()["result"]
    assert address in electrum.call("listaddresses")
    for method in ("payto", "signtransaction", "broadcast", "getprivatekeys", "listaddresses"):
        assert call_wallet(wallet, token, method).status_code == 403, method


def test_json_rpc_presets_call_every_method_or_ask_which_there_are(gateway, electrum, electrum_credential):
    server = gateway("/rpc", electrum.url, f'credential = "basic-file:{electrum_credential}"\njson_rpc = true\n')
    assert call_wallet(server, server.token_of("json-rpc-call"), "version", "/rpc").json()["result"] == electrum.call("version")
    token = server.token_of("json-rpc-discover")
    # This wallet has no such method, which it says itself.
    call = {"jsonrpc": "2.0", "id": 1, "method": "rpc.discover", "params": []}
    answer = server.session.post(f"{server.url}/rpc", headers={"Authorization": f"Bearer {token}"}, json=call, timeout=60)
    assert (answer.status_code, answer.text) == (500, "Invalid Request")
    assert call_wallet(server, token, "version", "/rpc").status_code == 403


# Prometheus


@pytest.fixture
def prometheus(tmp_path):
    port = free_port()
    config = tmp_path / "prometheus.yml"
    config.write_text(f"scrape_configs: [{{job_name: self, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n")
    options = ["--web.enable-admin-api", "--web.enable-lifecycle", f"--web.listen-address=127.0.0.1:{port}", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/tsdb"]
    with running(["prometheus", *options], tmp_path, port=port):
        yield f"http://127.0.0.1:{port}"


def test_prometheus_read_preset_queries_and_changes_nothing(gateway, prometheus):
    server = gateway("/prometheus", f"{prometheus}/")
    token = server.token_of("prometheus-read")
    for path in ("query?query=1", "query_range?query=1&start=0&end=1&step=1", "series?match[]=up", "labels", "label/__name__/values", "metadata", "targets", "rules", "alerts", "status/buildinfo"):
        answer = server.get(f"/prometheus/api/v1/{path}", bearer=token)
        assert (answer.status_code, answer.json()["status"]) == (200, "success"), (path, answer.text)
    assert server.post("/prometheus/api/v1/query", bearer=token, data={"query": "1+1"}).json()["data"]["result"][1] == "2"
    denied = [("POST", "api/v1/admin/tsdb/delete_series?match[]=up"), ("PUT", "api/v1/admin/tsdb/snapshot"), ("POST", "-/reload"), ("PUT", "-/quit")]
    for method, path in [*denied, ("GET", "api/v1/status/config"), ("POST", "api/v1/write"), ("GET", "metrics")]:
        assert server.request(method, f"/prometheus/{path}", bearer=token).status_code == 403, path
    other = server.token_of("prometheus-federate")
    assert "prometheus_build_info" in server.get("/prometheus/metrics", bearer=other).text
    assert server.get("/prometheus/federate?match[]=up", bearer=other).status_code == 200
    assert server.get("/prometheus/api/v1/query?query=1", bearer=other).status_code == 403


# restic


@pytest.fixture
def restic(gateway, tmp_path):
    """Runs restic on a repository behind the gateway, or directly if there is no token."""
    port = free_port()
    (tmp_path / "repositories").mkdir()
    with running(["rclone", "serve", "restic", tmp_path / "repositories", "--addr", f"127.0.0.1:{port}"], tmp_path, port=port):
        server = gateway("/restic", f"http://127.0.0.1:{port}/")

        def call(*arguments, token=None):
            url = f"rest:http://token:{token}@127.0.0.1:{server.port}/restic/laptop/" if token else f"rest:http://127.0.0.1:{port}/laptop/"
            return run(["restic", "--no-cache", "-r", url, *arguments], env={"RESTIC_PASSWORD": "x", "HOME": str(tmp_path)})

        call.server, call.token, call.repository = server, server.token_of("restic-append"), tmp_path / "repositories" / "laptop"
        yield call


def test_restic_append_preset_makes_and_restores_backups_and_deletes_none(restic, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("important")
    assert restic("init", token=restic.token).returncode != 0
    made = restic("init")
    assert made.returncode == 0, made.stderr
    for _ in range(2):
        backup = restic("backup", tmp_path / "files", token=restic.token)
        assert backup.returncode == 0, backup.stderr
    restored = restic("restore", "latest", "--target", tmp_path / "restored", token=restic.token)
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "restored" / str(tmp_path).lstrip("/") / "files" / "a.txt").read_text() == "important"
    # What restic itself does for `forget`, `prune` and `key add`; denied, it would try again for a quarter of an hour.
    for kind in ("snapshots", "index", "data", "keys"):
        files = [file for file in (restic.repository / kind).rglob("*") if file.is_file()]
        assert files, kind
        for file in files:
            assert restic.server.request("DELETE", f"/restic/laptop/{kind}/{file.name}", bearer=restic.token).status_code == 403
    assert restic.server.post(f"/restic/laptop/keys/{64 * '0'}", bearer=restic.token, data=b"key").status_code == 403
    assert restic.server.request("DELETE", "/restic/laptop/config", bearer=restic.token).status_code == 403
    assert len(restic("snapshots", "--json").stdout.split('"short_id"')) == 3
    assert restic("check").returncode == 0


# WebDAV


def test_webdav_read_preset_lists_and_reads_files_and_changes_none(gateway, tmp_path):
    port = free_port()
    files = tmp_path / "files"
    (files / "album").mkdir(parents=True)
    (files / "album" / "1.txt").write_text("picture")
    with running(["rclone", "serve", "webdav", files, "--addr", f"127.0.0.1:{port}", "--baseurl", "/dav", "--dir-cache-time", "0"], tmp_path, port=port):
        server = gateway("/dav", f"http://127.0.0.1:{port}/dav")
        token = server.token_of("webdav-read")
        env = {"RCLONE_CONFIG": str(tmp_path / "rclone.conf"), "RCLONE_CONFIG_WARDER_TYPE": "webdav", "RCLONE_CONFIG_WARDER_URL": f"{server.url}/dav"}
        env |= {"RCLONE_CONFIG_WARDER_VENDOR": "other", "RCLONE_CONFIG_WARDER_BEARER_TOKEN": str(token)}

        def rclone(*arguments):
            return run(["rclone", "--retries", "1", "--low-level-retries", "1", *arguments], env=env)

        listed = rclone("lsf", "-R", "warder:")
        assert (listed.returncode, sorted(listed.stdout.split())) == (0, ["album/", "album/1.txt"]), listed.stderr
        assert rclone("cat", "warder:album/1.txt").stdout == "picture"
        for command in (["deletefile", "warder:album/1.txt"], ["mkdir", "warder:new"], ["moveto", "warder:album/1.txt", "warder:2.txt"], ["rcat", "warder:3.txt"], ["purge", "warder:album"]):
            assert rclone(*command).returncode != 0, command
        for method in ("PUT", "DELETE", "MKCOL", "MOVE", "COPY", "LOCK", "PROPPATCH", "POST"):
            assert server.request(method, "/dav/album/1.txt", bearer=token, headers={"Destination": f"{server.url}/dav/x"}).status_code == 403, method
    assert [path.name for path in files.rglob("*")] == ["album", "1.txt"]


# Specter


def test_specter_presets_read_wallets_and_create_psbts(gateway, flask_app, credential_file):
    server = gateway("/v1alpha", f"{flask_app.url}/api/v1alpha", f'credential = "bearer-file:{credential_file("specter", flask_app.token)}"\n')
    reader, creator = server.token_of("specter-read"), server.token_of("specter-psbt")
    for token in (reader, creator):
        assert server.get("/v1alpha/wallets/hot/psbt", bearer=token).json() == {"specter": "wallets/hot/psbt"}
        assert server.get("/v1alpha/specter", bearer=token).status_code == 403
    assert server.get("/v1alpha/wallets/hot/", bearer=reader).json() == {"specter": "wallets/hot/"}
    assert server.post("/v1alpha/wallets/hot/psbt", bearer=reader).status_code == 403
    assert server.post("/v1alpha/wallets/hot/psbt", bearer=creator).status_code != 403
