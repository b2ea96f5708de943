# SPDX-License-Identifier: MIT
"""`warder backup DIR`: creates a directory from which a server can start, while the original server runs, or creates no directory at all."""

import contextlib
import fcntl
import itertools
import json
import os
import sqlite3
import stat
import subprocess
import threading

import pytest
import requests
from support.faults import limit_file_size
from support.server import ADMIN_PASSWORD, BINARY, Token, clean_environment
from support.waiting import eventually


def done(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(result):
    assert (result.returncode, result.stdout) == (1, ""), result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def leftovers(directory):
    return [path.name for path in directory.parent.iterdir() if path.name.startswith(directory.name)]


def start_backup(server, directory, **options):
    command = [str(BINARY), "backup", str(directory), "--data-dir", str(server.data_dir)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(), **options)


@contextlib.contextmanager
def locked_keys(data_dir):
    """Holds the key lock, as a command that changes the keys does; other commands wait for it."""
    lock = os.open(data_dir / "keys.json.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


class Minter(threading.Thread):
    """Mints tokens until it is stopped, and keeps those that the server acknowledged."""

    def __init__(self, server, name, progress):
        super().__init__(daemon=True)
        self.server, self.label, self.progress = server, name, progress
        self.tokens, self.stopping = [], False

    def run(self):
        with requests.Session() as session:
            session.trust_env = False
            session.auth = ("admin", ADMIN_PASSWORD)
            for number in itertools.count():
                if self.stopping:
                    return
                answer = session.post(f"{self.server.url}/v1alpha/token/", json={"jwt_token_description": f"{self.label}.{number}", "jwt_token_life": "1 day"}, timeout=60)
                assert answer.status_code == 201, answer.text
                self.tokens.append(Token.of(answer.json()))
                self.progress.release()


def test_backup_under_load_contains_each_token_acknowledged_before(start_server, tmp_path):
    server, directory = start_server(), tmp_path / "restored"
    admin = server.person("admin", ADMIN_PASSWORD)
    deleted = [admin.mint(f"deleted {number}") for number in range(3)]
    for token in deleted:
        assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    progress = threading.Semaphore(0)
    minters = [Minter(server, f"load {number}", progress) for number in range(4)]
    for minter in minters:
        minter.start()
    for _ in range(40):
        assert progress.acquire(timeout=60)

    before = [token for minter in minters for token in list(minter.tokens)]
    said = json.loads(done(server.cli("backup", directory, "--json")))
    after = [len(minter.tokens) for minter in minters]
    for _ in range(sum(after) - len(before) + 8):
        assert progress.acquire(timeout=60), "minting continues"
    for minter in minters:
        minter.stopping = True
        minter.join(60)
    # The first response that arrives after the command returned may have been sent before it returned.
    late = [token for minter, count in zip(minters, after) for token in minter.tokens[count + 1:]]

    restored = start_server("restored")
    assert len(before) >= 40 and late
    assert all(restored.accepts(token) for token in before)
    assert not any(restored.accepts(token) for token in deleted + late)
    assert said["directory"] == str(directory) and said["users"] == 1
    assert said["tokens"] == len(restored.person("admin", ADMIN_PASSWORD).tokens()) >= len(before)


def test_backup_directory_is_private_and_contains_only_database_and_keys(warder, admin, tmp_path):
    admin.mint("one")
    done(warder.cli("backup", tmp_path / "copy"))
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "copy").iterdir()} == {"keys.json": 0o600, "warder.db": 0o600}
    assert leftovers(tmp_path / "copy") == ["copy"]
    assert (tmp_path / "copy" / "keys.json").read_bytes() == (warder.data_dir / "keys.json").read_bytes()


def test_token_deleted_after_the_backup_is_valid_in_the_restored_server_and_backup_says_so(start_server, tmp_path):
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    assert "deleted after it was made are valid again" in done(server.cli("backup", tmp_path / "restored"))
    assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    restored = start_server("restored")
    assert restored.accepts(token) and not server.accepts(token)
    assert restored.accepts(restored.person("admin", ADMIN_PASSWORD).mint("two"))


def test_deleted_token_descriptions_are_not_in_the_backup_database(warder, admin, make_user, tmp_path):
    """The audit log is the exception: it keeps the names of deleted users."""
    tokens = [make_user(f"goer{number}").mint("leaving") for number in range(40)]
    for number in range(20):
        assert admin.delete(f"/v1alpha/users/goer{number}").status_code == 200
    for token in tokens[20:]:
        assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    done(warder.cli("backup", tmp_path / "copy"))
    assert b"leaving" not in (tmp_path / "copy" / "warder.db").read_bytes()


