# SPDX-License-Identifier: MIT
"""First starts, failed starts, and configuration."""

import os
import pty
import re
import select
import signal
import socket
import sqlite3
import stat
import subprocess
import time

import pytest
import requests
from support.serve_process import serving
from support.server import ADMIN_PASSWORD, BINARY, START_SECONDS, clean_environment, run_binary
from support.waiting import eventually


def assert_fails_with_one_line(result, *needles):
    assert result.returncode == 1, (result.returncode, result.stdout, result.stderr)
    # Only the last line is the error; the lines before are the log.
    last = [line for line in result.stderr.strip().splitlines() if line][-1]
    for needle in needles:
        assert needle in last, result.stderr
    return last


def serve(tmp_path, *arguments, config=None, env=None, directory="data"):
    if config is not None:
        path = tmp_path / "warder.toml"
        path.write_text(config)
        arguments = (*arguments, "--config", path)
    environment = clean_environment(**{"WARDER_ADMIN_PASSWORD": ADMIN_PASSWORD, **(env or {})})
    return run_binary("serve", "--data-dir", tmp_path / directory, *arguments, stdin=None, env=environment, timeout=START_SECONDS)


LISTEN = ("--listen", "127.0.0.1:0")


def test_first_start_without_terminal_writes_initial_password_file_until_the_password_is_changed(start_server):
    server = start_server(admin_password=None)
    path = server.data_dir / "initial-admin-password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = path.read_text().strip()
    assert len(password) >= 16
    assert password not in server.log() and not any(password in line for line in server.lines)
    admin = server.person("admin", password)
    assert admin.get("/v1alpha/whoami").json() == {"username": "admin", "is_admin": True}
    server.restart()
    assert path.read_text().strip() == password
    answer = admin.put("/v1alpha/users/admin/password", {"password": "one of my own", "current_password": password})
    assert answer.status_code == 200
    assert not path.exists()


def test_initial_password_file_stays_when_a_sign_in_only_upgrades_the_hash(start_server):
    server = start_server(admin_password=None)
    path = server.data_dir / "initial-admin-password"
    password = path.read_text().strip()
    server.env["WARDER_PASSWORDS_PASSES"] = "2"
    server.restart()
    admin = server.person("admin", password)
    assert admin.get("/v1alpha/whoami").status_code == 200
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        assert ",t=2," in database.execute("SELECT password_hash FROM users").fetchone()[0]
    assert path.read_text().strip() == password
    changed = {"password": "one of my own", "current_password": password}
    assert admin.put("/v1alpha/users/admin/password", changed).status_code == 200
    assert not path.exists()


def test_initial_password_file_is_removed_when_passwd_changes_the_password(start_server):
    server = start_server(admin_password=None)
    assert server.cli("user", "passwd", "admin", "--password-stdin", stdin="one of my own\n").returncode == 0
    assert not (server.data_dir / "initial-admin-password").exists()


def test_first_start_on_a_terminal_shows_the_password_once_and_writes_no_file(tmp_path):
    def start_on_terminal():
        leader, follower = pty.openpty()
        command = [str(BINARY), "serve", "--data-dir", str(tmp_path / "data"), *LISTEN]
        process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=clean_environment())
        os.close(follower)
        text, deadline = "", time.monotonic() + START_SECONDS
        while "listening on" not in text and time.monotonic() < deadline:
            if select.select([leader], [], [], 0.2)[0]:
                text += os.read(leader, 65536).decode(errors="replace")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        os.close(leader)
        return text

    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "initial-admin-password").write_text("of a start that was cut short\n")
    shown = start_on_terminal()
    assert re.search(r"password.*\S{16,}", shown, re.IGNORECASE | re.DOTALL), shown
    assert not (tmp_path / "data" / "initial-admin-password").exists()
    assert "password" not in start_on_terminal().lower()


def test_admin_password_variable_is_ignored_after_the_first_start_with_a_warning(start_server):
    server = start_server()
    server.env["WARDER_ADMIN_PASSWORD"] = "another password"
    server.restart()
    assert server.person("admin", ADMIN_PASSWORD).get("/v1alpha/whoami").status_code == 200
    assert server.person("admin", "another password").get("/v1alpha/whoami").status_code == 401
    assert "WARDER_ADMIN_PASSWORD" in server.log() and "another password" not in server.log()


def test_first_start_with_short_password_in_environment_fails_with_one_line(tmp_path):
    assert_fails_with_one_line(serve(tmp_path, *LISTEN, env={"WARDER_ADMIN_PASSWORD": "short"}))


def test_serve_prints_one_line_with_its_address(warder):
    assert warder.lines == [f"warder: listening on http://127.0.0.1:{warder.port}"]


def test_second_server_on_the_same_data_directory_fails_and_the_first_keeps_running(warder, tmp_path):
    assert_fails_with_one_line(serve(tmp_path, *LISTEN))
    assert warder.get("/healthz/liveness").status_code == 200


