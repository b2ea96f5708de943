# SPDX-License-Identifier: MIT
"""Validation of the Host header, which protects listeners on loopback against DNS rebinding."""

import pytest

from support.responses import assert_error
from support.server import run_binary
from support.upstream import route
from support.waiting import eventually

NO_HOSTS = {"WARDER_HOSTS": ""}
OWN_LISTENER = 'gateway.listen = "127.0.0.1:0"\n'


@pytest.fixture
def default_server(start_server):
    return start_server(env=NO_HOSTS)


def get(server, host, path="/v1alpha/whoami"):
    return server.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1"))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8441"])
def test_loopback_host_is_accepted_on_a_loopback_listener(default_server, host):
    assert get(default_server, host).status == 401
    assert get(default_server, host, "/").status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8441", "localhost.evil.org", "localhost.", "127.0.0.1.evil.org", "0x7f.1", "127.1", "", "10.0.0.1"])
@pytest.mark.parametrize("path", ["/", "/ui/", "/v1alpha/whoami", "/v1alpha/session", "/nowhere", "/authx", "/v1alpha/healthz"])
def test_foreign_host_on_a_loopback_listener_is_421(default_server, host, path):
    refused = get(default_server, host, path)
    assert_error(refused, 421, "misdirected")
    message = refused.json()["message"]
    assert f'"{host}"' in message and "setting hosts" in message
    assert refused.header("Connection") == "close"


def test_foreign_host_in_an_absolute_target_is_421(default_server):
    assert default_server.raw(b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421
    assert default_server.raw(b"GET http://evil.example/ HTTP/1.0\r\n\r\n").status == 421
    assert default_server.raw(b"GET http://localhost/v1alpha/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 401


def test_http_1_0_request_without_host_is_accepted(default_server):
    assert default_server.raw(b"GET /v1alpha/whoami HTTP/1.0\r\n\r\n").status == 401


@pytest.mark.parametrize("path", ["/auth", "/auth/", "/auth/a"])
def test_decision_endpoint_accepts_any_host(default_server, path):
    assert get(default_server, "warder-internal:8441", path).status == 401


@pytest.mark.parametrize("path", ["/healthz/liveness", "/healthz/readyness/", "/api/healthz/readiness"])
def test_health_check_accepts_any_host(default_server, path):
    assert get(default_server, "pod-7.cluster.local", path).status == 200


def test_configured_hosts_and_wildcards_are_accepted_and_others_are_421(start_server):
    server = start_server(config_text='hosts = ["warder.example.org", "*.lan"]\n', env={"WARDER_HOSTS": "warder.example.org, *.lan"})
    for host in ("warder.example.org", "WARDER.example.org:443", "nas.lan", "localhost"):
        assert get(server, host).status == 401, host
    for host in ("example.org", "a.b.lan", "lan"):
        assert get(server, host).status == 421, host


def test_listener_beyond_loopback_accepts_any_host_unless_hosts_is_set(start_server):
    server = start_server("open", config_text="allow_plaintext = true\n", listen="0.0.0.0:0", env=NO_HOSTS)
    assert get(server, "whatever.example").status == 401
    server = start_server("bound", config_text="allow_plaintext = true\n", listen="0.0.0.0:0", env={"WARDER_HOSTS": "warder.example.org"})
    assert get(server, "whatever.example").status == 421
    assert get(server, "warder.example.org").status == 401


def test_separate_gateway_listener_accepts_only_gateway_hosts(start_server, upstream):
    config = OWN_LISTENER + 'gateway.hosts = ["photos.example.org"]\n' + route("/a", upstream.url)
    server = start_server(config_text=config, env={"WARDER_HOSTS": "warder.example.org"})
    gateway = type(server.wire())  # the class, for connections to the other port
    eventually(lambda: len(server.lines) == 2)
    port = int(server.lines[1].rsplit(":", 1)[1])
    for host, status in (("photos.example.org", 401), ("localhost", 401), ("warder.example.org", 421), ("evil.example", 421)):
        with gateway(port) as wire:
            answer = wire.send(f"GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).receive()
            assert answer.status == status, host
            assert status != 421 or "setting gateway.hosts" in answer.json()["message"]
    with gateway(port) as wire:
        assert wire.send(b"GET /auth HTTP/1.1\r\nHost: evil.example\r\n\r\n").receive().status == 421
    assert get(server, "photos.example.org").status == 421


def test_route_on_the_shared_listener_accepts_only_hosts(start_server, upstream):
    server = start_server(config_text=route("/a", upstream.url), env={"WARDER_HOSTS": "warder.example.org"})
    assert get(server, "warder.example.org", "/a").status == 401
    refused = get(server, "evil.example", "/a")
    assert_error(refused, 421, "misdirected")
    assert "setting hosts" in refused.json()["message"]


def test_denial_of_a_long_host_truncates_it_in_the_message(default_server):
    refused = get(default_server, "a" * 2000 + ".example")
    assert refused.status == 421 and len(refused.body) < 700
    assert "a" * 254 not in refused.json()["message"]


@pytest.mark.parametrize("entry", ["https://warder.example.org", "warder.example.org/", "warder.example.org:", "*", "a b", "0x7f.1", "warder.example.org."])
@pytest.mark.parametrize("variable", ["WARDER_HOSTS", "WARDER_GATEWAY_HOSTS"])
def test_invalid_host_setting_is_rejected_at_start(tmp_path, entry, variable, start_server):
    env = {**start_server.__globals__["Server"](tmp_path / "x").env, variable: entry, "WARDER_GATEWAY_LISTEN": "127.0.0.1:0"}
    done = run_binary("serve", "--data-dir", tmp_path / "d", "--listen", "127.0.0.1:0", env=env)
    assert done.returncode == 1
    name = variable.removeprefix("WARDER_").lower().replace("_", ".")
    assert name in done.stderr and "without a scheme or path" in done.stderr


def test_gateway_hosts_without_gateway_listen_is_rejected(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('[gateway]\nhosts = ["a.example"]\n')
    done = run_binary("check", "--config", config, "--data-dir", tmp_path / "d")
    assert done.returncode == 1 and "gateway.listen" in done.stdout + done.stderr
