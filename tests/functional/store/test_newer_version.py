# SPDX-License-Identifier: MIT
"""A store that a newer version of Warder upgraded is refused, and stays as it is."""

import sqlite3

import pytest
from support.server import ADMIN_PASSWORD, START_SECONDS, clean_environment, run_binary

REFUSAL = "written by a newer version of Warder; install that version"


@pytest.fixture
def newer(start_server):
    """The directory of a stopped server whose database says that a later version wrote it."""
    server = start_server()
    server.person("admin", ADMIN_PASSWORD).mint("one")
    server.stop()
    database = sqlite3.connect(server.data_dir / "warder.db")
    with database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version = {version + 1}")
    database.close()
    return server.data_dir


def contents(directory):
    """Returns the files but SQLite's index of its log, which exists while somebody reads; a log without content is as none."""
    files = {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file() and not path.name.endswith("-shm")}
    return {name: content for name, content in files.items() if content or not name.endswith("-wal")}


@pytest.mark.parametrize(
    "command",
    [("serve", "--listen", "127.0.0.1:0"), ("check",), ("token", "list"), ("token", "create", "--user", "admin", "--description", "two", "--life", "1 hour"), ("user", "delete", "admin")],
    ids=lambda command: " ".join(command[:2]),
)
def test_store_of_a_newer_version_is_refused_by_name_and_not_changed(newer, command):
    before = contents(newer)
    done = run_binary(*command, "--data-dir", newer, env=clean_environment(), stdin=None, timeout=START_SECONDS)
    assert done.returncode == 1 and "listening" not in done.stdout
    assert REFUSAL in done.stderr and "warder.db" in done.stderr, done
    assert contents(newer) == before


def test_backup_of_a_store_of_a_newer_version_is_refused(newer, tmp_path):
    done = run_binary("backup", tmp_path / "backup", "--data-dir", newer, env=clean_environment(), stdin=None)
    assert done.returncode == 1 and REFUSAL in done.stderr, done