def test_serve_on_port_in_use_fails_with_the_address(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert_fails_with_one_line(serve(tmp_path, "--listen", f"127.0.0.1:{port}"), f"127.0.0.1:{port}")


def test_serve_with_corrupt_database_fails_with_one_line(start_server, tmp_path):
    server = start_server()
    server.stop()
    database = server.data_dir / "warder.db"
    content = bytearray(database.read_bytes())
    content[:100] = b"no database at all".ljust(100, b"!")
    database.write_bytes(content)
    for log in ("warder.db-wal", "warder.db-shm"):
        (server.data_dir / log).unlink(missing_ok=True)
    assert_fails_with_one_line(serve(tmp_path, *LISTEN), "warder.db")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_serve_with_key_file_accessible_to_others_fails_with_required_mode(start_server, tmp_path, mode):
    server = start_server()
    server.stop()
    (server.data_dir / "keys.json").chmod(mode)
    assert_fails_with_one_line(serve(tmp_path, *LISTEN), "keys.json", "600")


def test_serve_with_missing_key_file_of_existing_store_fails(start_server, tmp_path):
    server = start_server()
    server.person("admin", ADMIN_PASSWORD).mint("one")
    server.stop()
    (server.data_dir / "keys.json").rename(tmp_path / "away")
    assert_fails_with_one_line(serve(tmp_path, *LISTEN), "keys.json")


@pytest.mark.parametrize(
    "config, line, nearest",
    [('lisen = "127.0.0.1:0"\n', "1", "listen"), ("# one\n\n[tokens]\nmax_lief = \"1 h\"\n", "4", "max_life"), ("[passwords]\nmemry = 1\n", "2", "memory")],
)
def test_unknown_configuration_key_error_names_line_and_nearest_key(tmp_path, config, line, nearest):
    last = assert_fails_with_one_line(serve(tmp_path, config=config), nearest)
    assert re.search(rf"\b{line}\b", last), last


@pytest.mark.parametrize(
    "config",
    ["listen = 7", 'listen = "nonsense"', 'listen = "127.0.0.1:99999"', "threads = -1", 'threads = "x"', "max_connections = 0", '[log]\nlevel = "loud"', '[log]\nformat = "xml"']
    + ['[tokens]\nmax_life = "fortnight"', '[passwords]\nmemory = "lots"', "[passwords]\npasses = 0", "listen = ", "[tokens\n", 'header_timeout = "0 s"', 'store = "mysql://x"'],
)
def test_serve_with_invalid_setting_fails_and_creates_no_store(tmp_path, config):
    assert_fails_with_one_line(serve(tmp_path, config=config + "\n"))
    assert not (tmp_path / "data" / "warder.db").exists()


def test_serve_with_missing_configuration_file_fails_with_its_path(tmp_path):
    assert_fails_with_one_line(serve(tmp_path, "--config", tmp_path / "none.toml"), "none.toml")


def test_plaintext_beyond_loopback_requires_allow_plaintext(tmp_path, start_server):
    assert_fails_with_one_line(serve(tmp_path, "--listen", "0.0.0.0:0"), "allow_plaintext")
    assert_fails_with_one_line(serve(tmp_path, "--listen", "[::]:0"), "allow_plaintext")
    server = start_server("open", listen="0.0.0.0:0", config_text="allow_plaintext = true\n")
    with server.wire() as wire:
        assert wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive().status == 200


def test_environment_variables_configure_the_server(start_server, tmp_path):
    server = start_server(env={"WARDER_TOKENS_MAX_LIFE": "1 hour"})
    answer = server.person("admin", ADMIN_PASSWORD).post("/v1alpha/token/", {"jwt_token_description": "x", "jwt_token_life": "2 hours"})
    assert answer.json()["error"] == "bad_life"
    assert_fails_with_one_line(serve(tmp_path, *LISTEN, env={"WARDER_LOG_LEVEL": "loud"}, directory="other"), "WARDER_LOG_LEVEL")


def test_unknown_variable_is_logged_at_start(start_server):
    assert "WARDER_NONSENSE" in start_server(env={"WARDER_NONSENSE": "1"}).log()


def test_expired_tokens_are_purged_after_keep_expired(start_server):
    server = start_server(config_text='[tokens]\nkeep_expired = "1 s"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("short", life="1 s")
    eventually(lambda: not server.accepts(token))
    # It is enough that the token is gone after a restart: how often the server purges is up to the server.
    expiry = time.time() + 1.5
    eventually(lambda: time.time() > expiry)
    server.restart()
    eventually(lambda: admin.tokens() == {})


def test_configuration_error_with_control_characters_is_one_escaped_line(tmp_path):
    assert_fails_with_one_line(serve(tmp_path, config='listen = "a\\nb\\u001B[2J"'), "for listen: expected", r"a\x0Ab\x1B[2J")
    assert_fails_with_one_line(serve(tmp_path, config='"li\\nsten" = 1'), r"li\x0Asten", 'did you mean "listen"')


def test_log_with_closed_standard_error_is_written_to_no_file(tmp_path):
    """Otherwise the first file that is opened, the lock file or users.json, would become descriptor 2."""
    env = clean_environment(WARDER_ADMIN_PASSWORD=ADMIN_PASSWORD, WARDER_LOG_ACCESS="true")
    store = ("--store", f"users-json:{tmp_path / 'users.json'}")
    with serving("--data-dir", tmp_path / "data", *store, *LISTEN, env=env, preexec_fn=lambda: os.close(2)) as process:
        url = process.stdout.readline().removeprefix("warder: listening on ").strip()
        assert requests.get(url + "/v1alpha/whoami", auth=("admin", ADMIN_PASSWORD), timeout=60).status_code == 200
    written = [path for path in tmp_path.rglob("*") if path.is_file() and b"whoami" in path.read_bytes()]
    assert written == []
