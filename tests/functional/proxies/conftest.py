# SPDX-License-Identifier: MIT
"""Warder, an application that does not know it, and in front of both a proxy with the configuration from its documentation page."""

import contextlib
import types

import pytest
import requests
from support.echo_server import EchoingServer
from support.ports import free_port
from support.proxies import APPLICATION, GATEWAY, PROXIES, block, with_addresses
from support.server import ADMIN_PASSWORD
from support.wire import Wire


@pytest.fixture
def application():
    with EchoingServer() as server:
        yield server


class Site:
    """The site as a client sees it: one address."""

    def __init__(self, port):
        self.port = port
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path, token=None, **options):
        return self.request("GET", path, token, **options)

    def request(self, method, path, token=None, headers=None, **options):
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.session.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=30, **options)

    def raw(self, target, fields, method="GET"):
        """Sends a request with exactly this target and these headers."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *(f"{name}: {value}" for name, value in fields), "", ""]
        with Wire(self.port) as wire:
            return wire.send("\r\n".join(lines).encode()).receive()


@pytest.fixture
def start_proxy(start_server, tmp_path, application):
    """Starts a proxy by its name: `site` in front of `application`, with decisions by `server`; `alice` is a user. `more` is appended to the page's settings of
    Warder."""
    with contextlib.ExitStack() as running:

        def start(name, more="", certificate=None):
            proxy, gateway_port = PROXIES[name], free_port()
            settings = block(proxy.name, "toml")
            if proxy.uses == GATEWAY:
                settings = with_addresses(settings, {GATEWAY: f"127.0.0.1:{gateway_port}", APPLICATION: f"127.0.0.1:{application.port}"})
            server = start_server(config_text=settings + more)
            admin = server.person("admin", ADMIN_PASSWORD)
            assert admin.post("/v1alpha/users/", {"username": "alice", "password": "alice's password"}).status_code == 201
            alice = server.person("alice", "alice's password")
            warder_port = gateway_port if proxy.uses == GATEWAY else server.port
            port = running.enter_context(proxy.running(tmp_path / proxy.name, warder_port, application.port, certificate))
            site = Site(port)
            running.callback(site.session.close)
            return types.SimpleNamespace(name=proxy.name, server=server, site=site, application=application, alice=alice)

        yield start


@pytest.fixture(params=PROXIES)
def proxied(request, start_proxy):
    """Each proxy in turn."""
    return start_proxy(request.param)
