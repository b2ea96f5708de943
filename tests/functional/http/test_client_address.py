# SPDX-License-Identifier: MIT
"""The client address that is throttled, with and without trusted proxies."""

import base64

import pytest
from support.server import run_binary

WRONG = base64.b64encode(b"admin:wrong password").decode()


def attempt(server, source, *forwarded):
    lines = "".join(f"X-Forwarded-For: {value}\r\n" for value in forwarded)
    with server.wire(source=source) as wire:
        return wire.send(f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {WRONG}\r\n{lines}\r\n".encode()).receive().status


def exhaust_attempts(server, source, *forwarded):
    """Sends failed sign-ins until the address is throttled."""
    assert [attempt(server, source, *forwarded) for _ in range(6)] == [401] * 5 + [429]


@pytest.fixture
def behind_proxy(start_server):
    return start_server(config_text='trusted_proxies = ["127.0.0.2", "10.0.0.0/8", "fd00::/8"]\n')


def test_clients_behind_a_trusted_proxy_are_throttled_separately(behind_proxy):
    exhaust_attempts(behind_proxy, "127.0.0.2", "192.0.2.1")
    assert attempt(behind_proxy, "127.0.0.2", "192.0.2.2") == 401
    assert attempt(behind_proxy, "127.0.0.2", "2001:db8::1") == 401
    assert attempt(behind_proxy, "127.0.0.2") == 401, "the proxy itself"
    assert attempt(behind_proxy, "127.0.0.2", "192.0.2.1") == 429


def test_x_forwarded_for_from_an_untrusted_peer_is_ignored(behind_proxy):
    exhaust_attempts(behind_proxy, "127.0.0.3", "192.0.2.1")
    assert attempt(behind_proxy, "127.0.0.3", "192.0.2.9") == 429
    assert attempt(behind_proxy, "127.0.0.2", "192.0.2.1") == 401


def test_x_forwarded_for_entries_left_of_the_client_are_ignored(behind_proxy):
    exhaust_attempts(behind_proxy, "127.0.0.2", "198.51.100.7, 192.0.2.1")
    assert attempt(behind_proxy, "127.0.0.2", "198.51.100.8, 192.0.2.1") == 429
    assert attempt(behind_proxy, "127.0.0.2", "198.51.100.9", "192.0.2.1, 10.1.2.3") == 429, "two lines are one list, and 10.1.2.3 is trusted"
    assert attempt(behind_proxy, "127.0.0.2", "198.51.100.7") == 401


@pytest.mark.parametrize("same", ["192.0.2.1:4711", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:80", " 192.0.2.1 "])
def test_client_address_in_other_spellings_is_throttled_as_the_same(behind_proxy, same):
    exhaust_attempts(behind_proxy, "127.0.0.2", "192.0.2.1")
    assert attempt(behind_proxy, "127.0.0.2", same) == 429


def test_ipv6_addresses_of_one_64_bit_network_are_throttled_as_one_client(behind_proxy):
    exhaust_attempts(behind_proxy, "127.0.0.2", "2001:db8::1")
    assert attempt(behind_proxy, "127.0.0.2", "[2001:db8::ffff]:1") == 429
    assert attempt(behind_proxy, "127.0.0.2", "2001:db8:0:1::1") == 401


def test_invalid_x_forwarded_for_entries_are_throttled_as_the_address_of_the_proxy(behind_proxy):
    exhaust_attempts(behind_proxy, "127.0.0.2", "unknown")
    for other in ("_hidden", "192.0.2.1, x", "1.2.3", "[::1", ""):
        assert attempt(behind_proxy, "127.0.0.2", other) == 429, other


def test_x_forwarded_for_is_ignored_without_trusted_proxies(start_server):
    server = start_server()
    exhaust_attempts(server, "127.0.0.2", "192.0.2.1")
    assert attempt(server, "127.0.0.2", "192.0.2.2") == 429


@pytest.mark.parametrize("value", ['["127.0.0.1/33"]', '["10.0.0.1/8"]', '["localhost"]', '[""]', "5", '["::1/129"]', '["a,b"]'])
def test_invalid_trusted_proxies_network_is_rejected_with_line_number(tmp_path, value):
    (tmp_path / "c.toml").write_text(f"\ntrusted_proxies = {value}\n")
    done = run_binary("serve", "--config", tmp_path / "c.toml", "--data-dir", tmp_path / "data")
    assert done.returncode == 1 and "c.toml:2" in done.stderr and "10.0.0.0/8" in done.stderr, done


def test_trusted_proxies_in_the_environment_are_comma_separated(start_server):
    server = start_server(env={"WARDER_TRUSTED_PROXIES": "127.0.0.9, 127.0.0.2"})
    exhaust_attempts(server, "127.0.0.2", "192.0.2.1")
    assert attempt(server, "127.0.0.2", "192.0.2.2") == 401
