# SPDX-License-Identifier: MIT
"""A value that can never work is rejected, and a setting without effect causes a warning: no setting is ignored silently."""

import json
import signal

import pytest
from support.secrets import write_secret
from support.server import START_SECONDS, clean_environment, run_binary
from support.tls import config_of, make_certificate
from support.waiting import eventually

ROUTE = '[[route]]\nprefix = "/a"\nupstream = "http://127.0.0.1:9"\n'


def startup_error(tmp_path, config, env=None):
    """Returns the one line that `serve` prints when it fails."""
    path = tmp_path / "warder.toml"
    path.write_text(config)
    arguments = ("--data-dir", tmp_path / "data", "--config", path)
    result = run_binary("serve", *arguments, stdin=None, env=clean_environment(**(env or {})), timeout=START_SECONDS)
    assert result.returncode == 1 and result.stdout == "", result
    (line,) = result.stderr.splitlines()
    assert not (tmp_path / "data").exists()
    checked = run_binary("check", "--json", *arguments, env=clean_environment(**(env or {})))
    assert sum(line == f"warder: {fault}" for fault in json.loads(checked.stdout)["faults"]) == 1, (line, checked.stdout)
    return line


def warnings_of(server):
    return [line for line in server.log().splitlines() if "level=warning" in line]


@pytest.mark.parametrize(
    "listen, gateway",
    [("127.0.0.1:8441", "127.0.0.1:8441"), ("[::1]:8441", "[0::1]:8441"), ("0.0.0.0:8441", "127.0.0.1:8441"), ("127.0.0.1:8441", "0.0.0.0:8441")]
    + [("[::]:8441", "[::1]:8441"), ("[::]:8441", "127.0.0.1:8441"), ("0.0.0.0:8441", "[::]:8441"), ("localhost:8441", "127.0.0.1:8441")],
)
def test_gateway_listen_address_that_conflicts_with_listen_is_rejected(tmp_path, listen, gateway):
    config = f'listen = "{listen}"\nallow_plaintext = true\n[gateway]\nlisten = "{gateway}"\n{ROUTE}'
    assert "gateway.listen" in startup_error(tmp_path, config)


def test_gateway_listen_address_of_another_family_host_or_port_is_accepted(tmp_path):
    for listen, gateway in (("0.0.0.0:8441", "[::1]:8441"), ("127.0.0.1:8441", "127.0.0.2:8441"), ("0.0.0.0:8441", "127.0.0.1:8442"), ("127.0.0.1:0", "127.0.0.1:0")):
        path = tmp_path / "warder.toml"
        path.write_text(f'listen = "{listen}"\nallow_plaintext = true\n[gateway]\nlisten = "{gateway}"\n{ROUTE}')
        faults = json.loads(run_binary("check", "--json", "--config", path, "--data-dir", tmp_path / "none").stdout)["faults"]
        assert not any("gateway.listen" in fault for fault in faults), faults


@pytest.mark.parametrize("prefix", ["/auth", "/auth/", "/auth/x", "/%61uth"])
def test_route_below_the_decision_endpoint_is_rejected(tmp_path, prefix):
    line = startup_error(tmp_path, ROUTE.replace("/a", prefix))
    assert "route /auth" in line and "gateway.listen" in line


def test_route_below_the_web_ui_is_rejected_when_the_ui_shares_the_listener(tmp_path):
    assert "route /ui/x" in startup_error(tmp_path, ROUTE.replace("/a", "/ui/x") + "[ui]\nsame_origin = true\n")


def test_route_below_the_decision_endpoint_is_accepted_on_a_separate_gateway_listener(start_server):
    start_server(config_text='[gateway]\nlisten = "127.0.0.1:0"\n' + ROUTE.replace("/a", "/auth"))


def test_reload_with_route_below_the_decision_endpoint_keeps_the_old_routes(start_server):
    server = start_server(config_text=ROUTE)
    server.config.write_text(ROUTE.replace("/a", "/auth"))
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: [line for line in server.log().splitlines() if "event=configuration_not_reloaded " in line and "route /auth" in line])
    assert server.get("/a", auth=None).status_code == 401


@pytest.mark.parametrize(
    "config, setting",
    [('[gateway]\nlisten = "127.0.0.1:0"\n', "gateway.listen"), ("[ui]\nsame_origin = true\n", "ui.same_origin"), (ROUTE + "[ui]\nenabled = false\nsame_origin = true\n", "ui.same_origin")]
    + [(ROUTE + '[gateway]\nlisten = "127.0.0.1:0"\n[ui]\nsame_origin = true\n', "ui.same_origin"), ('[ui]\nidle = "13 hours"\n', "ui.idle")]
    + [('[log]\nlevel = "warning"\naccess = true\n', "log.access"), ('[cluster]\nmax_staleness = "9 s"\n', "cluster.max_staleness"), ('[cluster]\npoll = 0\n', "cluster.poll")]
    + [('[keys]\nencryption_key_file = "/none"\n', "keys.encryption_key_file")],
)
def test_setting_without_effect_causes_a_warning_at_start_and_in_check(start_server, config, setting):
    server = start_server(config_text=config)
    (warning,) = [line for line in warnings_of(server) if "has no effect" in line]
    assert setting in warning
    checked = server.cli("check")
    assert checked.returncode == 0 and setting in checked.stderr and "warning" in checked.stderr, checked


