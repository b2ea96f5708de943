# SPDX-License-Identifier: MIT
"""`warder check` reports every problem in one run and changes nothing."""

import json
import os
import shutil
import socket
import sqlite3
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.root import NOBODY, as_root
from support.server import ADMIN_PASSWORD, BINARY, run_binary


@pytest.fixture
def data_dir(start_server):
    """The data directory of a stopped server that has some tokens."""
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    for number in range(100):
        admin.mint(f"token {number}")
    server.stop()
    return server.data_dir


def check(data_dir, *arguments):
    """Returns the faults, after it checked that the JSON and the plain output agree."""
    answer = run_binary("check", "--json", "--data-dir", data_dir, *arguments)
    said = json.loads(answer.stdout)
    plain = run_binary("check", "--data-dir", data_dir, *arguments)
    assert answer.returncode == plain.returncode == (1 if said["faults"] else 0)
    assert said["ok"] is (not said["faults"])
    assert [f"warder: {fault}" for fault in said["faults"]] == plain.stderr.splitlines()
    return said["faults"]


def only_fault(faults):
    (fault,) = faults
    return fault


def test_check_reports_all_faults_in_one_run(data_dir, tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text('lisen = "x"\nthreads = -1\n')
    (data_dir / "keys.json").write_text("{")
    (data_dir / "keys.json").chmod(0o644)
    whole = (data_dir / "warder.db").read_bytes()
    (data_dir / "warder.db").write_bytes(whole[: len(whole) - 8192])
    (data_dir / "warder.db").chmod(0o640)
    (data_dir / "warder.db-wal").touch(0o644)
    (data_dir / "warder.lock").chmod(0o604)
    data_dir.chmod(0o755)
    # Run only once: SQLite removes an empty write-ahead log.
    result = run_binary("check", "--data-dir", data_dir, "--config", config)
    faults = result.stderr.splitlines()
    assert result.returncode == 1
    wanted = ["bad.toml:1", "bad.toml:2", "keys.json: accessible to other users", "keys.json: damaged", "warder.db: accessible to other users", "warder.db: can't be read", "warder.db-wal: accessible to other users",
              "warder.lock: accessible to other users", "chmod 700"]
    for needle in wanted:
        assert sum(needle in fault for fault in faults) == 1, (needle, faults)
    assert len(faults) == len(wanted), faults


@pytest.mark.parametrize("kept", [100, 4096, 8192, -4096, -1])
def test_check_reports_truncated_store(data_dir, kept):
    whole = (data_dir / "warder.db").read_bytes()
    (data_dir / "warder.db").write_bytes(whole[:kept])
    fault = only_fault(check(data_dir))
    assert "warder.db" in fault and ("malformed" in fault or "damaged" in fault or "not a database" in fault), fault


def test_check_reports_empty_store_with_used_signing_keys(data_dir):
    os.truncate(data_dir / "warder.db", 0)
    assert "warder.db: missing or empty, although the signing keys have been used" in only_fault(check(data_dir))
    assert (data_dir / "warder.db").stat().st_size == 0


def test_check_reports_overwritten_database_pages(data_dir):
    """The header and the schema of the database stay intact."""
    with open(data_dir / "warder.db", "r+b") as database:
        size = database.seek(0, os.SEEK_END)
        for page in range(size // 4096 - 6, size // 4096 - 3):
            database.seek(page * 4096)
            database.write(b"\xff" * 4096)
    assert "warder.db: damaged: " in only_fault(check(data_dir))


def test_check_reports_database_of_another_program(data_dir):
    (data_dir / "warder.db").unlink()
    with sqlite3.connect(data_dir / "warder.db") as database:
        database.execute("CREATE TABLE notes (text)")
    database.close()
    (data_dir / "warder.db").chmod(0o600)
    assert "another program" in only_fault(check(data_dir))


def test_check_accepts_store_of_older_version_and_does_not_migrate_it(data_dir):
    database = sqlite3.connect(data_dir / "warder.db")
    with database:
        newest = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version = {newest - 1}")
    database.close()
    assert check(data_dir) == []
    database = sqlite3.connect(data_dir / "warder.db")
    assert database.execute("PRAGMA user_version").fetchone()[0] == newest - 1
    database.close()


def test_check_before_the_first_start_says_not_initialized_and_creates_nothing(tmp_path):
    data_dir = tmp_path / "data"
    assert check(data_dir) == []
    plain = run_binary("check", "--data-dir", data_dir)
    assert plain.stdout.startswith("warder: not initialized yet") and str(data_dir) in plain.stdout, plain
    assert json.loads(run_binary("check", "--json", "--data-dir", data_dir).stdout)["initialized"] is False
    data_dir.mkdir(mode=0o700)
    assert check(data_dir) == []
    assert list(data_dir.iterdir()) == []


def test_check_before_the_first_start_reports_configuration_faults(tmp_path):
    config = tmp_path / "new.toml"
    config.write_text(f'lisen = "x"\ntls_certificate = "{tmp_path}/none.pem"\ntls_key = "{tmp_path}/none.key"\n')
    misspelled, key = check(tmp_path / "data", "--config", config)
    assert "listen" in misspelled and "none.key" in key
    assert not (tmp_path / "data").exists()


def test_check_before_the_first_start_reports_data_directory_that_cannot_be_created(tmp_path):
    assert "its parent directory is missing" in only_fault(check(tmp_path / "missing" / "data"))


def test_check_before_the_first_start_reports_data_directory_open_to_others(tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    assert "chmod 700" in only_fault(check(tmp_path / "data"))


def test_check_after_a_start_that_failed_on_a_port_in_use_still_says_not_initialized(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        failed = run_binary("serve", "--data-dir", tmp_path / "data", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", stdin=None)
    assert failed.returncode == 1
    assert "not initialized yet" in run_binary("check", "--data-dir", tmp_path / "data").stdout


def test_check_after_the_first_start_says_no_longer_that_it_is_not_initialized(data_dir):
    assert "not initialized" not in run_binary("check", "--data-dir", data_dir).stdout
    assert "initialized" not in json.loads(run_binary("check", "--json", "--data-dir", data_dir).stdout)


def test_check_reports_missing_keys_of_an_existing_store(data_dir):
    (data_dir / "keys.json").unlink()
    assert "keys.json: not found" in only_fault(check(data_dir))


def test_check_reports_missing_store_of_used_keys(data_dir):
    for suffix in ("", "-wal", "-shm"):
        (data_dir / f"warder.db{suffix}").unlink(missing_ok=True)
    assert "warder.db: missing or empty" in only_fault(check(data_dir))


def test_check_while_server_runs_finds_no_errors_and_server_still_mints(warder, admin):
    admin.mint("one")
    assert check(warder.data_dir) == []
    assert warder.accepts(admin.mint("two"))


@pytest.fixture
def unprivileged_check(data_dir):
    """The same data owned by an unprivileged user, and a function that runs `warder check` as that user."""
    top = Path(tempfile.mkdtemp())
    shutil.copy(BINARY, top / "warder")
    shutil.copytree(data_dir, top / "data", ignore=shutil.ignore_patterns("*.sock"))
    top.chmod(0o755)
    assert as_root("chown", "-R", f"{NOBODY}:{NOBODY}", top / "data").returncode == 0

    def check_unprivileged():
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        return as_root(*user, "env", "LC_ALL=C.UTF-8", top / "warder", "check", "--data-dir", top / "data").stderr.splitlines()

    yield SimpleNamespace(data=top / "data", check=check_unprivileged)
    as_root("rm", "-rf", top)


def test_check_as_unprivileged_user_reports_each_file_owned_by_root(unprivileged_check):
    """A command run as root, or `sudo sqlite3`, may leave such files to a server that runs as another user."""
    assert unprivileged_check.check() == []
    for name in ("warder.db-wal", "keys.json", "warder.lock"):
        as_root("touch", unprivileged_check.data / name)
        as_root("chown", "0:0", unprivileged_check.data / name)
        as_root("chmod", "600", unprivileged_check.data / name)
    said = unprivileged_check.check()
    for needle in ("warder.db-wal: not owned by the owner of the store", "warder.db-wal: this user can't read and write it", "keys.json: can't be opened",
                   "warder.lock: not owned by the owner of its directory"):
        assert sum(needle in line for line in said) == 1, (needle, said)
    assert len(said) == 4, said


def test_check_reports_data_directory_that_the_user_cannot_write(unprivileged_check):
    as_root("chmod", "500", unprivileged_check.data)
    said = unprivileged_check.check()
    assert len(said) == 2 and "warder.db: this user can't write to its directory" in said[0] and "this user can't write to the data directory" in said[1], said
