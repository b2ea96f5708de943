# SPDX-License-Identifier: MIT
"""A server acquires what may fail (addresses, certificates, files of routes) before it creates any file."""

import socket
import subprocess

import pytest
from support.ports import free_port
from support.serve_process import serving
from support.server import START_SECONDS, clean_environment, run_binary
from support.tls import config_of, make_certificate
from support.waiting import eventually

FREE = ("--listen", "127.0.0.1:0")


def failed_start(tmp_path, *arguments, config=None):
    """Runs `warder serve` without a given password and expects it to fail. Returns the last line of its output."""
    if config is not None:
        path = tmp_path / "warder.toml"
        path.write_text(config)
        arguments = (*arguments, "--config", path)
    result = run_binary("serve", "--data-dir", tmp_path / "data", *arguments, stdin=None, timeout=START_SECONDS)
    assert result.returncode == 1 and result.stdout == "", result
    return result.stderr.strip().splitlines()[-1]


def connect(port):
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
    except ConnectionRefusedError:
        return None


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_serve_on_port_in_use_creates_no_data_directory(tmp_path, taken_port):
    assert f"127.0.0.1:{taken_port}" in failed_start(tmp_path, "--listen", f"127.0.0.1:{taken_port}")
    assert not (tmp_path / "data").exists()


def test_serve_with_gateway_port_in_use_creates_no_data_directory(tmp_path, taken_port):
    assert f"127.0.0.1:{taken_port}" in failed_start(tmp_path, *FREE, config=f'[gateway]\nlisten = "127.0.0.1:{taken_port}"\n')
    assert not (tmp_path / "data").exists()


def test_serve_with_missing_certificate_creates_no_data_directory(tmp_path):
    _, key = make_certificate(tmp_path)
    assert "none.pem" in failed_start(tmp_path, *FREE, config=config_of(tmp_path / "none.pem", key))
    assert not (tmp_path / "data").exists()


def test_serve_with_key_of_another_certificate_creates_no_data_directory(tmp_path):
    (certificate, _), (_, key) = make_certificate(tmp_path, "one"), make_certificate(tmp_path, "two")
    assert str(key) in failed_start(tmp_path, *FREE, config=config_of(certificate, key))
    assert not (tmp_path / "data").exists()


def test_serve_with_missing_ca_file_of_a_route_creates_no_data_directory(tmp_path):
    config = f'[[route]]\nprefix = "/a"\nupstream = "https://127.0.0.1:9"\nca_file = "{tmp_path / "none.pem"}"\n'
    assert "none.pem" in failed_start(tmp_path, *FREE, config=config)
    assert not (tmp_path / "data").exists()


def test_initial_password_works_after_a_failed_first_start(start_server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        failed_start(tmp_path, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    server = start_server(admin_password=None)
    password = (server.data_dir / "initial-admin-password").read_text().strip()
    assert server.person("admin", password).get("/v1alpha/whoami").status_code == 200


def test_serve_that_cannot_create_control_socket_writes_no_initial_password_file(tmp_path):
    (tmp_path / "data" / "warder.sock" / "in the way").mkdir(parents=True)
    (tmp_path / "data").chmod(0o700)
    assert "warder.sock" in failed_start(tmp_path, *FREE)
    assert not (tmp_path / "data" / "initial-admin-password").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_credential_file_accessible_to_others_is_logged_at_start(start_server, tmp_path, mode):
    secret = tmp_path / "photos.key"
    secret.write_text("hunter2\n")
    secret.chmod(mode)
    credential = f'[[route]]\nprefix = "/photos"\nupstream = "http://127.0.0.1:9"\ncredential = "bearer-file:{secret}"\n'
    server = start_server(config_text=credential)
    (line,) = [line for line in server.log().splitlines() if "event=credential_unusable" in line]
    assert "route=/photos" in line and str(secret) in line and "chmod 600" in line, line
    assert "hunter2" not in server.log()


def test_serve_with_tls_key_accessible_to_others_creates_no_data_directory(tmp_path):
    certificate, key = make_certificate(tmp_path)
    key.chmod(0o644)
    line = failed_start(tmp_path, *FREE, config=config_of(certificate, key))
    assert str(key) in line and "chmod" in line
    assert not (tmp_path / "data").exists()


def test_connection_made_during_the_start_is_answered_when_ready(tmp_path):
    """Hashing the first administrator's password takes so long here that the client always connects before it is done."""
    port = free_port()
    environment = clean_environment(WARDER_ADMIN_PASSWORD="correct horse battery", WARDER_PASSWORDS_MEMORY="64 MiB", WARDER_PASSWORDS_PASSES="20")
    with serving("--data-dir", tmp_path / "data", "--listen", f"127.0.0.1:{port}", env=environment, stderr=subprocess.DEVNULL) as process:
        with eventually(lambda: connect(port)) as client:
            client.sendall(f"GET /healthz/readyness HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert process.stdout.readline() == f"warder: listening on http://127.0.0.1:{port}\n"
