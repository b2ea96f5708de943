# SPDX-License-Identifier: MIT
"""The control socket, by which commands notify a running server of changes, and what happens when it fails."""

import contextlib
import os
import signal
import socket
import sqlite3
import time

import jwt
from support.terminal import Terminal
from support.waiting import eventually


def rotate(server):
    assert server.cli("key", "rotate").returncode == 0
    return server.cli("key", "list", "--json")


def kid_of_a_new_token(person, description):
    return jwt.get_unverified_header(person.mint(description)).get("kid")


@contextlib.contextmanager
def stopped(server):
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def full_backlog(path):
    """Fills the backlog of the socket; works only while the server accepts no connections."""
    clients = []
    try:
        while True:
            clients.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            clients[-1].setblocking(False)
            try:
                clients[-1].connect(str(path))
            except BlockingIOError:
                break
        yield
    finally:
        for client in clients:
            client.close()


def test_key_rotated_without_control_socket_is_found_by_polling(start_server):
    server = start_server()
    admin = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"])
    assert kid_of_a_new_token(admin, "before") is None
    (server.data_dir / "warder.sock").unlink()
    rotate(server)
    numbers = iter(range(1000))
    kid = eventually(lambda: kid_of_a_new_token(admin, f"after {next(numbers)}"))
    assert kid in server.cli("key", "list").stdout


def test_token_revoked_without_control_socket_is_found_by_polling(start_server):
    server = start_server()
    token = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"]).mint("revoked unheard")
    (server.data_dir / "warder.sock").unlink()
    assert server.cli("token", "revoke", token.id).returncode == 0
    eventually(lambda: not server.accepts(token))


def test_command_warns_that_the_change_is_stored_when_the_server_does_not_answer(start_server):
    server = start_server()
    token = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"]).mint("revoked while it sleeps")
    with stopped(server):
        revoked = server.cli("token", "revoke", token.id)
    assert revoked.returncode == 0
    assert "the change is stored" in revoked.stderr
    assert len(revoked.stderr.strip().splitlines()) == 1
    eventually(lambda: not server.accepts(token))


def test_command_returns_with_warning_when_the_control_socket_backlog_is_full(start_server):
    server = start_server()
    token = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"]).mint("revoked in a crowd")
    with stopped(server), full_backlog(server.data_dir / "warder.sock"):
        # Without a time limit it would never return, and the timeout of run_binary would fail the test.
        revoked = server.cli("token", "revoke", token.id, timeout=30)
    assert revoked.returncode == 0
    assert "the change is stored" in revoked.stderr


def test_control_socket_left_by_killed_server_causes_no_warning(start_server):
    server = start_server()
    server.kill()
    assert (server.data_dir / "warder.sock").exists()
    created = server.cli("token", "create", "--user", "admin", "--description", "d", "--life", "1 h")
    assert created.returncode == 0
    assert "warning" not in created.stderr
    server.start()
    assert server.accepts(created.stdout.strip())


def test_server_that_cannot_reload_keys_keeps_the_old_keys_and_logs_it(start_server):
    server = start_server()
    admin = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"])
    token = admin.mint("goes on")
    keys = server.data_dir / "keys.json"
    whole = keys.read_bytes()
    (server.data_dir / "broken").write_bytes(whole[:40])
    os.chmod(server.data_dir / "broken", 0o600)
    os.rename(server.data_dir / "broken", keys)
    eventually(lambda: "event=keys_not_reloaded " in server.log())
    assert server.accepts(token)
    # The server logs it once, not every few seconds; it takes another change to log it again.
    keys.write_bytes(whole)
    server.cli("key", "rotate")
    assert kid_of_a_new_token(admin, "after the repair") is not None


def test_command_warns_when_the_server_cannot_reload_keys_and_the_change_takes_effect(start_server):
    server = start_server()
    admin = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"])
    assert admin.get("/v1alpha/whoami").status_code == 200
    with Terminal("user", "passwd", "admin", "--data-dir", server.data_dir) as terminal:
        terminal.until("Password: ")  # the command has read the keys
        (server.data_dir / "broken").write_bytes(b"{")
        os.chmod(server.data_dir / "broken", 0o600)
        os.rename(server.data_dir / "broken", server.data_dir / "keys.json")
        terminal.type("another password\n")
        terminal.until("Again: ")
        terminal.type("another password\n")
        assert terminal.wait() == 0
        # At once: a change that the server finds by itself a second later is not due to the control socket.
        assert admin.get("/v1alpha/whoami").status_code == 401
        assert "warning: the change is stored, but the running server failed to reload; see its log" in terminal.text
    assert "event=keys_not_reloaded " in server.log()


def fill_with_expired_tokens(server, count):
    """Writes tokens that expired long ago into the store of a stopped server."""
    long_ago = int(time.time()) - 400 * 86400
    with contextlib.closing(sqlite3.connect(server.data_dir / "warder.db")) as database, database:
        rows = (
            (number.to_bytes(16, "big"), 1, f"old {number}", 60.0, long_ago - 60, long_ago, long_ago, bytes(32), "0" * 16)
            for number in range(1, count + 1)
        )
        database.executemany(
            "INSERT INTO tokens (id, owner, description, life, issued_at, expires_at, ends_at, digest, key_id) VALUES (?,?,?,?,?,?,?,?,?)", rows
        )
        database.execute("UPDATE users SET token_count = ? WHERE id = 1", (count,))


def count_tokens(server):
    with contextlib.closing(sqlite3.connect(server.data_dir / "warder.db")) as database:
        return database.execute("SELECT count(*) FROM tokens").fetchone()[0]


def test_long_expired_tokens_are_purged_when_the_server_starts(start_server):
    server = start_server()
    server.stop()
    fill_with_expired_tokens(server, 3_000)
    server.start()
    eventually(lambda: count_tokens(server) == 0)


def test_long_purge_does_not_delay_shutdown(start_server):
    server = start_server()
    server.stop()
    fill_with_expired_tokens(server, 300_000)
    server.start()
    server.stop()
    assert count_tokens(server) > 0, "the purge was over before it could be interrupted"