def test_allow_plaintext_with_tls_causes_a_warning_at_start(start_server, tmp_path):
    server = start_server(config_text=config_of(*make_certificate(tmp_path), "allow_plaintext = true\n"))
    assert [line for line in warnings_of(server) if "allow_plaintext has no effect" in line]


@pytest.mark.parametrize(
    "kind, text, why",
    [("bearer-file", "Bearer abc\n", "contains a space"), ("bearer-file", "a b\n", "contains a space"), ("bearer-file", "a\tb", "contains a space"), ("basic-file", "alice\n", "no colon")]
    + [("basic-file", "", "is empty"), ("header-file:X-Key", "\n", "is empty"), ("header-file:X-Key", "a\x01b", "control character"), ("header-file:X-Key", "a\nb\n", "more than one line")]
    + [("header-file:X-Key", " a", "begins or ends with a space"), ("bearer-file", None, "no such file")],
)
def test_unusable_upstream_credential_causes_a_warning_at_start_and_a_fault_in_check(start_server, tmp_path, kind, text, why):
    file = tmp_path / "credential"
    if text is not None:
        write_secret(file, text)
    server = start_server(config_text=ROUTE + f'credential = "{kind}:{file}"\n')
    (warning,) = [line for line in warnings_of(server) if "credential" in line]
    assert why in warning and "route=/a" in warning and (not text or text.strip() not in warning or len(text.strip()) < 4)
    checked = server.cli("check")
    assert checked.returncode == 1 and why in checked.stderr


@pytest.mark.parametrize("name", ["Host", "connection", "Keep-Alive", "TE", "Transfer_Encoding", "X-Warder-User", "X_Forwarded_For", "Upgrade", "bad name", ""])
def test_credential_header_that_the_gateway_drops_or_sets_is_rejected(tmp_path, name):
    assert "credential" in startup_error(tmp_path, ROUTE + f'credential = "header-file:{name}:/etc/hostname"\n')


@pytest.mark.parametrize("name", ["keys.json", "keys.json.lock", "warder.lock", "warder.sock", "initial-admin-password", "audit.log", "clock.json", "./x/../keys.json"])
@pytest.mark.parametrize("kind", ["sqlite", "users-json"])
def test_store_path_of_a_file_used_by_warder_is_rejected(tmp_path, kind, name):
    assert "data_dir" in startup_error(tmp_path, f'store = "{kind}:<data_dir>/{name}"\n')


# Commands


@pytest.mark.parametrize(
    "arguments",
    [("token", "create", "--user", "admin", "--user", "bob", "--description", "x", "--life", "1 h"), ("token", "create", "--user", "admin", "--description", "x", "--life", "1 h", "--life", "2 h")]
    + [("token", "create", "--user", "admin", "--description", "x", "--description", "y", "--life", "1 h"), ("token", "list", "--user", "admin", "--user", "bob")]
    + [("user", "set", "admin", "--admin", "true", "--admin", "false"), ("user", "set", "admin", "--endpoint", "/a/**", "--unlimited"), ("user", "set", "admin")]
    + [("audit", "--limit", "5", "--limit", "6"), ("check", "--store", "sqlite:/a", "--store", "sqlite:/b"), ("user", "set", "admin", "--admin", "yes")]
    + [("token", "verify", "--host", "example.org"), ("token", "verify", "--method", "GET"), ("audit", "--limit", "0"), ("user", "list", "admin")],
)
def test_contradictory_or_useless_options_are_wrong_usage(warder, arguments):
    before = warder.cli("audit", "--json").stdout
    result = warder.cli(*arguments)
    assert result.returncode == 2 and result.stdout == "" and len(result.stderr.splitlines()) == 1, result
    assert warder.cli("audit", "--json").stdout == before


@pytest.mark.parametrize("grant", ["", " ", "\t"])
def test_blank_endpoint_option_is_rejected(warder, grant):
    for command in (("token", "create", "--user", "admin", "--description", "x", "--life", "1 h"), ("user", "set", "admin")):
        result = warder.cli(*command, "--endpoint", grant)
        assert result.returncode == 1 and result.stdout == "" and len(result.stderr.splitlines()) == 1, result
    assert warder.cli("token", "list").stdout == ""
