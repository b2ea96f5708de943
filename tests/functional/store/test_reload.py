# SPDX-License-Identifier: MIT
"""Commits too large for the change feed, and long imports, while the server keeps answering requests."""

import contextlib
import json
import sqlite3
import subprocess
import threading
import time

import pytest
import requests
from support.server import ADMIN_PASSWORD, BINARY, IS_SANITIZED, clean_environment
from support.specter import SECRET, make_token, make_user, write_users
from support.waiting import eventually

MANY = 115_000  # more changes than the change feed keeps
OTHERS = 20_000 if IS_SANITIZED else 200_000


def add_tokens(server, key_id, count):
    """Inserts rows of tokens into the database, as if they had been minted."""
    now = int(time.time())
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        database.execute(
            "INSERT INTO tokens (id, owner, description, life, issued_at, expires_at, ends_at, digest, key_id)"
            " WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
            " SELECT randomblob(16), 1, :key || ' ' || n, 86400, :now, :end, :end, :digest, :key FROM numbers",
            {"count": count, "key": key_id, "now": now, "end": now + 86400, "digest": b"x" * 32},
        )
        database.execute("UPDATE users SET token_count = (SELECT count(*) FROM tokens WHERE owner = 1) WHERE id = 1")
    database.close()


class RequestLoop(threading.Thread):
    """Repeats one request until it is stopped, and counts the responses by status."""

    def __init__(self, server, **credential):
        super().__init__(daemon=True)
        self.server, self.credential = server, credential
        self.statuses, self.stopped = {}, False

    def run(self):
        with requests.Session() as session:
            session.trust_env = False
            while not self.stopped:
                status = self.server.get("/v1alpha/whoami", session=session, **self.credential).status_code
                self.statuses[status] = self.statuses.get(status, 0) + 1

    def end(self):
        self.stopped = True
        self.join(60)
        return self.statuses


@pytest.mark.timeout(300)
def test_commit_larger_than_the_change_feed_denies_no_valid_token_or_password(start_server):
    server = start_server(config_text="[tokens]\nmax_per_user = 10000000\n")
    admin = server.person("admin", ADMIN_PASSWORD)
    revoked = admin.mint("revoked", life="1 day")
    server.stop()
    old = json.loads((server.data_dir / "keys.json").read_text())["keys"][0]["id"]
    add_tokens(server, old, MANY)
    server.start()
    assert server.cli("key", "rotate").returncode == 0
    tokens = [admin.mint(f"lasting {number}", life="1 day") for number in range(4)]
    server.stop()
    add_tokens(server, "another", OTHERS)
    server.start()

    loops = [RequestLoop(server, bearer=token) for token in tokens] + [RequestLoop(server, auth=("admin", ADMIN_PASSWORD))]
    for loop in loops:
        loop.start()
    retired = server.cli("key", "retire", old, "--revoke-tokens", timeout=200)
    assert not server.accepts(revoked)
    statuses = [loop.end() for loop in loops]
    assert retired.returncode == 0, retired.stderr
    assert all(set(seen) == {200} for seen in statuses), statuses
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        assert database.execute("SELECT count(*) FROM changes").fetchone()[0] <= 100_010, "the history of single changes is deleted"
    database.close()


@pytest.mark.timeout(300)
def test_database_restored_in_place_is_reloaded_by_the_running_server(start_server, tmp_path):
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    kept = admin.mint("kept")
    with sqlite3.connect(server.data_dir / "warder.db") as live, sqlite3.connect(tmp_path / "copy.db") as copy:
        live.backup(copy)
    later = admin.mint("later")
    with sqlite3.connect(server.data_dir / "warder.db") as live, sqlite3.connect(tmp_path / "copy.db") as copy:
        copy.backup(live)
    eventually(lambda: not server.accepts(later))
    assert server.accepts(kept)


@contextlib.contextmanager
def long_import(server, directory, users):
    """Runs `warder import specter` in the background; yields its process once the first user is in the store."""
    file = write_users(directory / "specter" / "users.json", users)
    (directory / "secret").write_text(SECRET)
    command = [BINARY, "import", "specter", file, "--secret-file", directory / "secret", "--data-dir", server.data_dir, "--config", server.config]
    with subprocess.Popen(list(map(str, command)), env=clean_environment(), stdout=subprocess.PIPE, text=True) as running:
        admin = server.person("admin", ADMIN_PASSWORD)
        eventually(lambda: admin.get("/v1alpha/users/user0").status_code == 200, seconds=60)
        yield running


def users_with_tokens(users, tokens):
    return [make_user(f"user{number}", "what they typed", *(make_token(f"user{number}", f"t{i}") for i in range(tokens))) for number in range(users)]


@pytest.mark.timeout(300)
def test_long_import_does_not_block_a_mint_by_the_server(start_server, tmp_path):
    server = start_server(config_text="[tokens]\nmax_per_user = 10000000\n")
    admin = server.person("admin", ADMIN_PASSWORD)
    users = users_with_tokens(10, 2000)
    with long_import(server, tmp_path, users) as running:
        admin.mint("while it runs")
        assert running.poll() is None, "the mint did not wait for the end of the import"
        printed = running.communicate(timeout=200)[0]
        assert running.returncode == 0
    assert "users: 10 added, 0 known" in printed and "tokens: 20000 added" in printed
    assert all(server.accepts(record["jwt_token"]) for user in users for record in list(user["jwt_tokens"].values())[:3])


def test_import_killed_midway_is_completed_by_a_second_run(start_server, tmp_path):
    server = start_server(config_text="[tokens]\nmax_per_user = 10000000\n")
    with long_import(server, tmp_path, users_with_tokens(3, 3000)) as running:
        running.kill()
    done = server.cli("import", "specter", tmp_path / "specter" / "users.json", "--secret-file", tmp_path / "secret", "--json", timeout=200)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["users"]["added"] + report["users"]["known"] == 3 and report["users"]["known"] > 0
    assert report["tokens"]["added"] + report["tokens"]["known"] == 9000 and report["tokens"]["known"] > 0
    assert sum(report["tokens"]["left_out"].values()) == 0
