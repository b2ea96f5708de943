# SPDX-License-Identifier: MIT
"""Acknowledged changes survive killed processes and full disks; reloads, shutdown, and file permissions of the data directory."""

import base64
import os
import signal
import sqlite3
import subprocess

import pytest
from support.faults import kill_during_changes, limit_file_size
from support.server import ADMIN_PASSWORD, BINARY, IS_SANITIZED, Token, clean_environment
from support.waiting import eventually

KILLS = 5 if IS_SANITIZED else 25
CLIENTS = 8


@pytest.mark.timeout(600)
def test_acknowledged_mints_and_deletions_survive_kill_9(start_server):
    server = start_server()
    live, deleted, cut_off, unanswered_deletes = {}, {}, 0, 0
    for round_ in range(KILLS):
        clients = kill_during_changes(server, round_, clients=CLIENTS, changes=20 + 7 * round_ % 40)
        for client in clients:
            live.update(client.live)
            deleted.update(client.deleted)
            cut_off += client.cut_off
            unanswered_deletes += len(client.in_doubt)
        server.start()
        for client in clients:
            assert all(server.accepts(token) for token in client.live.values())
            assert not any(server.accepts(token) for token in client.deleted.values())
    assert cut_off >= KILLS, "some kills must interrupt requests"
    assert unanswered_deletes > 0, "some kills must interrupt deletions"
    assert all(server.accepts(token) for token in live.values())
    assert not any(server.accepts(token) for token in deleted.values())


def test_mint_on_full_disk_is_503_or_507_while_existing_tokens_stay_valid(start_server):
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    early = admin.mint("early")
    server.stop()
    largest = max(os.path.getsize(path) for path in server.data_dir.iterdir() if path.is_file())
    server.preexec = limit_file_size(largest + 200_000)
    server.start()
    acknowledged = [early]
    for number in range(3000):
        answer = admin.post("/v1alpha/token/", {"jwt_token_description": f"t{number}", "jwt_token_life": "1 day"})
        if answer.status_code != 201:
            break
        acknowledged.append(Token.of(answer.json()))
    assert (answer.status_code, answer.json()["error"]) in [(503, "unavailable"), (507, "storage_full")], answer.text
    assert answer.status_code != 503 or "Retry-After" in answer.headers
    assert all(server.accepts(token) for token in acknowledged)
    assert set(admin.get("/v1alpha/token/").json()["jwt_tokens"]) == {token.id for token in acknowledged}

    server.preexec = None
    server.restart()
    assert all(server.accepts(token) for token in acknowledged)
    assert set(admin.get("/v1alpha/token/").json()["jwt_tokens"]) == {token.id for token in acknowledged}
    assert server.accepts(admin.mint("later"))


def test_token_create_on_full_disk_fails_with_one_line_and_creates_no_token(start_server):
    server = start_server()
    largest = max(os.path.getsize(path) for path in server.data_dir.iterdir() if path.is_file())
    command = [BINARY, "token", "create", "--user", "admin", "--description", "d", "--life", "1 h", "--data-dir", server.data_dir]
    refused = subprocess.run(command, preexec_fn=limit_file_size(largest), env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1 and "nothing was changed" in refused.stderr, refused.stderr
    assert server.cli("token", "list").stdout == ""


def test_request_in_flight_at_sigterm_is_answered_before_the_server_exits(warder, alice):
    body = b'{"jwt_token_description":"late","jwt_token_life":60}'
    secret = base64.b64encode(b"alice:" + alice.password.encode()).decode()
    with warder.wire() as wire, warder.wire() as idle:
        wire.send(f"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert wire.receive().status == 100
        idle.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n").receive()
        warder.terminate()
        assert idle.receive() is None, "idle connections end first"
        assert warder.is_running()
        assert wire.send(body).receive().status == 201
    assert warder.wait() == 0


@pytest.mark.timing
def test_incomplete_request_does_not_delay_shutdown_beyond_drain_timeout(start_server):
    server = start_server(config_text='drain_timeout = "1 s"\nheader_timeout = "60 s"\n')
    with server.wire() as wire:
        wire.send(b"POST /v1alpha/token/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        server.terminate()
        assert server.wait(10) == 0


def test_sighup_reloads_the_log_level(start_server):
    server = start_server(config_text='[log]\nlevel = "error"\naccess = true\n')
    server.get("/healthz/liveness?quiet")
    assert "liveness" not in server.log()
    server.config.write_text('[log]\nlevel = "info"\naccess = true\n')
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: server.get("/healthz/liveness") and "/healthz/liveness" in server.log())
    assert server.is_running()


def test_invalid_configuration_at_sighup_is_logged_and_the_server_keeps_running(start_server):
    server = start_server(config_text='[log]\nlevel = "info"\n')
    server.config.write_text("nonsense = 1\n")
    before = len(server.log())
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "nonsense" in server.log()[before:])
    assert server.get("/healthz/liveness").status_code == 200


def test_data_directory_is_0700_and_its_files_0600(warder, admin):
    admin.mint("one")
    assert warder.mode() == 0o700
    for path in warder.data_dir.iterdir():
        assert warder.mode(path.name) == 0o600, path.name


def test_data_directory_contains_no_token_signature_and_no_password(warder, alice):
    token = alice.mint("one")
    warder.restart()
    kept = b"".join(path.read_bytes() for path in warder.data_dir.iterdir() if path.is_file())
    assert token.split(".")[2].encode() not in kept
    assert alice.password.encode() not in kept
    assert ADMIN_PASSWORD.encode() not in kept


def test_token_page_query_uses_the_owner_index_without_sorting(warder):
    """If SQLite sorted all tokens of the owner for each page, the time for a list would be quadratic in its length."""
    database = sqlite3.connect(f"file:{warder.data_dir / 'warder.db'}?mode=ro", uri=True)
    plan = database.execute("EXPLAIN QUERY PLAN SELECT * FROM tokens WHERE owner = 1 AND seq > 1 ORDER BY seq LIMIT 100").fetchall()
    database.close()
    assert "tokens_by_owner" in str(plan) and "TEMP B-TREE" not in str(plan)
