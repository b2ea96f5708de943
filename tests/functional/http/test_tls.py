# SPDX-License-Identifier: MIT
"""HTTPS with real clients: handshakes, reloads, and limits."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess

import pytest
import requests
from support.server import ADMIN_PASSWORD, run_binary
from support.tls import config_of, make_certificate
from support.waiting import eventually

MINT = {"jwt_token_description": "by TLS", "jwt_token_life": "6 minutes"}


@pytest.fixture
def secure(start_server, tmp_path):
    """A server with TLS; its session trusts the certificate."""
    certificate, key = make_certificate(tmp_path)
    server = start_server(config_text=config_of(certificate, key, 'header_timeout = "1 s"\n'))
    server.certificate, server.key = certificate, key
    server.session.verify = str(certificate)
    assert server.url.startswith("https://127.0.0.1:")
    return server


def context_for(server, **versions):
    context = ssl.create_default_context(cafile=str(server.certificate))
    for name, version in versions.items():
        setattr(context, name, version)
    return context


def connect(server, context=None, timeout=20):
    raw = socket.create_connection(("127.0.0.1", server.port), timeout)
    return (context or context_for(server)).wrap_socket(raw, server_hostname="localhost")


def served_name(server):
    """Returns the common name of the certificate that a new connection gets."""
    with connect(server) as wire:
        return dict(pair[0] for pair in wire.getpeercert()["subject"])["commonName"]


def test_token_is_minted_used_and_deleted_over_tls(secure):
    admin = secure.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    assert secure.accepts(token)
    assert list(admin.tokens()) == [token.id]
    assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    assert not secure.accepts(token)


def test_curl_and_openssl_clients_verify_and_connect(secure):
    done = subprocess.run(["curl", "-sS", "--cacert", secure.certificate, f"https://localhost:{secure.port}/healthz/liveness"], capture_output=True, text=True)
    assert done.stdout == '{"message":"i am alive"}', done
    request = "GET /healthz/liveness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.port}", "-CAfile", secure.certificate, "-verify_return_error", "-ign_eof", "-alpn", "http/1.1"]
    done = subprocess.run([str(part) for part in command], input=request, capture_output=True, text=True, timeout=60)
    assert "Verification: OK" in done.stdout and "ALPN protocol: http/1.1" in done.stdout and "i am alive" in done.stdout, done


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_accepted(secure, version):
    with connect(secure, context_for(secure, minimum_version=version, maximum_version=version)) as wire:
        assert wire.version() == version.name.replace("_", ".")
        wire.sendall(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_versions_and_weak_ciphers_are_rejected(secure):
    old = context_for(secure, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        connect(secure, old)
    weak = context_for(secure, maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES256-SHA:AES128-GCM-SHA256")  # without forward secrecy
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        connect(secure, weak)


def test_alpn_without_http_1_1_is_rejected(secure):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.port}", "-alpn", "h2"]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "alert number 120" in done.stderr, done  # no_application_protocol, RFC 7301 §3.2
    context = context_for(secure)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(secure, context) as wire:
        assert wire.selected_alpn_protocol() == "http/1.1"


def test_plain_http_on_tls_port_is_400_and_names_https(secure):
    answer = requests.get(f"http://127.0.0.1:{secure.port}/healthz/liveness", timeout=20)
    assert answer.status_code == 400 and "https" in answer.json()["message"]


def test_invalid_tls_handshake_closes_the_connection(secure):
    for nonsense in (b"\x16\x03\x01\xff\xff" + b"x" * 100, b"SSH-2.0-x\r\n", b"\x00" * 64):
        with socket.create_connection(("127.0.0.1", secure.port), 20) as wire:
            wire.sendall(nonsense)
            while wire.recv(4096):
                pass
    assert secure.get("/healthz/liveness").status_code == 200


@pytest.mark.timing
def test_incomplete_tls_handshake_times_out(secure):
    with socket.create_connection(("127.0.0.1", secure.port), 20) as silent, socket.create_connection(("127.0.0.1", secure.port), 20) as slow:
        slow.sendall(b"\x16\x03\x01")
        assert silent.recv(10) == b"" and slow.recv(10) == b""


@pytest.mark.timing
def test_slow_request_head_over_tls_times_out_with_408(secure):
    with connect(secure) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost")
        assert wire.recv(100).startswith(b"HTTP/1.1 408")


def test_renewed_certificate_is_served_after_sighup_without_dropping_connections(secure, tmp_path):
    connection = http.client.HTTPSConnection("localhost", secure.port, context=context_for(secure), timeout=20)
    connection.request("GET", "/healthz/liveness")
    assert connection.getresponse().read()
    assert served_name(secure) == "server"
    before = connection.sock

    fresh, key = make_certificate(tmp_path, "renewed")
    os.replace(key, secure.key)
    os.replace(fresh, secure.certificate)
    secure.process.send_signal(signal.SIGHUP)
    eventually(lambda: "reloaded" in secure.log())
    assert served_name(secure) == "renewed"
    connection.request("GET", "/healthz/liveness")
    assert connection.getresponse().status == 200 and connection.sock is before
    connection.close()


@pytest.mark.parametrize("fault", ["missing", "no pem", "other key", "readable"])
def test_unusable_certificate_at_reload_keeps_the_old_one(secure, tmp_path, fault):
    damage(fault, secure.certificate, secure.key, tmp_path)
    secure.process.send_signal(signal.SIGHUP)
    eventually(lambda: "event=certificate_not_reloaded " in secure.log())
    context = ssl._create_unverified_context()
    with connect(secure, context) as wire:
        wire.sendall(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 200")


def damage(fault, certificate, key, directory):
    if fault == "missing":
        certificate.unlink()
    elif fault == "no pem":
        certificate.write_text("-----BEGIN NOTHING-----\n")
    elif fault == "other key":
        shutil.copy(make_certificate(directory, "other")[1], key)
    elif fault == "readable":
        key.chmod(0o644)


@pytest.mark.parametrize("fault, says", [("missing", "server.pem"), ("no pem", "server.pem"), ("other key", "server.key"), ("readable", "chmod")])
def test_server_start_fails_with_unusable_certificate_or_key(start_server, tmp_path, fault, says):
    start_server().stop()
    certificate, key = make_certificate(tmp_path)
    damage(fault, certificate, key, tmp_path)
    for command in ("serve", "check"):
        done = run_binary(command, "--data-dir", tmp_path / "data", env={"WARDER_LISTEN": "127.0.0.1:0", "WARDER_TLS_CERTIFICATE": str(certificate), "WARDER_TLS_KEY": str(key)})
        assert done.returncode == 1 and says in done.stderr and len(done.stderr.splitlines()) == 1, done
        assert "PRIVATE" not in done.stderr


@pytest.mark.parametrize("one", ["WARDER_TLS_CERTIFICATE", "WARDER_TLS_KEY"])
def test_tls_certificate_without_key_or_key_without_certificate_is_rejected(tmp_path, one):
    done = run_binary("serve", "--data-dir", tmp_path / "data", env={one: "x.pem"})
    assert done.returncode == 1 and "must be set together" in done.stderr


def test_encrypted_tls_key_is_rejected_without_prompt(tmp_path):
    certificate, key = make_certificate(tmp_path)
    locked = tmp_path / "locked.key"
    subprocess.run(["openssl", "ec", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked], check=True, capture_output=True)
    locked.chmod(0o600)
    done = run_binary("serve", "--data-dir", tmp_path / "data", env={"WARDER_LISTEN": "127.0.0.1:0", "WARDER_TLS_CERTIFICATE": str(certificate), "WARDER_TLS_KEY": str(locked)})
    assert done.returncode == 1 and "locked.key" in done.stderr


def test_expired_certificate_fails_check_and_warns_on_serve(start_server, tmp_path):
    certificate, key = make_certificate(tmp_path, days=-1)
    server = start_server(config_text=config_of(certificate, key))
    assert "expired" in server.log()
    done = server.cli("check")
    assert done.returncode == 1 and "server.pem: the TLS certificate has expired" in done.stderr


def test_tls_listener_beyond_loopback_starts_without_allow_plaintext(start_server, tmp_path):
    certificate, key = make_certificate(tmp_path)
    server = start_server(config_text=config_of(certificate, key), listen="0.0.0.0:0")
    assert server.url.startswith("https://0.0.0.0:")


def test_pipelined_requests_over_tls_are_all_answered(secure):
    token = secure.person("admin", ADMIN_PASSWORD).mint("one")
    count = 2_000
    request = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with connect(secure) as wire:
        wire.sendall(request * count)
        received = b""
        while received.count(b"\r\n\r\n") < count or not received.endswith(b"}"):
            data = wire.recv(65536)
            assert data, received[-200:]
            received += data
    assert received.count(b"HTTP/1.1 200 OK") == count and received.count(str(token.id).encode()) == count


def test_request_body_byte_by_byte_over_tls_is_accepted(secure):
    body = b'{"jwt_token_description": "slowly", "jwt_token_life": "1 h"}'
    credential = requests.auth._basic_auth_str("admin", ADMIN_PASSWORD)
    head = f"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: {credential}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with connect(secure) as wire:
        for byte in head + body:
            wire.send(bytes([byte]))
        assert wire.recv(100).startswith(b"HTTP/1.1 201")


def test_truncated_tls_request_is_not_executed(secure):
    admin = secure.person("admin", ADMIN_PASSWORD)
    body = b'{"jwt_token_description": "cut", "jwt_token_life": "1 h"}'
    credential = requests.auth._basic_auth_str("admin", ADMIN_PASSWORD)
    wire = connect(secure)
    wire.sendall(f"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: {credential}\r\nContent-Length: {len(body) + 1}\r\n\r\n".encode() + body)
    wire.detach() and None
    assert admin.get("/v1alpha/token/").status_code == 404


def test_tls_connection_ends_with_close_notify(secure):
    with connect(secure) as wire:
        wire.sendall(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while wire.recv(4096):  # raises if the stream ends without close_notify
            pass


def test_server_stop_closes_idle_tls_connections_cleanly(secure):
    wire = connect(secure)
    wire.sendall(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.recv(4096)
    secure.stop()
    assert wire.recv(4096) == b""
    wire.close()


def test_hundred_tls_connections_are_served(secure):
    token = secure.person("admin", ADMIN_PASSWORD).mint("one")
    request = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    wires = []
    for _ in range(100):  # each sends its request immediately, because header_timeout starts at accept
        wires.append(connect(secure))
        wires[-1].sendall(request)
    assert all(wire.recv(4096).startswith(b"HTTP/1.1 200") for wire in wires)
    for wire in wires:
        wire.close()


def test_ipv6_listener_serves_plain_and_tls(start_server, tmp_path):
    plain = start_server("plain", listen="[::1]:0")
    assert plain.url.startswith("http://[::1]:")
    token = plain.person("admin", ADMIN_PASSWORD).mint("one")
    assert plain.accepts(token)
    own_origin = {"Origin": plain.url}
    assert plain.person("admin", ADMIN_PASSWORD).delete(f"/v1alpha/token/{token.id}", headers=own_origin).status_code == 200

    certificate, key = make_certificate(tmp_path)
    secure = start_server("secure", listen="[::1]:0", config_text=config_of(certificate, key))
    secure.session.verify = str(certificate)
    assert secure.url.startswith("https://[::1]:")
    assert secure.get("/healthz/liveness").status_code == 200
