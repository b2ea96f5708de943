# SPDX-License-Identifier: MIT
"""Progress on a terminal while a command takes long. strace delays system calls, so that small stores take as long as large ones."""

import subprocess

import pytest
from support.server import BINARY, clean_environment
from support.specter import SECRET, make_token, make_user, write_users
from support.terminal import Terminal

ERASE = "\r\x1b[K"
COLORFUL = {"TERM": "xterm"}


def delayed(calls, milliseconds, times):
    """Returns the command that delays the first calls of a command."""
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:delay_enter={milliseconds * 1000}:when=1..{times}"]


SLOW_WRITES = delayed("fsync,fdatasync", 1500, 1)
SLOW_READS = delayed("pread64", 250, 14)  # the loader reads the libraries with some of these


@pytest.fixture
def import_command(warder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    write_users(tmp_path / "users.json", [make_user("alice", "long enough", *(make_token("alice", f"t{number}") for number in range(3)))])
    return ["import", "specter", tmp_path / "users.json", "--secret-file", secret, "--data-dir", warder.data_dir]


def assert_shown_and_erased(terminal, line):
    terminal.until(line)
    assert terminal.wait() == 0
    assert terminal.text.startswith(ERASE) and terminal.text.endswith(ERASE)


def test_import_shows_how_many_tokens_are_done(import_command):
    with Terminal(*import_command, launcher=delayed("fdatasync", 1500, 4), environment=COLORFUL) as terminal:
        assert_shown_and_erased(terminal, "importing tokens: 0 of 3 (0 %)")
        assert b"3 added" in terminal.process.stdout.read()


def test_backup_shows_how_much_is_copied(warder, admin, tmp_path):
    admin.mint("one")
    with Terminal("backup", tmp_path / "copy", "--data-dir", warder.data_dir, launcher=SLOW_WRITES, environment=COLORFUL) as terminal:
        assert_shown_and_erased(terminal, "copying the store: ")
        assert b"backed up 1 user" in terminal.process.stdout.read()


def test_migrate_shows_how_much_is_copied(warder, admin, tmp_path):
    admin.mint("one")
    stores = ["--from", "sqlite:<data_dir>/warder.db", "--to", f"sqlite:{tmp_path}/new.db", "--data-dir", warder.data_dir]
    with Terminal("migrate", *stores, launcher=delayed("fdatasync,fsync", 1500, 8), environment=COLORFUL) as terminal:
        assert_shown_and_erased(terminal, "copying tokens: 0 of 1 (0 %)")
        assert b"The stores are equal" in terminal.process.stdout.read()


def test_check_shows_how_long_it_takes(warder):
    with Terminal("check", "--data-dir", warder.data_dir, launcher=SLOW_READS, environment=COLORFUL) as terminal:
        assert_shown_and_erased(terminal, "checking the store: ")
        assert b"no problems found" in terminal.process.stdout.read()


@pytest.mark.parametrize("more, environment", [(["--json"], COLORFUL), ([], {"TERM": "dumb"})], ids=["json", "dumb"])
def test_progress_is_not_shown_among_json_or_on_a_terminal_that_cannot_erase(warder, tmp_path, more, environment):
    with Terminal("backup", tmp_path / "copy", "--data-dir", warder.data_dir, *more, launcher=SLOW_WRITES, environment=environment) as terminal:
        assert terminal.wait() == 0 and terminal.text == ""


def test_progress_is_not_shown_without_a_terminal(warder, tmp_path):
    command = [*SLOW_WRITES, str(BINARY), "backup", str(tmp_path / "copy"), "--data-dir", str(warder.data_dir)]
    result = subprocess.run(command, capture_output=True, text=True, env=clean_environment(**COLORFUL), timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "") and "backed up" in result.stdout


def test_quick_command_shows_no_progress(warder, tmp_path):
    with Terminal("backup", tmp_path / "copy", "--data-dir", warder.data_dir, environment=COLORFUL) as terminal:
        assert terminal.wait() == 0 and terminal.text == ""