def test_backup_without_running_server_copies_store_outside_the_data_directory(start_server, tmp_path):
    server = start_server(config_text=f'store = "sqlite:{tmp_path}/elsewhere.db"\n')
    token = server.person("admin", ADMIN_PASSWORD).mint("one")
    server.stop()
    assert "1 user, 1 token" in done(server.cli("backup", str(tmp_path / "restored") + "/"))
    assert start_server("restored").accepts(token)


@pytest.mark.parametrize("kind", ["directory", "file", "link"])
def test_backup_to_existing_path_fails_and_leaves_it_unchanged(warder, tmp_path, kind):
    directory = tmp_path / "there"
    if kind == "directory":
        directory.mkdir()
    elif kind == "file":
        directory.write_text("mine")
    else:
        directory.symlink_to(tmp_path / "nowhere")
    assert "already exists" in refused(warder.cli("backup", directory))
    assert leftovers(directory) == ["there"] and not (tmp_path / "nowhere").exists()
    assert kind != "directory" or not list(directory.iterdir())
    assert kind != "file" or directory.read_text() == "mine"


@pytest.mark.parametrize("place", ["missing/copy", "file/copy", "/proc/copy", ""], ids=["no parent", "parent is a file", "not writable", "no name"])
def test_backup_to_path_that_cannot_be_created_fails_and_leaves_no_files(warder, tmp_path, place):
    (tmp_path / "file").write_text("")
    before = sorted(path for path in tmp_path.rglob("*") if path.parent != warder.data_dir)
    refused(warder.cli("backup", tmp_path / place if place else ""))
    assert sorted(path for path in tmp_path.rglob("*") if path.parent != warder.data_dir) == before


def test_backup_on_full_disk_fails_and_leaves_no_files(warder, admin, tmp_path):
    for number in range(200):
        admin.mint(f"token {number}")

    process = start_backup(warder, tmp_path / "copy", preexec_fn=limit_file_size(60_000))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, len(err.splitlines())) == (1, "", 1), err
    assert "full" in err and leftovers(tmp_path / "copy") == []
    done(warder.cli("backup", tmp_path / "copy"))


def test_killed_backup_leaves_only_a_partial_directory_and_can_be_repeated(warder, tmp_path):
    directory = tmp_path / "copy"
    with locked_keys(warder.data_dir):
        process = start_backup(warder, directory)
        eventually(lambda: leftovers(directory))
        process.kill()
        process.communicate()
    (left,) = leftovers(directory)
    assert left.startswith("copy.partial-")
    done(warder.cli("backup", directory))
    assert directory.is_dir()


def test_backup_reads_the_store_only_after_it_holds_the_key_lock(warder, admin, tmp_path):
    """The command that holds the lock may revoke tokens together with their key, so the backup must not have copied the tokens yet."""
    token = admin.mint("one")
    directory = tmp_path / "copy"
    with locked_keys(warder.data_dir):
        process = start_backup(warder, directory)
        (draft,) = eventually(lambda: leftovers(directory))
        done(warder.cli("token", "revoke", token.id))
        assert list((tmp_path / draft).iterdir()) == []
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and " 0 tokens" in out, out + err


def test_backup_during_key_changes_contains_the_signing_key_of_each_token(warder, admin, tmp_path):
    ended, backups = threading.Event(), 0

    def change_keys():
        for number in range(8):
            kid = done(warder.cli("key", "rotate")).strip()
            admin.server.post("/v1alpha/token/", auth=admin.auth, session=requests.Session(), json={"jwt_token_description": f"t{number}", "jwt_token_life": "1 day"})
            done(warder.cli("key", "rotate"))
            done(warder.cli("key", "retire", kid, "--revoke-tokens"))
        ended.set()

    changer = threading.Thread(target=change_keys)
    changer.start()
    while not ended.is_set() and changer.is_alive():
        directory = tmp_path / f"copy{backups}"
        done(warder.cli("backup", directory))
        backups += 1
        with contextlib.closing(sqlite3.connect(directory / "warder.db")) as database:
            needed = {kid for (kid,) in database.execute("SELECT DISTINCT key_id FROM tokens")}
        assert needed <= {key["id"] for key in json.loads((directory / "keys.json").read_text())["keys"]}
    changer.join(60)
    assert ended.is_set() and backups >= 3


def test_backup_of_damaged_key_file_fails_and_leaves_no_files(warder, tmp_path):
    text = (warder.data_dir / "keys.json").read_text()
    (warder.data_dir / "keys.json").write_text(text[: len(text) // 2])
    assert "keys.json" in refused(warder.cli("backup", tmp_path / "copy"))
    assert leftovers(tmp_path / "copy") == []
    (warder.data_dir / "keys.json").write_text(text)
